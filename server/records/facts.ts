// Reading facts as they come: repeated, late, out of order. Pure.
import type { Fact, FactType } from '../ledger/fact.ts'

export type FactOf<T extends FactType> = Extract<Fact, { type: T }>

/** Each fact once, in order of seq. */
export function inOrder(facts: readonly Fact[]): Fact[] {
  const bySeq = new Map(facts.map(fact => [fact.seq, fact]))
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}

export const ofType = <T extends FactType>(facts: readonly Fact[], type: T): FactOf<T>[] =>
  facts.filter((fact): fact is FactOf<T> => fact.type === type)
