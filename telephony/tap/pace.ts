// Keeps the sound of a source on the axis of time, where the source itself leaves things out without a word. Pure: the instants come
// from outside.

/** Nothing came for so long: sound is missing and not merely late. */
const MISSING_MS = 1000
/** Silence is filled up to here, so that what is on its way finds its place. */
const ROOM_MS = 200
/** Sound that flows this far behind its time has left something out. */
const LATE_MS = 120
/** For as long as this; less is the way it came. */
const LATE_FOR_MS = 300
/** Pieces come at least this often while sound flows. */
const FLOWING_MS = 150
const STEP_MS = 20

export interface Pace {
  readonly startedAtMs: number
  readonly positionMs: number
  /** Silence put in that may still turn up as sound. */
  readonly filledMs: number
  readonly lastAtMs: number
  /** Since when it flows too late. */
  readonly lateSinceMs?: number
}

/** The first sound came, and so much of it had been spoken before. */
export const paceFrom = (nowMs: number, forMs: number): Pace => ({
  startedAtMs: nowMs - forMs,
  positionMs: 0,
  filledMs: 0,
  lastAtMs: nowMs,
})

/** Sound of so many ms came. `skipMs` of it are left out: silence stands in their place already. */
export function arrived(pace: Pace, forMs: number, nowMs: number): { pace: Pace; skipMs: number } {
  const aheadMs = pace.positionMs + forMs - (nowMs - pace.startedAtMs)
  const skipMs = Math.max(0, Math.min(pace.filledMs, forMs, aheadMs))
  const positionMs = pace.positionMs + forMs - skipMs

  return {
    pace: {
      ...pace,
      // What is still ahead shows that the first sound came late: the axis begins that much earlier.
      startedAtMs: Math.min(pace.startedAtMs, nowMs - positionMs),
      positionMs,
      filledMs: pace.filledMs - skipMs,
      lastAtMs: nowMs,
    },
    skipMs,
  }
}

/** What is due when all that came has been read: silence, and, where sound flows late, that the switch should let go what it holds. */
export function look(
  pace: Pace,
  nowMs: number,
): { pace: Pace; silenceMs: number; isLate: boolean } {
  const behindMs = nowMs - pace.startedAtMs - pace.positionMs
  const filled = (untilBehindMs: number, isLate: boolean) => {
    const silenceMs = Math.floor((behindMs - untilBehindMs) / STEP_MS) * STEP_MS
    const { lateSinceMs: _, ...rest } = pace

    return {
      pace: {
        ...rest,
        positionMs: pace.positionMs + silenceMs,
        filledMs: isLate ? 0 : pace.filledMs + silenceMs,
      },
      silenceMs,
      isLate,
    }
  }
  if (nowMs - pace.lastAtMs > FLOWING_MS)
    return behindMs < MISSING_MS ? { pace, silenceMs: 0, isLate: false } : filled(ROOM_MS, false)
  if (behindMs < LATE_MS) {
    const { lateSinceMs: _, ...rest } = pace

    return { pace: rest, silenceMs: 0, isLate: false }
  }
  const lateSinceMs = pace.lateSinceMs ?? nowMs
  if (nowMs - lateSinceMs < LATE_FOR_MS)
    return { pace: { ...pace, lateSinceMs }, silenceMs: 0, isLate: false }

  return filled(STEP_MS * 2, true)
}
