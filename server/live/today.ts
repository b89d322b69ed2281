// Today's figures, folded from facts and nothing else: the same function serves the live page and the recomputation from the ledger.
import { isForWantOfLines } from '../../telephony/call/blocked.ts'
import type { AgentToday, QueueToday, TodayView } from '../desktop/protocol.ts'
import type { Fact } from '../ledger/fact.ts'
import { TrunkDay } from './trunk-day.ts'

/** The standard asks for an answer within 15 s (GB/T 33358). */
export const SERVICE_LEVEL_MS = 15_000
const SLOT_MS = 300_000
const QUARTER_MS = 900_000
const SLOTS_KEPT = 12
/** Weight of the newest call in the mean handle time. */
const HANDLE_WEIGHT = 0.1

interface AgentDay {
  answered: number
  missed: number
  talkMs: number
  rated: number
  scoreSum: number
}
interface QueueDay extends Record<keyof QueueToday, number> {
  handleMeanMs: number
  handleCount: number
  slots: Map<number, { joined: number; inTime: number }>
}
/** What of a call is still to come and needs what was. */
interface OpenCall {
  agent?: string
  queue?: string
  asked: boolean
  talked: boolean
  inbound: boolean
}
type Totals = { -readonly [K in keyof Omit<TodayView, 'quarters'>]: number }

export class Today {
  readonly #dayOf: (at: number) => string
  #day = ''
  #dayBeganAt = 0
  #agents = new Map<string, AgentDay>()
  #queues = new Map<string, QueueDay>()
  #open = new Map<string, OpenCall>()
  /** Our own trial calls, while they live. */
  readonly #trials = new Set<string>()
  #total: Totals = noTotals()
  #quarters: number[] = []
  readonly trunks = new TrunkDay()

  constructor(timeZone: string) {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
    this.#dayOf = at => format.format(at)
  }

