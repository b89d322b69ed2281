// What was repaired, and which calls have ended, folded from facts and nothing else.
import type { CallId } from '../../../telephony/call/id.ts'
import type { RepairsView, RepairView } from '../../desktop/protocol.ts'
import type { Fact } from '../../ledger/fact.ts'
import type { Publisher } from '../port.ts'
import type { KnownEnds } from './diagnose.ts'

const LAST_SHOWN = 50
/** Ends remembered; a day of a busy site has fewer. */
const MOST_ENDS = 20_000

export interface RepairBook {
  /** A repair is shown on the live page at once. */
  hear(fact: Fact, publisher?: Publisher): void
  /** A fact of before: only the end of its call matters. */
  recall(fact: Fact): void
  readonly ends: KnownEnds
  /** Facts of the last minutes, oldest first. */
  recent(): readonly Fact[]
  view(): RepairsView
}

/** Some ten minutes of thirty lines; half as many again before they are cut. */
const RECENT = 5000

/** `since`: from when on it hears every fact, epoch ms. */
export function createRepairBook(since: number): RepairBook {
  const counts = new Map<string, number>()
  const ended = new Set<string>()
  let last: readonly RepairView[] = []
  let recent: Fact[] = []

  const toView = ({ subject, at, data }: Fact<'state-repaired'>): RepairView => ({
    at,
    cause: data.cause,
    ...(data.detail === undefined ? {} : { detail: data.detail }),
    ...(subject.startsWith('agent:') ? { agentId: subject.slice('agent:'.length) } : {}),
    ...(subject.includes(':') ? {} : { callId: subject }),
  })

  const view = (): RepairsView => ({ counts: Object.fromEntries(counts), last })
  const recall = (fact: Fact) => {
    if (fact.type !== 'call-ended') return
    ended.add(fact.subject)
    const [oldest] = ended
    if (ended.size > MOST_ENDS && oldest !== undefined) ended.delete(oldest)
  }

  return {
    ends: { since, has: (call: CallId) => ended.has(call) },
    recall,
    recent: () => recent,
    hear(fact, publisher) {
      recall(fact)
      recent.push(fact)
      if (recent.length > RECENT * 1.5) recent = recent.slice(-RECENT)
      if (fact.type !== 'state-repaired') return
      counts.set(fact.data.cause, (counts.get(fact.data.cause) ?? 0) + 1)
      last = [toView(fact), ...last].slice(0, LAST_SHOWN)
      publisher?.publish('floor', { repairs: view() })
    },
    view,
  }
}
