// Our clock and the switch's: they need not agree, and either may be set.
import type { CallEvent } from '../call/event.ts'
import { shiftInstants } from '../call/instant.ts'
import type { Legs } from '../call/leg.ts'

export interface SwitchClock {
  /** Epoch ms. */
  now(): number
  /** Told when it was set. */
  onJump?(listener: (byMs: number) => void): () => void
}

/** More than any event is late. */
const CLOCKS_DIFFER_MS = 60_000

/** A switch whose clock is wrong, or was not set when ours was: what it tells now happened now. */
export const onOurClock = (fact: CallEvent, now: number): CallEvent =>
  Math.abs(now - fact.at) > CLOCKS_DIFFER_MS ? { ...fact, at: now } : fact

export const legsMoved = (legs: Legs, byMs: number): Legs =>
  new Map([...legs].map(([id, leg]) => [id, shiftInstants(leg, byMs)]))
