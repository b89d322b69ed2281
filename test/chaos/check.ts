// What must be true when the dust has settled: the floor against the telephones, the ledger against the calls made.
import pg from 'pg'
import type { Hall } from '../fixtures/hall.ts'
import type { Population } from './population.ts'

interface AgentShown {
  readonly id: string
  readonly state: string
  readonly callId?: string
}
interface WaiterShown {
  readonly callId: string
  readonly joinedAt: number
  readonly number: string
  readonly offeredTo?: string
}
export interface QueueShown {
  readonly id: string
  readonly waiters: readonly WaiterShown[]
}

/** Differences between what the server shows and what the telephones are in; empty when all is well. */
export async function wrongStates(
  hall: Hall,
  population: Population,
  /** Calls beside those of the population. */
  otherCalls: number,
): Promise<string[]> {
  const [agents, queues, lines] = await Promise.all([
    hall.demo.done('/api/agents').then(({ items }) => items as AgentShown[]),
    hall.demo.done('/api/queues').then(({ items }) => items as QueueShown[]),
    hall.demo.done('/api/lines') as Promise<{ used: number }>,
  ])
  const wrong: string[] = []
  for (const phone of population.phones) {
    const shown = agents.find(({ id }) => id === phone.agent)
    const isTalking = phone.calls.some(call => call.isTalking())
    const isRinging = phone.calls.some(
      call => call.times.answeredAt === 0 && call.times.endedAt === 0,
    )
    const saysTalking = shown?.state === 'talking' || shown?.state === 'on-hold'
    if (isTalking !== saysTalking)
      wrong.push(
        `agent ${phone.agent} ${shown?.state}, telephone ${isTalking ? 'in a call' : 'idle'}`,
      )
    if (!isRinging && shown?.state === 'ringing')
      wrong.push(`agent ${phone.agent} ringing, telephone silent`)
  }
  const alive = population.alive()
  const numbers = new Set(alive.map(({ number }) => number))
  const talking = new Set(population.pairs().map(({ caller }) => caller.number))
  const waiters = queues.flatMap(queue => queue.waiters)
  for (const { number } of waiters) {
    if (!numbers.has(number)) wrong.push(`${number} waits, telephone has hung up`)
    if (talking.has(number)) wrong.push(`${number} waits, telephone talks with an agent`)
  }
  if (new Set(waiters.map(({ callId }) => callId)).size !== waiters.length)
    wrong.push('a caller waits twice')
  const calls = alive.length + otherCalls
  if (lines.used !== calls) wrong.push(`${lines.used} lines in use, ${calls} telephones in a call`)
  return wrong
}

export interface LedgerCheck {
  readonly callId: string
  readonly sipCallId: string
  readonly hasEnd: boolean
  /** Numbers of facts that are missing between the first and the last. */
  readonly missing: number
  /** An agent was offered while an offer to another still stood. */
  readonly twoOffers: boolean
}

/** Every call of the ledger, by what its facts say. */
export async function readLedger(databaseUrl: string): Promise<LedgerCheck[]> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    const { rows } = await client.query<{
      subject: string
      seq: string
      type: string
      data: Record<string, string>
    }>(`select subject, seq, type, data from facts order by subject, seq`)
    const calls = groupOf(rows)
    return [...calls].flatMap(([callId, facts]) => {
      const began = facts.find(({ type }) => type === 'call-began')
      if (!began) return []
      const numbers = facts.map(({ seq }) => Number(seq)).filter(seq => seq < 1e9)
      return [
        {
          callId,
          sipCallId: began.data['sipCallId'] ?? '',
          hasEnd: facts.some(({ type }) => type === 'call-ended'),
          missing: Math.max(...numbers) - new Set(numbers).size,
          twoOffers: hasTwoOffers(facts),
        },
      ]
    })
  } finally {
    await client.end()
  }
}

function groupOf<T extends { subject: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) groups.set(row.subject, [...(groups.get(row.subject) ?? []), row])
  return groups
}

/** An offer ends by an answer, a refusal, no answer, or with the caller. */
function hasTwoOffers(facts: readonly { type: string; data: Record<string, string> }[]): boolean {
  let offered: string | undefined
  for (const { type, data } of facts) {
    if (type === 'agent-offered') {
      if (offered !== undefined && offered !== data['agent']) return true
      offered = data['agent']
    } else if (/^(agent-answered|offer-failed|queue-left|call-ended)$/.test(type))
      offered = undefined
  }
  return false
}
