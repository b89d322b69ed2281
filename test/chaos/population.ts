// Real calls in every state, changed at random while faults strike, with the truth as the telephones know it.
import type { AgentPhone } from '../fixtures/agent-phone.ts'
import type { HeardPacket } from '../fixtures/far-end.ts'
import type { Hall } from '../fixtures/hall.ts'
import { STRAIGHT } from '../fixtures/hall.ts'
import type { RtpCaller } from '../fixtures/rtp-caller.ts'
import type { AnsweredCall } from '../fixtures/sip-answerer.ts'
import { until } from '../fixtures/until.ts'

/** A caller and an agent whose telephones both say that they talk. */
export interface Pair {
  readonly caller: RtpCaller
  readonly phone: AgentPhone
  readonly leg: AnsweredCall
}

export interface Population {
  readonly callers: readonly RtpCaller[]
  readonly phones: readonly AgentPhone[]
  /** Callers whose telephone is in a call now. */
  alive(): RtpCaller[]
  pairs(): Pair[]
  /** Changes something every now and then until `rest`. */
  stir(): void
  /** No new change begins; resolves when those begun are done or have failed. */
  rest(): Promise<void>
  /** Forgets sound that was heard, which would fill the memory over hours. */
  forget(): void
  /** What callers of the test's own did: dialled, refused, hung up. */
  readonly counts: { dialled: number; refused: number; changes: number; failedChanges: number }
  /** Every call that the switch took, by its SIP Call-ID. */
  readonly taken: ReadonlySet<string>
  endAll(): Promise<void>
}

const STIR_EVERY_MS = 400
/** Beside those who talk: so many at most wait or listen to the flow. */
const MOST_CALLERS = 14

export async function populate(
  hall: Hall,
  agents: readonly string[],
  chance: () => number,
): Promise<Population> {
  const phones: AgentPhone[] = []
  for (const [index, agent] of agents.entries())
    phones.push(await hall.phone(agent, 700 + 90 * index))
  const callers: RtpCaller[] = []
  const counts = { dialled: 0, refused: 0, changes: 0, failedChanges: 0 }
  const taken = new Set<string>()
  const underWay = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | undefined

  const isAlive = (caller: RtpCaller) => caller.times.answeredAt > 0 && caller.times.endedAt === 0
  const alive = () => callers.filter(isAlive)
  const one = <T>(list: readonly T[]): T | undefined => list[Math.floor(chance() * list.length)]
  const legOf = (phone: AgentPhone) => phone.calls.find(call => call.isTalking())
  const pairs = (): Pair[] =>
    phones.flatMap(phone => {
      const leg = legOf(phone)
      const caller = leg && callers.find(each => each.number === leg.from && isAlive(each))
      return leg && caller ? [{ caller, phone, leg }] : []
    })

  const call = async (to: string) => {
    const from = `139${String(10_000_000 + counts.dialled++)}`
    const caller = await hall.dial({ to, from, hz: 440 })
    callers.push(caller)
    await until('an answer or a refusal', () => caller.status() >= 200, 20_000, 10)
    if (caller.status() >= 300) counts.refused++
    else taken.add(caller.callId)
  }
  const idOf = (agent: string) =>
    hall.agent(agent).then(({ callId }) => callId as string | undefined)
  const verb = async (name: string, body: object = {}) => {
    const pair = one(pairs())
    const id = pair && (await idOf(pair.phone.agent))
    if (id) await hall.verb(id, name, body, pair.phone.agent)
  }

  /** Each with its weight. A change that comes too late is refused, as in life. */
  const changes: readonly (readonly [number, () => Promise<void>])[] = [
    [4, () => (alive().length < MOST_CALLERS ? call(STRAIGHT) : Promise.resolve())],
    [2, () => (alive().length < MOST_CALLERS ? call('12393') : Promise.resolve())],
    [2, async () => void (await one(alive())?.press('1'))],
    [
      4,
      async () => {
        const phone = one(phones)
        if (phone && !legOf(phone)) await hall.setState(phone.agent, 'idle')
      },
    ],
    [2, () => verb('hold')],
    [3, () => verb('retrieve')],
    [1, () => verb('transfer', { to: { queue: 'business' } })],
    [1, () => verb('consult', { to: { agent: one(agents) ?? '' } })],
    [1, () => verb('conference')],
    [1, () => verb('complete', { to: 'return' })],
    [2, async () => void (await one(alive())?.hangUp())],
    [1, async () => void (await one(pairs())?.leg.hangUp())],
    [
      3,
      async () => {
        const phone = one(phones)
        const ringing = phone?.calls.find(
          each => each.times.answeredAt === 0 && each.times.endedAt === 0,
        )
        ringing?.answer()
      },
    ],
  ]
  const total = changes.reduce((sum, [weight]) => sum + weight, 0)

  const change = () => {
    let at = chance() * total
    const chosen = changes.find(([weight]) => (at -= weight) < 0)
    if (!chosen) return
    counts.changes++
    const work: Promise<void> = chosen[1]()
      // Refused or unanswered: a server may be dying at this moment, which is what this is about.
      .catch(() => void counts.failedChanges++)
      .finally(() => underWay.delete(work))
    underWay.add(work)
  }

  return {
    callers,
    phones,
    counts,
    taken,
    alive,
    pairs,
    stir() {
      clearInterval(timer)
      timer = setInterval(change, STIR_EVERY_MS)
    },
    async rest() {
      clearInterval(timer)
      await Promise.all(underWay)
    },
    forget() {
      const ends = [...alive(), ...phones.flatMap(phone => phone.calls)].map(({ end }) => end)
      for (const end of ends) (end.packets as HeardPacket[]).splice(0)
    },
    async endAll() {
      clearInterval(timer)
      await Promise.all(underWay)
      await Promise.all(callers.map(caller => caller.close()))
      await Promise.all(phones.map(phone => phone.clear()))
    },
  }
}
