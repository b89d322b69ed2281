// Keeps the sound of a source that falls silent without a word on the axis of time. Pure: the instants come from outside.

/** Behind the clock by this much, sound is missing and not merely late. */
const MISSING_MS = 1000
/** Silence is filled up to here, so that what is on its way finds its place. */
const ROOM_MS = 200

export interface Pace {
  readonly startedAtMs: number
  readonly positionMs: number
  /** Silence put in that may still turn up as sound. */
  readonly filledMs: number
}

/** The first sound came. */
export const paceFrom = (nowMs: number): Pace => ({
  startedAtMs: nowMs,
  positionMs: 0,
  filledMs: 0,
})

/** Sound of so many ms came. `skipMs` of it are left out: silence stands in their place already. */
export function arrived(pace: Pace, forMs: number, nowMs: number): { pace: Pace; skipMs: number } {
  const aheadMs = pace.positionMs + forMs - (nowMs - pace.startedAtMs)
  if (aheadMs <= 0) return { pace: { ...pace, positionMs: pace.positionMs + forMs }, skipMs: 0 }
  const skipMs = Math.min(pace.filledMs, forMs, aheadMs)
  const positionMs = pace.positionMs + forMs - skipMs
  // What is still ahead shows that the first sound came late: the axis begins that much earlier.
  const startedAtMs = Math.min(pace.startedAtMs, nowMs - positionMs)

  return { pace: { startedAtMs, positionMs, filledMs: pace.filledMs - skipMs }, skipMs }
}

/** Silence that is due by now. */
export function due(pace: Pace, nowMs: number): { pace: Pace; silenceMs: number } {
  const behindMs = nowMs - pace.startedAtMs - pace.positionMs
  if (behindMs < MISSING_MS) return { pace, silenceMs: 0 }
  const silenceMs = Math.floor((behindMs - ROOM_MS) / 20) * 20

  return {
    pace: {
      ...pace,
      positionMs: pace.positionMs + silenceMs,
      filledMs: pace.filledMs + silenceMs,
    },
    silenceMs,
  }
}
