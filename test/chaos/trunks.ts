// Two trunks of the site, a network behind each played by SIPp, and one agent who dials out. Measured: the next calls after the main
// trunk has fallen silent.
import type { Test } from 'tap'
import type { AgentPhone } from '../fixtures/agent-phone.ts'
import type { Hall } from '../fixtures/hall.ts'
import { freePorts } from '../fixtures/ports.ts'
import { startCarrier } from '../fixtures/sipp-carrier.ts'
import { sipp } from '../fixtures/sipp.ts'
import { until } from '../fixtures/until.ts'

export interface NextCall {
  /** The trunk that carried it; undefined: none did. */
  readonly trunk: string | undefined
  /** From the dialling to the far side's answer. */
  readonly tookMs: number
}

export interface Trunks {
  /** Falls silent at once. */
  loseMain(): Promise<void>
  /** Answers again; resolves when the site has seen it. */
  mainAgain(): Promise<void>
  /** The agent dials out, the far side answers, the agent hangs up. */
  dialOut(): Promise<NextCall>
  /** A caller comes in by the standby; gives whether the call was carried. */
  callIn(): Promise<boolean>
  close(): Promise<void>
}

const AGENT = '1010'
const HZ = 1900
const LIMIT_MS = 60_000
const BACK_MS = 90_000

export async function openTrunks(t: Test, hall: Hall): Promise<Trunks> {
  const { demo } = hall
  const [mainPort = 0, standbyPort = 0] = await freePorts(2)
  const [main, standby] = await Promise.all([
    startCarrier({ address: '127.0.0.2', port: mainPort }),
    startCarrier({ address: '127.0.0.3', port: standbyPort }),
  ])
  const close = async () => void (await Promise.all([main.close(), standby.close()]))
  t.teardown(close)
  for (const [id, { address, port }, priority] of [
    ['main', main, 0],
    ['standby', standby, 1],
  ] as const) {
    const body = {
      id,
      name: `中继 ${id}`,
      address: { host: address, port },
      priority,
      options: { everyS: 5, failuresToDown: 1 },
      inbound: { areaCode: '0591' },
    }
    await demo.done(`/api/trunks/${id}`, { method: 'PUT', body })
  }
  // The server may be between two lives: asked again.
  const becomes = (id: string, state: string) =>
    until(
      `trunk ${id} to be ${state}`,
      async () =>
        (await demo.done(`/api/trunks/${id}`, { as: '2001' }).catch(() => undefined))?.live
          ?.state === state,
      BACK_MS,
      200,
    )
  await becomes('main', 'up')
  await becomes('standby', 'up')
  const phone: AgentPhone = await hall.phone(AGENT, HZ)
  let dialled = 0

  const factOf = async (call: string, type: string) =>
    (await hall.facts(call).catch(() => [])).find(fact => fact.type === type)
  const free = () =>
    until(
      'the agent who dials out to be free',
      async () => (await hall.setState(AGENT, 'busy').catch(() => undefined))?.state === 'busy',
      LIMIT_MS,
      100,
    )
  return {
    loseMain: () => main.die(),
    async mainAgain() {
      await main.die()
      await main.start()
      await becomes('main', 'up')
    },
    async dialOut() {
      await free()
      const startedMs = performance.now()
      const to = `0591${String(87_000_000 + dialled++)}`
      const body = { agent: AGENT, to }
      const { callId } = await demo.done('/api/calls', { as: AGENT, method: 'POST', body })
      const began = await until(
        'the far side to answer',
        async () => (await factOf(callId, 'talk-began')) ?? (await factOf(callId, 'call-ended')),
        LIMIT_MS,
        50,
      )
      const tookMs = performance.now() - startedMs
      if (began.type === 'call-ended') return { trunk: undefined, tookMs }
      await hall.verb(callId, 'hangup', {}, AGENT)
      await phone.clear()
      await free()
      const { trunk } = await until(
        'the record of the call',
        async () => {
          const record = await hall.record(callId).catch(() => undefined)
          return record?.endedAt ? record : undefined
        },
        LIMIT_MS,
        100,
      )
      return { trunk, tookMs }
    },
    async callIn() {
      const { isDone } = await sipp({
        sipPort: demo.sipPort,
        address: standby.address,
        from: '13800009999',
        then: [{ act: 'pause', ms: 500 }],
      })
      return isDone
    },
    close,
  }
}
