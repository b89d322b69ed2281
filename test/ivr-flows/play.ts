import {
  enterFlow,
  stepFlow,
  type Flow,
  type FlowAction,
  type FlowContext,
  type FlowInput,
  type FlowPosition,
} from '../../ivr-flows/index.ts'

export const digit = (value: string): FlowInput => ({ type: 'digit', digit: value })
export const digits = (values: string): FlowInput[] => [...values].map(digit)
export const spoken: FlowInput = { type: 'prompt-ended', outcome: 'finished' }
export const stopped: FlowInput = { type: 'prompt-ended', outcome: 'stopped' }
export const broken: FlowInput = { type: 'prompt-ended', outcome: 'failed' }
export const silence: FlowInput = { type: 'timed-out' }
export const answered: FlowInput = { type: 'leg-answered' }
export const talkEnded: FlowInput = { type: 'talk-ended' }
export const recorded = (durationMs: number): FlowInput => ({
  type: 'message-recorded',
  durationMs,
})
export const left = (
  outcome: Extract<FlowInput, { type: 'queue-left' }>['outcome'],
): FlowInput => ({
  type: 'queue-left',
  outcome,
})

export interface Played {
  readonly position: FlowPosition
  /** Of the whole story. */
  readonly actions: readonly FlowAction[]
  /** Of the last input only. */
  readonly last: readonly FlowAction[]
  readonly path: readonly string[]
}

export const open: FlowContext = { at: 0, openingOf: () => ({ state: 'open', rule: 'test' }) }

export const playIn =
  (context: FlowContext, variables: Record<string, string> = {}) =>
  (flow: Flow, ...inputs: FlowInput[]): Played => {
    let { position, actions: last } = enterFlow(flow, variables, context)
    const actions = [...last]
    for (const input of inputs) {
      const step = stepFlow(flow, position, input, context)
      position = JSON.parse(JSON.stringify(step.position)) as FlowPosition
      last = step.actions
      actions.push(...last)
    }
    const path = actions.flatMap(action =>
      action.type === 'note' && action.fact === 'node-entered'
        ? [String(action.data.node ?? '')]
        : [],
    )
    return { position, actions, last, path }
  }

/** Plays a story in office hours, storing the position between any two inputs as the server does. */
export const play = playIn(open)

export const typesOf = (actions: readonly FlowAction[]): string =>
  actions
    .filter(({ type }) => type !== 'note')
    .map(({ type }) => type)
    .join(' ')
export const saidIn = (actions: readonly FlowAction[]): string =>
  actions
    .flatMap(action => (action.type === 'speak' ? action.prompts : []))
    .map(prompt => ('say' in prompt ? prompt.say : prompt.file))
    .join('|')
