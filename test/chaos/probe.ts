// Control is back when a verb asked of any server has its effect at a telephone: the agent's phone is put on hold or taken back.
import type { AgentPhone } from '../fixtures/agent-phone.ts'
import type { Hall } from '../fixtures/hall.ts'
import { talk, type Talk } from '../fixtures/hall.ts'
import type { Pair } from './population.ts'
import { until } from '../fixtures/until.ts'
import { setTimeout as pause } from 'node:timers/promises'

export interface Probe {
  /** The talk that stands, unless it has ended. */
  pair(): Pair | undefined
  /** Milliseconds from the instant (`performance.now()`) to the effect. */
  regained(sinceMs: number): Promise<number>
  /** The last verb's fact stands in the ledger. */
  inLedger(): Promise<void>
  end(): Promise<void>
}

const LIMIT_MS = 60_000
const EVERY_MS = 50
/** An effect follows its verb at once, or the verb did not reach the switch. */
const EFFECT_MS = 400
const CLOCK_SLACK_MS = 5

/** A talk that stands the whole run through. */
export async function createProbe(hall: Hall, phone: AgentPhone): Promise<Probe> {
  let standing: Talk | undefined
  const stand = async (): Promise<Talk> => {
    const isAlive = standing && standing.caller.times.endedAt === 0 && standing.agentLeg.isTalking()
    if (standing && isAlive) return standing
    standing = await talk(hall, phone, { from: '13700000001', hz: 500 })
    return standing
  }
  await stand()
  let isHeld = false
  let lastVerbAt = 0

  return {
    pair() {
      if (!standing || standing.caller.times.endedAt > 0) return undefined
      return { caller: standing.caller, phone, leg: standing.agentLeg }
    },
    async regained(sinceMs) {
      const { id, agentLeg } = await stand()
      for (const limit = performance.now() + LIMIT_MS; performance.now() < limit;) {
        const before = agentLeg.directions.length
        const verb = isHeld ? 'retrieve' : 'hold'
        lastVerbAt = Date.now()
        const isDone = await hall.verb(id, verb, {}, phone.agent).then(
          () => true,
          () => false,
        )
        if (isDone) {
          isHeld = !isHeld
          for (const effect = performance.now() + EFFECT_MS; performance.now() < effect;) {
            if (agentLeg.directions.length > before) return performance.now() - sinceMs
            await pause(5)
          }
          isHeld = !isHeld
        }
        await pause(EVERY_MS)
      }
      throw new Error(`no control within ${LIMIT_MS} ms`)
    },
    async inLedger() {
      const { id } = await stand()
      const type = isHeld ? 'call-held' : 'call-retrieved'
      const since = lastVerbAt - CLOCK_SLACK_MS
      await until(
        type,
        async () => {
          const facts = await hall.facts(id).catch(() => [])
          return facts.some(fact => fact.type === type && Date.parse(fact.at) >= since)
        },
        LIMIT_MS,
        50,
      )
    },
    async end() {
      await standing?.caller.hangUp()
    },
  }
}
