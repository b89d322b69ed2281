// Today's figures while they are still being read from the ledger: control does not wait for them.
import type { Fact } from '../ledger/fact.ts'
import { Today } from '../live/today.ts'

export interface Figures {
  /** Complete once `load` has resolved; until then what has happened since the start. */
  today(): Today
  add(fact: Fact): void
  handleOf(queue: string): { readonly meanMs: number; readonly count: number }
  /** Reads what was before us. A fact that is also ours counts once. @throws what reading throws; may be tried again. */
  load(facts: AsyncIterable<Fact>): Promise<void>
}

const keyOf = ({ subject, seq, type }: Fact) => `${subject}/${seq}/${type}`

export function createFigures(timeZone: string): Figures {
  let today = new Today(timeZone)
  /** Ours, until the ledger's are there. */
  let own: Map<string, Fact> | undefined = new Map()
  return {
    today: () => today,
    handleOf: queue => today.handleOf(queue),
    add(fact) {
      today.add(fact)
      own?.set(keyOf(fact), fact)
    },
    async load(facts) {
      const whole = new Today(timeZone)
      for await (const fact of facts) if (!own?.has(keyOf(fact))) whole.add(fact)
      for (const fact of own?.values() ?? []) whole.add(fact)
      today = whole
      own = undefined
    },
  }
}

/** The same facts, told on their way. */
export async function* remembered(facts: AsyncIterable<Fact>, tell: (fact: Fact) => void) {
  for await (const fact of facts) {
    tell(fact)
    yield fact
  }
}
