/** Counts of durations in steps of 10 µs up to 10 s: a million samples without a million numbers. */
export interface Histogram {
  add(ms: number): void
  /** Upper end of the step that holds this share, ms; 0 when empty. */
  at(share: number): number
  readonly count: number
  clear(): void
}

const STEP_MS = 0.01
const STEPS = 1_000_000

export function createHistogram(): Histogram {
  const steps = new Uint32Array(STEPS)
  let count = 0
  return {
    add(ms) {
      const step = Math.min(STEPS - 1, Math.max(0, Math.floor(ms / STEP_MS)))
      steps[step] = (steps[step] ?? 0) + 1
      count++
    },
    at(share) {
      let left = Math.ceil(share * count)
      if (left === 0) return 0
      for (let step = 0; step < STEPS; step++) {
        left -= steps[step] ?? 0
        if (left <= 0) return +((step + 1) * STEP_MS).toFixed(2)
      }
      return STEPS * STEP_MS
    },
    get count() {
      return count
    },
    clear() {
      steps.fill(0)
      count = 0
    },
  }
}
