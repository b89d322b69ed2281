// Agents at telephones and callers who wait for them, whoever does the routing.
import { type Demo, type DemoAccount, openOffice, startDemo } from '../../fixtures/demo.ts'
import { until } from '../../fixtures/until.ts'
import { openPhones, type Phones } from './phones.ts'

export interface DispatchHall {
  readonly name: string
  readonly phones: Phones
  readonly agents: readonly string[]
  /** A caller who rings here and dials NUMBER waits for an agent without a greeting. */
  readonly sipPort: number
  /** The order that an agent takes calls from now on. */
  makeReady(agent: string): Promise<void>
  /** Resolves when the agent is offered nothing more. */
  makeRest(agent: string): Promise<void>
  waiting(): Promise<number>
  close(): Promise<void>
}

export const NUMBER = '9001'
export const AGENTS = 30
/** Agents that the sample has. */
const SAMPLE_AGENTS = 20
const PASSWORD = 'a password for the bench'

/** Our server with one of the switches, started as a stranger starts it. */
export async function openHotline(name: string, isEmbedded: boolean): Promise<HotlineHall> {
  const closers: (() => unknown)[] = []
  const demo = await startDemo(
    { teardown: close => void closers.push(close), passing: () => true },
    isEmbedded ? { embedded: true } : { normalPriority: true },
  )
  const phones = await openPhones()
  const close = async () => {
    phones.close()
    for (const end of closers) await end()
  }
  try {
    await openOffice(demo)
    await publishFlow(demo)
    const agents: string[] = []
    for (let index = 0; index < AGENTS; index++) {
      const id = await fill(demo, index)
      const { user, password } = await demo.done('/api/phone', { as: id })
      await phones.register({ user, password }, demo.phonePort)
      agents.push(id)
    }
    const setState = async (agent: string, state: 'idle' | 'busy') =>
      demo.api(`/api/agents/${agent}/state`, { method: 'POST', as: agent, body: { state } })
    await until('all telephones to be known', async () => {
      const { items } = await demo.done('/api/agents')
      return agents.every(id =>
        items.some(
          (one: { id: string; phone: string }) => one.id === id && one.phone === 'registered',
        ),
      )
    })
    return {
      name,
      phones,
      agents,
      sipPort: demo.sipPort,
      mediaDir: demo.mediaDir,
      async makeReady(agent) {
        const { status, bytes } = await setState(agent, 'idle')
        if (status !== 200) throw new Error(`${agent} is not ready: ${status} ${bytes}`)
      },
      // Asked again: whoever was in a call a moment ago takes it when the call has ended.
      makeRest: async agent =>
        void (await until(`${agent} to rest`, async () => {
          const { status, body } = await setState(agent, 'busy')
          return status === 200 && body.state === 'busy'
        })),
      async waiting() {
        const { items } = await demo.done('/api/queues')
        return items.find((one: { id: string }) => one.id === 'consult').waiting
      },
      close,
    }
  } catch (error) {
    process.stderr.write(demo.logs())
    await close()
    throw error
  }
}
export interface HotlineHall extends DispatchHall {
  readonly mediaDir: string
}

async function publishFlow(demo: Demo): Promise<void> {
  await demo.done('/api/flows/straight', {
    method: 'PUT',
    body: {
      id: 'straight',
      name: '直达',
      start: 'answer',
      nodes: {
        answer: { kind: 'answer', next: 'agent' },
        agent: {
          kind: 'queue',
          queue: 'consult',
          full: 'end',
          timedOut: 'end',
          noAgents: 'end',
          askedForMessage: 'end',
          askedForCallback: 'end',
          otherwise: 'end',
        },
        end: { kind: 'hangup' },
      },
    },
  })
  await demo.done(`/api/numbers/${NUMBER}`, {
    method: 'PUT',
    body: { number: NUMBER, flow: 'straight', name: '直达' },
  })
  const { items } = await demo.done('/api/config/queues')
  const queue = items.find((one: { id: string }) => one.id === 'consult')
  await demo.done('/api/config/queues/consult', {
    method: 'PUT',
    body: { ...queue, whenNoAgents: 'wait' },
  })
}

/** An agent of that queue alone, beyond those of the sample as well; gives the number. */
async function fill(demo: Demo, index: number): Promise<string> {
  const isOfSample = index < SAMPLE_AGENTS
  const id = String(isOfSample ? 1001 + index : 1101 + index)
  const agent = { id, name: `座席${id}`, autoAnswer: false, queues: { consult: 1 } }
  await demo.done(`/api/config/agents/${id}`, { method: 'PUT', body: agent })
  if (isOfSample) return id
  const user = { username: id, name: agent.name, roles: ['agent'], agentId: id, password: PASSWORD }
  await demo.done('/api/users', { method: 'POST', body: user })
  const accounts = demo.accounts as DemoAccount[]
  accounts.push({ username: id, password: PASSWORD, roles: ['agent'] })
  return id
}
