// Counts what happens: facts, requests, log-ins. Keeps five minutes, in slots of five seconds; success is told over fifteen.
import { isForWantOfLines } from '../../telephony/call/blocked.ts'
import type { Fact } from '../ledger/fact.ts'
import { type Figures, percentile95 } from './figure.ts'

const SLOT_MS = 5000
const COUNTED_MS = 300_000
const RATE_MS = 900_000
/** Below this many a share says nothing. */
const LEAST_CALLS = 10
const LEAST_PACKETS = 5000
/** A slot remembers this many durations of a kind. */
const MOST_SAMPLES = 500

interface Slot {
  readonly at: number
  asked: number
  answered: number
  blocked: number
  floods: number
  packets: number
  lost: number
  jitters: number[]
  waits: number[]
  requests: number[]
  failedLogins: number
  drops: number
}
/** A wrong number or a blocked caller is none. */
const ATTACK: ReadonlySet<string> = new Set(['flood', 'banned'])

const emptySlot = (at: number): Slot => ({
  at,
  asked: 0,
  answered: 0,
  blocked: 0,
  floods: 0,
  packets: 0,
  lost: 0,
  jitters: [],
  waits: [],
  requests: [],
  failedLogins: 0,
  drops: 0,
})

export interface Tally {
  onFact(fact: Fact): void
  onRequest(tookMs: number): void
  onFailedLogin(): void
  onLinkDrop(): void
  figures(): Figures
}

export function createTally(clock: () => number): Tally {
  let slots: Slot[] = []
  const current = (): Slot => {
    const at = Math.floor(clock() / SLOT_MS) * SLOT_MS
    const last = slots.at(-1)
    if (last?.at === at) return last
    // The clock was set back: what was counted at times to come counts no more.
    if (last && last.at > at) slots = []
    slots = [...slots.filter(slot => slot.at > at - RATE_MS), emptySlot(at)]
    return slots[slots.length - 1] ?? emptySlot(at)
  }
  const keep = (samples: number[], value: number) => {
    if (samples.length < MOST_SAMPLES) samples.push(value)
  }

  return {
    onFact(fact) {
      const slot = current()
      switch (fact.type) {
        case 'queue-left':
          // On to another group: it is still waiting. Those who wait have not failed.
          if (fact.data.outcome === 'overflowed') return
          slot.asked++
          if (fact.data.outcome === 'answered') slot.answered++
          return
        case 'agent-offered':
          // Both were there since the later of the two: what is above it is ours.
          return keep(slot.waits, Math.min(fact.data.waitedMs, fact.data.reason.idleMs))
        case 'call-blocked':
          if (isForWantOfLines(fact.data.reason)) slot.blocked += fact.data.counted ? 1 : 0
          else if (ATTACK.has(fact.data.reason)) slot.floods++
          return
        case 'leg-ended': {
          const { packetsIn = 0, lost = 0, jitterMs } = fact.data
          slot.packets += packetsIn + lost
          slot.lost += lost
          if (jitterMs !== undefined && packetsIn > 0) keep(slot.jitters, jitterMs)
          return
        }
      }
    },
    onRequest: tookMs => keep(current().requests, tookMs),
    onFailedLogin: () => void current().failedLogins++,
    onLinkDrop: () => void current().drops++,
    figures() {
      const now = clock()
      const recent = slots.filter(({ at }) => at > now - COUNTED_MS)
      const sum = (of: readonly Slot[], key: SlotCount) =>
        of.reduce((total, slot) => total + slot[key], 0)
      slots = slots.filter(({ at }) => at > now - RATE_MS)
      const asked = sum(slots, 'asked')
      const packets = sum(recent, 'packets')
      const found = {
        requestP95Ms: percentile95(recent.flatMap(({ requests }) => requests)),
        dispatchP95Ms: percentile95(recent.flatMap(({ waits }) => waits)),
        jitterMs: percentile95(recent.flatMap(({ jitters }) => jitters)),
        lossShare: packets >= LEAST_PACKETS ? sum(recent, 'lost') / packets : undefined,
        answerRate: asked >= LEAST_CALLS ? sum(slots, 'answered') / asked : undefined,
        blockedCalls: sum(recent, 'blocked'),
        floodCalls: sum(recent, 'floods'),
        failedLogins: sum(recent, 'failedLogins'),
        linkDrops: sum(recent, 'drops'),
      }
      return Object.fromEntries(
        Object.entries(found).filter(([, value]) => value !== undefined),
      ) as Figures
    },
  }
}
type SlotCount =
  'asked' | 'answered' | 'blocked' | 'floods' | 'packets' | 'lost' | 'failedLogins' | 'drops'
