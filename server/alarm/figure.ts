// What is measured, every few seconds. A figure that can't be told now (too few calls, no answer) is left out.

export const FIGURES = [
  'eventLoopMs',
  'cpuShare',
  'memoryShare',
  'switchRestarts',
  'linkDrops',
  'phonesLostShare',
  'requestP95Ms',
  'dispatchP95Ms',
  'factLag',
  'lineShare',
  'waiting',
  'oldestWaitS',
  'blockedCalls',
  'answerRate',
  'bandwidthMbps',
  'lossShare',
  'jitterMs',
  'failedLogins',
  'bannedAddresses',
  'floodCalls',
] as const
export type Figure = (typeof FIGURES)[number]
export type Figures = Readonly<Partial<Record<Figure, number>>>

/** Smallest value that 95 in 100 do not exceed; undefined of nothing. */
export function percentile95(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.95) - 1)]
}
