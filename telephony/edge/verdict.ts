// What the guard decides about a request; the edge carries it out.
import type { BlockReason } from '../admission/call.ts'
import type { RefusalReason } from './screen.ts'

/** A caller who was refused by rule: becomes a fact in the ledger. */
export interface Blocked {
  readonly caller: string
  readonly number: string
  readonly reason: BlockReason
  /** False for a redial within 5 s. */
  readonly counted: boolean
  readonly trunk?: string
  readonly address: string
  readonly sipCallId: string
  readonly at: number
}

export type GuardVerdict =
  | {
      readonly type: 'refuse'
      readonly sipStatus: number
      readonly reason: RefusalReason | BlockReason | 'too-often' | 'no-way'
      readonly blocked?: Blocked
    }
  /** All lines are busy: the caller hears so first. */
  | { readonly type: 'announce'; readonly sipStatus: number; readonly blocked: Blocked }
  /** OPTIONS. */
  | { readonly type: 'pong'; readonly sipStatus: number }
  | {
      readonly type: 'proxy'
      /** The target, and where it is not the last one: the way back to us. */
      readonly destinations: readonly string[]
      readonly headers: Readonly<Record<string, string>>
      /** Once a call: the way back for the next target needs no second one. */
      readonly recordRoute: boolean
      readonly target: string
    }
