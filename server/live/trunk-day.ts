// What each trunk carried today, folded from facts like the other figures.
import type { TrunkToday } from '../desktop/protocol.ts'
import type { Fact } from '../ledger/fact.ts'

interface Day {
  in: { calls: number; answered: number }
  out: { calls: number; answered: number; failed: number }
  blocked: Record<string, number>
}

export class TrunkDay {
  #days = new Map<string, Day>()
  /** Legs that use a line of a trunk now. */
  readonly #legs = new Map<string, { readonly trunk: string; readonly way: 'in' | 'out' }>()

  /** A new day; legs that live go on. */
  clear(): void {
    this.#days = new Map()
  }

  add(fact: Fact): void {
    switch (fact.type) {
      case 'call-began': {
        const { trunk, legId, direction } = fact.data
        if (trunk === undefined || direction !== 'inbound') return
        this.#legs.set(legId, { trunk, way: 'in' })
        this.#day(trunk).in.calls++
        return
      }
      case 'leg-began': {
        const { trunk, legId, role } = fact.data
        if (trunk === undefined || role === 'caller') return
        this.#legs.set(legId, { trunk, way: 'out' })
        this.#day(trunk).out.calls++
        return
      }
      case 'leg-ended': {
        const leg = this.#legs.get(fact.data.legId)
        if (!leg) return
        this.#legs.delete(fact.data.legId)
        if (fact.data.answered) this.#day(leg.trunk)[leg.way].answered++
        return
      }
      case 'trunk-failed':
        this.#day(fact.data.trunk).out.failed++
        return
      case 'call-blocked': {
        const { trunk, counted, reason } = fact.data
        if (trunk === undefined || !counted) return
        const { blocked } = this.#day(trunk)
        blocked[reason] = (blocked[reason] ?? 0) + 1
        return
      }
      default:
        return
    }
  }

  view(trunk: string): TrunkToday {
    const { in: into, out, blocked } = this.#days.get(trunk) ?? noDay()
    return { in: { ...into }, out: { ...out }, blocked: { ...blocked } }
  }

  #day(trunk: string): Day {
    const there = this.#days.get(trunk)
    if (there) return there
    const fresh = noDay()
    this.#days.set(trunk, fresh)
    return fresh
  }
}

const noDay = (): Day => ({
  in: { calls: 0, answered: 0 },
  out: { calls: 0, answered: 0, failed: 0 },
  blocked: {},
})
