// When a tap's first sample sounded. Pieces come late by what the way takes, never early: the least late one says it best, less what
// every way takes. Pure.

export interface TapClock {
  /** Epoch ms; absent before the first piece. */
  readonly beganAt?: number
}

/** No switch gives sound before it has waited two frames of 20 ms for packets that are late. */
const LEAST_LATE_MS = 40

/** A piece came at this instant, and its last sample stands at `endMs` of the tap. */
export const heardAt = ({ beganAt }: TapClock, endMs: number, at: number): TapClock => ({
  beganAt: Math.min(beganAt ?? Infinity, at - endMs - LEAST_LATE_MS),
})
