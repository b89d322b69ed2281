/** Loudness of samples of −1…1 as 0–100 on a scale people find even: −60 dBFS is 0, full scale 100. */
export function levelOf(samples: Iterable<number>): number {
  let sum = 0
  let count = 0
  for (const sample of samples) {
    sum += sample * sample
    count += 1
  }
  if (count === 0 || sum === 0) return 0
  const dbfs = 10 * Math.log10(sum / count)
  return Math.min(100, Math.max(0, Math.round(((dbfs + 60) / 60) * 100)))
}

/** What the level says to somebody who has just spoken. */
export const judgeLevel = (loudest: number): 'silent' | 'good' | 'loud' =>
  loudest < 25 ? 'silent' : loudest > 95 ? 'loud' : 'good'
