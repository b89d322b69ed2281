// When a tap's first sample sounded. Pieces come late by what the way takes, never early: the least late one says it best. Pure.

export interface TapClock {
  /** Epoch ms; absent before the first piece. */
  readonly beganAt?: number
}

/** A piece came at this instant, and its last sample stands at `endMs` of the tap. */
export const heardAt = ({ beganAt }: TapClock, endMs: number, at: number): TapClock => ({
  beganAt: Math.min(beganAt ?? Infinity, at - endMs),
})
