// An agent at the real desktop in Chromium, in a talk that stands the whole run through. The agent is alone in a group of its own, so
// that who dials its number reaches this browser.
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { type AgentBrowser, type AgentDesk, startAgentBrowser } from '../fixtures/browser.ts'
import type { ClusterServer } from '../fixtures/cluster.ts'
import { type Hall, toneShare } from '../fixtures/hall.ts'
import type { RtpCaller } from '../fixtures/rtp-caller.ts'
import { beReady } from '../fixtures/story.ts'
import { until } from '../fixtures/until.ts'
import { openFront } from './front.ts'

export interface BrowserAgent {
  readonly agent: string
  /** Whom the agent talks with, unless the call has ended. */
  caller(): RtpCaller | undefined
  /** A talk stands, begun anew where the last one has ended. */
  stand(): Promise<RtpCaller>
  /** The process of the browser and all its children stand still, or go on. */
  freeze(): void
  thaw(): void
  /** `kill -9` of all of them. */
  kill(): Promise<void>
  /** Another browser, signed in. */
  reopen(): Promise<void>
  /** After a round that broke off: a browser is open. */
  recover(): Promise<void>
  /** The caller hears the agent's microphone. */
  isHeard(): Promise<boolean>
  /** What the page, the floor and the caller's telephone do not agree on. */
  wrong(): Promise<string[]>
  end(): Promise<void>
}

const AGENT = '1016'
const NUMBER = '9016'
const GROUP = 'complaint'
const MICROPHONE_HZ = 880
const LIMIT_MS = 60_000
const LOOK_MS = 3000

/** What the page shows: the state of its agent, or that it knows to be out of date. */
const SHOWN = `(() => {
  if (document.querySelector('.desk.is-old')) return 'old'
  const panel = document.querySelector('.desk .panel[class*="state-"]')
  return panel ? /state-([a-z-]+)/.exec(panel.className)[1] : 'nothing'
})()`

export async function openBrowserAgent(
  t: Test,
  hall: Hall,
  servers: readonly ClusterServer[],
): Promise<BrowserAgent> {
  const { demo } = hall
  const front = await openFront(t, servers)
  await demo.done('/api/flows/desk', { method: 'PUT', body: FLOW })
  const number = { number: NUMBER, flow: 'desk', name: '直达座席' }
  await demo.done(`/api/numbers/${NUMBER}`, { method: 'PUT', body: number })
  const { items } = await demo.done('/api/config/agents')
  for (const { id, name, queues } of items as {
    id: string
    name: string
    queues: Record<string, number>
  }[]) {
    if (id !== AGENT && !(GROUP in queues)) continue
    const { [GROUP]: _, ...others } = queues
    const body = { id, name, queues: id === AGENT ? { [GROUP]: 1 } : others }
    await demo.done(`/api/config/agents/${id}`, { method: 'PUT', body })
  }
  let browser: AgentBrowser | undefined
  let desk: AgentDesk | undefined
  let caller: RtpCaller | undefined
  let frozen: readonly number[] = []

  const signal = (pids: readonly number[], name: NodeJS.Signals) => {
    for (const pid of pids) {
      try {
        process.kill(pid, name)
      } catch {
        // It has ended by itself.
      }
    }
  }
  const open = async () => {
    browser = await startAgentBrowser({ url: front.url, microphoneHz: MICROPHONE_HZ })
    desk = await browser.login({ username: AGENT, password: demo.passwordOf(AGENT) })
  }
  const close = async () => {
    signal(frozen, 'SIGCONT')
    await browser?.close()
  }
  t.teardown(close)
  await open()
  if (desk) await beReady(desk, demo, AGENT)
  await demo.done(`/api/agents/${AGENT}/auto-answer`, {
    as: AGENT,
    method: 'POST',
    body: { on: true },
  })

  const talking = () => (caller && caller.times.endedAt === 0 ? caller : undefined)
  const isHeard = async () => {
    const now = talking()
    if (!now) return false
    const samples = await now.end.hear(300).catch(() => new Int16Array(0))
    return toneShare(samples, MICROPHONE_HZ) > 0.3
  }
  const shown = (): Promise<string> =>
    Promise.race([
      desk?.page.evaluate<string>(SHOWN).catch(() => 'no page') ?? Promise.resolve('no page'),
      pause(LOOK_MS, 'no answer', { ref: false }),
    ])
  return {
    agent: AGENT,
    caller: talking,
    async stand() {
      const now = talking()
      if (now) return now
      await until(
        'the agent at the browser to be idle',
        async () => (await hall.setState(AGENT, 'idle')).state === 'idle',
        LIMIT_MS,
        200,
      )
      const dialled = await hall.dial({ to: NUMBER, from: '13700000002', hz: 560 })
      caller = dialled
      await until('the agent at the browser to be heard', isHeard, LIMIT_MS, 50)
      return dialled
    },
    freeze() {
      frozen = browser?.processes() ?? []
      signal(frozen, 'SIGSTOP')
    },
    thaw() {
      signal(frozen, 'SIGCONT')
      frozen = []
    },
    async kill() {
      signal(browser?.processes() ?? [], 'SIGKILL')
      await browser?.close()
      browser = undefined
      desk = undefined
    },
    reopen: open,
    async recover() {
      if (!browser || !desk) await open()
    },
    isHeard,
    async wrong() {
      const [agent, page] = await Promise.all([hall.agent(AGENT), shown()])
      const isTalking = agent.state === 'talking' || agent.state === 'on-hold'
      const wrong: string[] = []
      if (page !== agent.state) wrong.push(`agent ${AGENT} ${agent.state}, page shows ${page}`)
      if (isTalking !== (talking() !== undefined))
        wrong.push(`agent ${AGENT} ${agent.state}, caller ${isTalking ? 'gone' : 'in a call'}`)
      if (isTalking && wrong.length === 0 && !(await isHeard()))
        wrong.push(`agent ${AGENT} ${agent.state}, not heard`)
      return wrong
    },
    async end() {
      await talking()?.hangUp()
      await close()
    },
  }
}

/** Straight to the group of the one agent. */
const FLOW = {
  id: 'desk',
  name: '直达座席',
  start: 'answer',
  nodes: {
    answer: { kind: 'answer', next: 'agent' },
    agent: {
      kind: 'queue',
      queue: GROUP,
      full: 'end',
      timedOut: 'end',
      noAgents: 'end',
      askedForMessage: 'end',
      askedForCallback: 'end',
      otherwise: 'end',
    },
    end: { kind: 'hangup' },
  },
}
