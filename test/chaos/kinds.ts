// Figures of a run by the kind of fault.
import { percentileOf, seconds } from './tally.ts'

export interface KindOfRound {
  readonly regainedMs: number
  readonly settledMs: number
  readonly talks: number
  readonly keptTalks: number
}

export interface Kinds {
  add(fault: string, round: KindOfRound): void
  /** A round that broke off. */
  fail(fault: string): void
  rows(): KindRow[]
}

export interface KindRow {
  readonly fault: string
  readonly rounds: number
  readonly failed: number
  readonly talks: number
  readonly keptTalks: number
  readonly regainedMs: Spread
  readonly settledMs: Spread
}
interface Spread {
  readonly p50: number
  readonly p95: number
  readonly longest: number
}

export function createKinds(): Kinds {
  const rounds = new Map<string, KindOfRound[]>()
  const failed = new Map<string, number>()
  const of = (fault: string) => rounds.get(fault) ?? []
  return {
    add: (fault, round) => void rounds.set(fault, [...of(fault), round]),
    fail: fault => void failed.set(fault, (failed.get(fault) ?? 0) + 1),
    rows: () =>
      [...new Set([...rounds.keys(), ...failed.keys()])].map(fault => {
        const list = of(fault)
        const bad = failed.get(fault) ?? 0
        return {
          fault,
          rounds: list.length + bad,
          failed: bad,
          talks: list.reduce((sum, { talks }) => sum + talks, 0),
          keptTalks: list.reduce((sum, { keptTalks }) => sum + keptTalks, 0),
          regainedMs: spreadOf(list.map(({ regainedMs }) => regainedMs)),
          settledMs: spreadOf(list.map(({ settledMs }) => settledMs)),
        }
      }),
  }
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => Math.round(percentileOf(sorted, share))
  return { p50: at(0.5), p95: at(0.95), longest: Math.round(sorted.at(-1) ?? 0) }
}

export function kindsToMarkdown(rows: readonly KindRow[]): string {
  return [
    '| fault | rounds | broken off | control regained p50 | p95 | longest | talks kept | right after, longest |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(({ fault, rounds, failed, regainedMs, keptTalks, talks, settledMs }) =>
      [
        '',
        fault,
        rounds,
        failed,
        seconds(regainedMs.p50),
        seconds(regainedMs.p95),
        seconds(regainedMs.longest),
        `${keptTalks} of ${talks}`,
        seconds(settledMs.longest),
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ].join('\n')
}
