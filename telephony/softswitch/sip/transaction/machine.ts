// A transaction as a value: what happened goes in, the next state and what to do comes out.
import type { SipTimers, TimerName } from './timers.ts'

export interface Environment {
  readonly reliable: boolean
  readonly timers: SipTimers
}

export type Happening =
  /** Client: the transaction begins. */
  | { readonly type: 'begin' }
  /** Client: an answer came. Server: our user answers. */
  | { readonly type: 'answer'; readonly status: number }
  /** Server: the same request again. */
  | { readonly type: 'repeat' }
  /** INVITE server: ACK. */
  | { readonly type: 'ack' }
  | { readonly type: 'timer'; readonly timer: TimerName }
  /** The transport failed. */
  | { readonly type: 'broken' }

export type Effect =
  /** Client: the request. Server: the last answer. */
  | { readonly type: 'send' }
  /** Client: ACK for an answer from 300 up, RFC 3261 §17.1.1.3. */
  | { readonly type: 'ack' }
  | { readonly type: 'start'; readonly timer: TimerName; readonly ms: number }
  | { readonly type: 'stop'; readonly timer: TimerName }
  /** To our user: the answer just come. */
  | { readonly type: 'deliver' }
  | { readonly type: 'timed-out' }
  | { readonly type: 'failed' }
  | { readonly type: 'end' }

export interface Step<State> {
  readonly state: State
  readonly effects: readonly Effect[]
}

export type Machine<State> = (state: State, happening: Happening, env: Environment) => Step<State>

export const send: Effect = { type: 'send' }
export const ack: Effect = { type: 'ack' }
export const deliver: Effect = { type: 'deliver' }
export const end: Effect = { type: 'end' }

export function start(timer: TimerName, ms: number): Effect {
  return { type: 'start', timer, ms }
}

export function stop(timer: TimerName): Effect {
  return { type: 'stop', timer }
}
