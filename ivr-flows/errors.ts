/** The flow goes round through nodes that never wait. Refused when a flow is read; this is the guard at run time. */
export class FlowLoops extends Error {
  readonly code = 'FLOW_LOOPS'
  constructor(
    readonly flow: string,
    readonly node: string,
  ) {
    super(`flow ${flow} never comes to rest at node ${node}`)
  }
}

/** The position names a node that the flow does not have: the flow was changed under a running call. */
export class FlowNodeUnknown extends Error {
  readonly code = 'FLOW_NODE_UNKNOWN'
  constructor(
    readonly flow: string,
    readonly node: string,
  ) {
    super(`flow ${flow} has no node ${node}`)
  }
}

/** A flow asks for a calendar that nobody has given. */
export class CalendarUnknown extends Error {
  readonly code = 'CALENDAR_UNKNOWN'
  constructor(readonly calendar: string) {
    super(`there is no calendar ${calendar}`)
  }
}