  /** Facts of another day than the newest seen are not today's: a new day begins empty, an old fact is left out. */
  add(fact: Fact): void {
    if (fact.at >= this.#dayBeganAt + 86_400_000 || this.#day === '') this.#turnTo(fact.at)
    if (fact.at < this.#dayBeganAt) return
    if (this.#isTrial(fact)) return
    this.trunks.add(fact)
    const call = this.#open.get(fact.subject)
    switch (fact.type) {
      case 'call-began': {
        const inbound = fact.data.direction === 'inbound'
        this.#open.set(fact.subject, { asked: false, talked: false, inbound })
        if (!inbound) return
        this.#total.offered++
        const quarter = Math.floor((fact.at - this.#dayBeganAt) / QUARTER_MS)
        while (this.#quarters.length <= quarter) this.#quarters.push(0)
        this.#quarters[quarter] = (this.#quarters[quarter] ?? 0) + 1
        return
      }
      case 'call-blocked':
        if (fact.data.counted && isForWantOfLines(fact.data.reason)) this.#total.blocked++
        return
      case 'queue-joined':
        this.queue(fact.data.queue).joined++
        this.#slot(fact.data.queue, fact.at).joined++
        if (!call) return
        call.queue = fact.data.queue
        if (!call.asked) this.#total.askedForAgent++
        call.asked = true
        return
      case 'queue-left':
        return this.#onQueueLeft(fact)
      case 'offer-failed':
        if (fact.data.cause !== 'cancelled') this.agent(fact.data.agent).missed++
        return
      case 'talk-began':
        this.agent(fact.data.agent).answered++
        if (!call) return
        call.agent = fact.data.agent
        if (call.inbound && !call.talked) this.#total.answered++
        call.talked = true
        return
      case 'talk-ended': {
        this.agent(fact.data.agent).talkMs += fact.data.talkMs
        if (call?.queue !== undefined) this.#handled(call.queue, fact.data.talkMs)
        return
      }
      case 'call-rated':
        this.#total.ratedCount++
        if (fact.data.score >= 3) this.#total.satisfiedCount++
        if (call?.agent !== undefined) {
          const agent = this.agent(call.agent)
          agent.rated++
          agent.scoreSum += fact.data.score
        }
        return
      case 'call-ended':
        this.#open.delete(fact.subject)
        if (call && !call.inbound) return
        if (fact.data.result === 'abandoned-ivr') this.#total.abandonedInFlow++
        if (fact.data.result === 'voicemail') this.#total.voicemail++
        if (fact.data.result === 'callback') this.#total.callback++
        if (fact.data.result === 'self-service') this.#total.selfService++
        return
    }
  }

  #isTrial({ type, subject, data }: Fact): boolean {
    if (type === 'call-began' && data.trial) this.#trials.add(subject)
    const isTrial = this.#trials.has(subject)
    if (type === 'call-ended') this.#trials.delete(subject)
    return isTrial
  }

  agentView(id: string): AgentToday {
    const { answered, missed, talkMs, rated, scoreSum } = this.#agents.get(id) ?? noAgentDay()
    return {
      answered,
      missed,
      talkMs,
      rated,
      ...(rated > 0 ? { satisfied: scoreSum / rated } : {}),
    }
  }

  queueView(id: string): QueueToday {
    const { joined, answered, answeredIn15s, abandoned, waitMs } =
      this.#queues.get(id) ?? noQueueDay()
    return { joined, answered, answeredIn15s, abandoned, waitMs }
  }

  /** Service level (answered in 15 s ÷ joined, SL-4) of the last twelve 5-minute slots, oldest first. */
  levels(id: string, now: number): readonly (number | null)[] {
    const slots = this.#queues.get(id)?.slots
    const newest = Math.floor(now / SLOT_MS)
    return Array.from({ length: SLOTS_KEPT }, (_, index) => {
      const slot = slots?.get(newest - SLOTS_KEPT + 1 + index)
      return slot && slot.joined > 0 ? slot.inTime / slot.joined : null
    })
  }

  handleOf(id: string): { meanMs: number; count: number } {
    const queue = this.#queues.get(id)
    return { meanMs: queue?.handleMeanMs ?? 0, count: queue?.handleCount ?? 0 }
  }

  view = (): TodayView => ({ ...this.#total, quarters: [...this.#quarters] })

  agent(id: string): AgentDay {
    return found(this.#agents, id, noAgentDay)
  }

  queue(id: string): QueueDay {
    return found(this.#queues, id, noQueueDay)
  }

  #onQueueLeft(fact: Fact<'queue-left'>): void {
    const queue = this.queue(fact.data.queue)
    if (fact.data.outcome === 'answered') {
      queue.answered++
      queue.waitMs += fact.data.waitMs
      this.#total.waitMs += fact.data.waitMs
      if (fact.data.waitMs > SERVICE_LEVEL_MS) return
      queue.answeredIn15s++
      this.#total.answeredIn15s++
      this.#slot(fact.data.queue, fact.at - fact.data.waitMs).inTime++
    } else if (fact.data.outcome === 'abandoned') {
      queue.abandoned++
      this.#total.abandonedInQueue++
    }
  }

  #handled(id: string, talkMs: number): void {
    const queue = this.queue(id)
    const weight = Math.max(HANDLE_WEIGHT, 1 / (queue.handleCount + 1))
    queue.handleMeanMs += (talkMs - queue.handleMeanMs) * weight
    queue.handleCount++
  }

  #slot(id: string, at: number): { joined: number; inTime: number } {
    const { slots } = this.queue(id)
    const number = Math.floor(at / SLOT_MS)
    for (const old of slots.keys()) if (old <= number - 2 * SLOTS_KEPT) slots.delete(old)
    return found(slots, number, () => ({ joined: 0, inTime: 0 }))
  }

  #turnTo(at: number): void {
    const day = this.#dayOf(at)
    if (day === this.#day) return
    this.#day = day
    this.#dayBeganAt = beginOfDay(at, this.#dayOf)
    this.#agents = new Map()
    for (const queue of this.#queues.values())
      Object.assign(queue, { joined: 0, answered: 0, answeredIn15s: 0, abandoned: 0, waitMs: 0 })
    this.#total = noTotals()
    this.#quarters = []
    this.trunks.clear()
  }
}

const noAgentDay = (): AgentDay => ({ answered: 0, missed: 0, talkMs: 0, rated: 0, scoreSum: 0 })
const noQueueDay = (): QueueDay => ({
  joined: 0,
  answered: 0,
  answeredIn15s: 0,
  abandoned: 0,
  waitMs: 0,
  handleMeanMs: 0,
  handleCount: 0,
  slots: new Map(),
})
const noTotals = (): Totals => ({
  offered: 0,
  answered: 0,
  askedForAgent: 0,
  answeredIn15s: 0,
  abandonedInQueue: 0,
  abandonedInFlow: 0,
  blocked: 0,
  voicemail: 0,
  callback: 0,
  selfService: 0,
  waitMs: 0,
  ratedCount: 0,
  satisfiedCount: 0,
})

function found<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key)
  if (there !== undefined) return there
  const fresh = make()
  map.set(key, fresh)
  return fresh
}

/** First instant of the day that `at` lies in, to the minute: time zones are whole minutes. */
export function beginOfDay(at: number, dayOf: (at: number) => string): number {
  const day = dayOf(at)
  let low = at - 90_000_000
  let high = at
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (dayOf(middle) === day) high = middle
    else low = middle
  }
  return high
}
