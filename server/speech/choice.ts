// Which engine listens. Pure.
import type { Capabilities } from '../../asr-tts/index.ts'
import type { Health } from './health.ts'

export type Purpose = 'talk' | 'flow'
export interface Candidate {
  readonly name: string
  readonly purposes: readonly Purpose[]
  readonly capabilities: Capabilities
  readonly health: Health
  readonly inUse: number
  /** Streams at once; absent: no limit of its own. */
  readonly limit?: number | undefined
}
export interface Wish {
  readonly purpose: Purpose
  readonly rateHz: 8000 | 16000
  readonly hasGrammar: boolean
  /** Have failed for these words already. */
  readonly tried: ReadonlySet<string>
}
export type Choice =
  | { readonly type: 'engine'; readonly name: string }
  /** Those that could are at their limit. */
  | { readonly type: 'full' }
  | { readonly type: 'none' }

const RANK = { up: 0, suspect: 1, down: 2 } as const

/** What it could be asked at all. An engine that knows grammars only hears nothing without one. */
export const isFit = (engine: Candidate, wish: Omit<Wish, 'tried'>): boolean =>
  engine.purposes.includes(wish.purpose) &&
  engine.capabilities.ratesHz.includes(wish.rateHz) &&
  (wish.hasGrammar || !engine.capabilities.grammar)

/** The first of the operator's order that is up; those that failed lately only where no other is left. */
export function choose(engines: readonly Candidate[], wish: Wish): Choice {
  const fit = engines.filter(engine => isFit(engine, wish) && !wish.tried.has(engine.name))
  if (fit.length === 0) return { type: 'none' }
  const [first] = fit
    .filter(({ inUse, limit = Infinity }) => inUse < limit)
    .sort((a, b) => RANK[a.health.state] - RANK[b.health.state])
  return first ? { type: 'engine', name: first.name } : { type: 'full' }
}
