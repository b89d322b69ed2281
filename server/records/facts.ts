// Reading facts as they come: repeated, late, out of order. Pure.
import type { Fact, FactType } from '../ledger/fact.ts'

export type FactOf<T extends FactType> = Extract<Fact, { type: T }>

/** Each fact once, in order of seq. */
export function inOrder(facts: readonly Fact[]): Fact[] {
  const bySeq = new Map(facts.map(fact => [fact.seq, fact]))
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}

/** The same facts on the time of the first one: lengths of time between them are right over a clock that was set meanwhile. */
export function onOneTime(facts: readonly Fact[]): Fact[] {
  let jumpedMs = 0
  return facts.map(fact => {
    if (fact.type === 'clock-jumped') jumpedMs += fact.data.byMs
    return jumpedMs === 0 ? fact : { ...fact, at: fact.at - jumpedMs }
  })
}

export const ofType = <T extends FactType>(facts: readonly Fact[], type: T): FactOf<T>[] =>
  facts.filter((fact): fact is FactOf<T> => fact.type === type)
