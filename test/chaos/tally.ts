// Figures of a run beside their targets; what is printed, and what decides whether the run was good.

export interface Tally {
  /** A thing that should be so each time. */
  count(name: string, isGood: boolean, why?: string): void
  time(name: string, ms: number): void
  rows(): Row[]
  /** Longest of all times whose name begins so; 0 without any. */
  worst(beginning: string): number
  readonly failures: readonly string[]
}

export interface Row {
  readonly what: string
  readonly target: string
  readonly measured: string
  readonly isMet: boolean
}

interface Target {
  readonly name: string
  readonly what: string
  readonly target: string
  /** Share of good ones, 0–1, or milliseconds at a percentile. */
  readonly limit: { readonly share: number } | { readonly ms: number; readonly percentile: number }
}

/** Only told. */
const UNLIMITED = { ms: Infinity, percentile: 1 }

/** In the order of the table. */
export const TARGETS: readonly Target[] = [
  {
    name: 'bridged',
    what: 'bridged calls that go on after a fault',
    target: '100 %',
    limit: { share: 1 },
  },
  {
    name: 'place',
    what: 'queued callers that keep place and wait time',
    target: '100 %',
    limit: { share: 1 },
  },
  {
    name: 'regained by another server',
    what: 'control regained with a second server, p95',
    target: '≤ 2 s',
    limit: { ms: 2000, percentile: 0.95 },
  },
  {
    name: 'regained by restart',
    what: 'control regained by restart, p95',
    target: '≤ 5 s',
    limit: { ms: 5000, percentile: 0.95 },
  },
  {
    name: 'state',
    what: 'agents and calls in the right state 10 s after a fault',
    target: '100 %',
    limit: { share: 1 },
  },
  { name: 'record', what: 'call records complete', target: '100 %', limit: { share: 1 } },
  {
    name: 'facts',
    what: 'calls without a lost fact (synchronous commit)',
    target: '100 %',
    limit: { share: 1 },
  },
  {
    name: 'database',
    what: 'recovery after the database server is killed, worst',
    target: '≤ 10 s',
    limit: { ms: 10_000, percentile: 1 },
  },
  {
    name: 'one offer',
    what: 'callers offered to one agent at a time',
    target: '100 %',
    limit: { share: 1 },
  },
  {
    name: 'trunk',
    what: 'next calls after loss of the main trunk that the standby carries',
    target: '100 %',
    limit: { share: 1 },
  },
  {
    name: 'trunk, next call',
    what: 'from dialling to the answer by the standby, next call',
    target: '–',
    limit: UNLIMITED,
  },
  {
    name: 'trunk, call after the next',
    what: 'the same, the call after it',
    target: '–',
    limit: UNLIMITED,
  },
  {
    name: 'main again',
    what: 'calls by the main trunk once it answers again',
    target: '100 %',
    limit: { share: 1 },
  },
  {
    name: 'browser',
    what: 'talks whole again after the browser froze or was killed',
    target: '100 %',
    limit: { share: 1 },
  },
  {
    name: 'frozen browser',
    what: 'from the thaw to page, floor and caller agreeing',
    target: '–',
    limit: UNLIMITED,
  },
  {
    name: 'killed browser',
    what: 'from the kill to the talk with a browser opened anew',
    target: '–',
    limit: UNLIMITED,
  },
  {
    name: 'round',
    what: 'rounds played to their end',
    target: '100 %',
    limit: { share: 1 },
  },
]

export function createTally(): Tally {
  const counts = new Map<string, { good: number; all: number }>()
  const times = new Map<string, number[]>()
  const failures: string[] = []

  return {
    failures,
    count(name, isGood, why = '') {
      const before = counts.get(name) ?? { good: 0, all: 0 }
      counts.set(name, { good: before.good + (isGood ? 1 : 0), all: before.all + 1 })
      if (!isGood) failures.push(`${name}: ${why}`)
    },
    time(name, ms) {
      times.set(name, [...(times.get(name) ?? []), ms])
    },
    worst: beginning =>
      Math.max(
        0,
        ...[...times].filter(([name]) => name.startsWith(beginning)).flatMap(([, list]) => list),
      ),
    rows: () =>
      TARGETS.flatMap(({ name, what, target, limit }) => {
        if ('share' in limit) {
          const found = counts.get(name)
          if (!found) return []
          const percent = ((100 * found.good) / found.all).toFixed(found.good === found.all ? 0 : 2)
          const measured = `${percent} % (${found.good} of ${found.all})`
          return [{ what, target, measured, isMet: found.good / found.all >= limit.share }]
        }
        const sorted = [...(times.get(name) ?? [])].sort((a, b) => a - b)
        if (sorted.length === 0) return []
        const at = percentileOf(sorted, limit.percentile)
        const measured = `${spread(sorted)} (n ${sorted.length})`
        return [{ what, target, measured, isMet: at <= limit.ms }]
      }),
  }
}

export function percentileOf(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0
}

/** Of times in their order. */
export const spread = (sorted: readonly number[]) =>
  `p50 ${seconds(percentileOf(sorted, 0.5))}, p95 ${seconds(percentileOf(sorted, 0.95))}, longest ${seconds(sorted.at(-1) ?? 0)}`

export const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`

export function toMarkdown(rows: readonly Row[]): string {
  return [
    '| what | target | measured | met |',
    '| --- | --- | --- | --- |',
    ...rows.map(
      ({ what, target, measured, isMet }) =>
        `| ${what} | ${target} | ${measured} | ${isMet ? 'yes' : '**no**'} |`,
    ),
  ].join('\n')
}
