// What each trunk carried today, folded from facts like the other figures.
import type { TrunkToday } from '../desktop/protocol.ts'
import type { Fact } from '../ledger/fact.ts'

interface Day {
  in: { calls: number; answered: number }
  out: { calls: number; answered: number; failed: number; movedOn: number }
  blocked: Record<string, number>
}

interface Leg {
  readonly call: string
  readonly trunk: string
  readonly way: 'in' | 'out'
  answered: boolean
}

export class TrunkDay {
  #days = new Map<string, Day>()
  /** Legs that use a line of a trunk now. */
  readonly #legs = new Map<string, Leg>()

  /** A new day; legs that live go on. */
  clear(): void {
    this.#days = new Map()
  }

  add(fact: Fact): void {
    switch (fact.type) {
      case 'call-began': {
        const { trunk, legId, direction } = fact.data
        if (trunk === undefined || direction !== 'inbound') return
        this.#legs.set(legId, { call: fact.subject, trunk, way: 'in', answered: false })
        this.#day(trunk).in.calls++
        return
      }
      case 'leg-began': {
        const { trunk, legId, role } = fact.data
        if (trunk === undefined || role === 'caller') return
        this.#legs.set(legId, { call: fact.subject, trunk, way: 'out', answered: false })
        this.#day(trunk).out.calls++
        return
      }
      case 'call-answered':
        for (const leg of this.#legs.values())
          if (leg.way === 'in' && leg.call === fact.subject) this.#answered(leg)
        return
      case 'number-answered':
        return this.#answered(this.#legs.get(fact.data.legId))
      case 'leg-ended': {
        // A consulted number is answered without a fact of its own.
        if (fact.data.answered) this.#answered(this.#legs.get(fact.data.legId))
        this.#legs.delete(fact.data.legId)
        return
      }
      case 'trunk-failed':
        this.#day(fact.data.trunk).out.failed++
        if (fact.data.next !== undefined) this.#day(fact.data.trunk).out.movedOn++
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

  #answered(leg: Leg | undefined): void {
    if (!leg || leg.answered) return
    leg.answered = true
    this.#day(leg.trunk)[leg.way].answered++
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
  out: { calls: 0, answered: 0, failed: 0, movedOn: 0 },
  blocked: {},
})
