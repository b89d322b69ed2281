import type { FlowAction, FlowPosition } from './node.ts'

/** The part of a position that belongs to the node itself. */
export type Standing = Pick<FlowPosition, 'attempt' | 'digits' | 'speaking' | 'ears' | 'candidate'>

/** What a node decides about one input: wait as it stands now, go on to another node, or nothing. */
export type NodeStep =
  | { readonly type: 'stay'; readonly standing: Standing; readonly actions: readonly FlowAction[] }
  | {
      readonly type: 'leave'
      readonly next: string
      readonly actions: readonly FlowAction[]
      /** Variables the call has from now on. */
      readonly variables?: Readonly<Record<string, string>>
    }
  | { readonly type: 'ignore' }

export const FRESH: Standing = { attempt: 1, digits: '', speaking: false }
export const ignore: NodeStep = { type: 'ignore' }
export const stay = (standing: Standing, ...actions: FlowAction[]): NodeStep => ({
  type: 'stay',
  standing,
  actions,
})
export const leave = (next: string, ...actions: FlowAction[]): NodeStep => ({
  type: 'leave',
  next,
  actions,
})

/** Ends whatever the node waits for: its prompt while it speaks, else its timer. */
export const quiet = (standing: Standing): FlowAction => ({
  type: standing.speaking ? 'stop-speaking' : 'stop-timer',
})
