// Refusals of browser legs.

/** No common codec, or a description the transport cannot take: SIP 488. */
export class DescriptionRefused extends Error {
  readonly code = 'SDP_NOT_ACCEPTABLE'
}

export class LegUnknown extends Error {
  readonly code = 'BROWSER_LEG_UNKNOWN'
  constructor(leg: string) {
    super(`browser leg ${leg} is not open`)
  }
}

/** The process of browser legs did not answer in time, or died before it could. */
export class BrowserProcessGone extends Error {
  readonly code = 'BROWSER_PROCESS_GONE'
  constructor(what: string) {
    super(`the process of browser legs did not ${what}`)
  }
}

/** The process said no; `code` is that of the refusal there. */
export class BrowserRefused extends Error {
  readonly code: string
  constructor(message: string, code = 'BROWSER_FAULT') {
    super(message)
    this.code = code
  }
}
