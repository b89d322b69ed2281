// Builds the control loop and gives it its door: what the API may ask, what the switch tells, what is restored at start.
import { agentId, callId as toCallId, type AgentId, type CallId } from '../../telephony/call/id.ts'
import type { CallEvent } from '../../telephony/call/event.ts'
import type { Telephony } from '../../telephony/index.ts'
import { refuse } from '../errors.ts'
import type { Fact } from '../ledger/fact.ts'
import { Today } from '../live/today.ts'
import type { FloorStore } from '../store/port.ts'
import { eventsSince, releaseStranded, takeUp } from './adopt.ts'
import { askState, askWrapUp, known } from './agent.ts'
import { type AlarmChange, createAlarms } from './alarms.ts'
import { dial } from './dial.ts'
import { createRepairBook, type RepairBook } from './doctor/book.ts'
import { createDoctor } from './doctor/doctor.ts'
import { createLoop, type Log } from './loop.ts'
import type { CallerDirectory, Control, Publisher, Settings } from './port.ts'
import { createFloorPublisher } from './publish.ts'
import type { LiveAgent, LiveCall } from './state.ts'
import { step } from './step.ts'
import { askVerb } from './verb.ts'
import type { Floor, SettingsIndex, Sound, Turn } from './turn.ts'
import { agentView, callView, linesView, queueView, type Sight } from './view.ts'

export interface ControlDeps {
  readonly telephonies: readonly Telephony[]
  readonly store: FloorStore
  readonly prompts: {
    fileFor(text: string, options?: { voice?: 'female' | 'male' }): Promise<string>
    musicFile(): Promise<string>
  }
  /** Below it lie `prompts/custom` and the recordings. */
  readonly mediaFolder: string
  readonly publisher: Publisher
  readonly callers: CallerDirectory
  readonly settings: Settings
  /** Facts of today from the ledger, for the figures. */
  readonly factsToday: AsyncIterable<Fact>
  /** Hears every fact as it happens, and every alarm; must not throw and must return at once. */
  readonly onFact?: (fact: Fact) => void
  readonly onAlarm?: (change: AlarmChange) => void
  /** Where repairs are counted. */
  readonly repairs?: RepairBook
  /** Whether a desktop of this agent is connected; absent where other servers have desktops too. */
  readonly hasDesktop?: (agent: AgentId) => boolean
  /** Who we are in `call-adopted` facts. */
  readonly serverName: string
  readonly now?: () => number
  readonly log: Log
}

/** Between two tries to learn what a connected switch holds. */
const ADOPT_AGAIN_MS = 1000

const index = (settings: Settings): SettingsIndex => ({
  ...settings,
  queueById: new Map(settings.queues.map(queue => [queue.id, queue])),
  agentById: new Map(settings.agents.map(agent => [agent.id, agent])),
})

export async function createControl(deps: ControlDeps): Promise<Control> {
  const { store, log } = deps
  const now = deps.now ?? Date.now
  const floor: Floor = { calls: new Map(), agents: new Map() }
  const today = new Today(deps.settings.timeZone)
  const repairs = deps.repairs ?? createRepairBook(now())
  let settings = index(deps.settings)
  const sight = (): Sight => ({
    calls: floor.calls,
    agents: floor.agents,
    settings,
    today,
    now: now(),
  })
  const views = createFloorPublisher({
    sight,
    publisher: deps.publisher,
    callers: deps.callers,
    onFault: error => log.error({ err: error }, 'caller look-up failed'),
  })
  const telephonies = new Map(deps.telephonies.map(telephony => [telephony.nodeName, telephony]))

  const filesFor = (sounds: readonly Sound[]) =>
    Promise.all(
      sounds.map(sound => {
        if ('tone' in sound) return sound.tone
        if ('music' in sound) return deps.prompts.musicFile()
        if ('file' in sound) return `${deps.mediaFolder}/prompts/custom/${sound.file}`
        return deps.prompts.fileFor(
          sound.say,
          sound.voice === undefined ? {} : { voice: sound.voice },
        )
      }),
    )

  const loop = createLoop({
    floor,
    store,
    telephonies,
    filesFor,
    today,
    log,
    now,
    mediaFolder: deps.mediaFolder,
    settings: () => settings,
    onFact(fact) {
      repairs.hear(fact, deps.publisher)
      deps.onFact?.(fact)
    },
    onChanged: (calls, agents) => views.changed(calls, agents),
    onFault: (error, about) => log.error({ err: error, about }, 'fault in the control loop'),
  })

  const { raiseAlarm, clearAlarm } = createAlarms({
    now,
    tell(change) {
      views.alarm(change)
      deps.onAlarm?.(change)
    },
  })

  const agentOf = (id: AgentId): LiveAgent => {
    const agent = floor.agents.get(id)
    if (!agent) throw refuse('UNKNOWN_AGENT', `there is no agent ${id}`)
    return agent
  }
  const askAgent = async (id: AgentId, work: (turn: Turn) => unknown) => {
    await loop.ask(work)
    return agentView(sight(), agentOf(id))
  }
  const callViewOf = (id: CallId) => {
    const call = floor.calls.get(id)
    const owner = call && [...floor.agents.values()].find(agent => agent.callId === id)
    return (call && owner && callView(sight(), call, owner, views.callerOf(call))) ?? null
  }

  /** Every configured agent stands on the floor; one no longer configured leaves it when signed out. */
  const syncAgents = (turn: Turn) => {
    for (const config of settings.agents) {
      if (turn.agent(agentId(config.id))) continue
      turn.putAgent({
        id: agentId(config.id),
        state: 'signed-out',
        since: turn.at,
        idleSince: turn.at,
        phone: 'unregistered',
        autoAnswer: config.autoAnswer,
        seq: 0,
      })
    }
  }

  // A start: figures from the ledger, the floor from the store, the truth from each switch.
  for await (const fact of deps.factsToday) {
    today.add(fact)
    repairs.recall(fact)
  }
  for (const [key, json] of await store.load()) {
    const [kind, id = ''] = key.split('/')
    if (kind === 'call') floor.calls.set(toCallId(id), JSON.parse(json) as LiveCall)
    if (kind === 'agent') floor.agents.set(agentId(id), JSON.parse(json) as LiveAgent)
  }
  await loop.ask(turn => {
    syncAgents(turn)
    for (const agent of turn.agents()) turn.changeAgent(agent.id, { phone: 'unregistered' })
    for (const call of turn.calls()) turn.change(call.id, {})
  })

  const waiting = new Map<string, CallEvent[]>()
  const listen = (telephony: Telephony) => {
    const node = telephony.nodeName
    waiting.set(node, [])
    telephony.onEvent(event => {
      // Kept by whoever listens (server/capture); it changes nothing on the floor.
      if (event.type === 'leg-quality') return
      const held = waiting.get(node)
      if (held) held.push(event)
      else loop.input({ type: 'event', node, event })
      if (event.type === 'recording-started') clearAlarm('recording')
      if (event.type === 'recording-stopped' && event.fault !== undefined)
        raiseAlarm('recording', 'critical', 'recording-fault', event.fault)
      if (event.type === 'command-failed' && event.command === 'start-recording')
        raiseAlarm('recording', 'critical', 'recording-fault', event.reason)
    })
    telephony.onStatus(status => {
      if (status.state === 'connected') {
        clearAlarm(`switch-${node}`)
        adoptUntilDone(telephony)
      } else raiseAlarm(`switch-${node}`, 'critical', 'switch-away', node)
    })
    if (telephony.connected) return adopt(telephony).catch(onAdoptionFailed(telephony))
    return Promise.resolve()
  }

  let adopted = new Set<string>()
  const onAdoptionFailed = (telephony: Telephony) => (error: unknown) => {
    log.error({ err: error, node: telephony.nodeName }, 'adoption failed')
    setTimeout(() => telephony.connected && adoptUntilDone(telephony), ADOPT_AGAIN_MS).unref()
  }
  const adoptUntilDone = (telephony: Telephony) =>
    void adopt(telephony).catch(onAdoptionFailed(telephony))

  async function adopt(telephony: Telephony): Promise<void> {
    const node = telephony.nodeName
    const first = !adopted.has(node)
    const [legs, phones] = await Promise.all([telephony.liveLegs(), telephony.registrations()])
    for (const phone of phones)
      loop.input({
        type: 'event',
        node,
        event: { type: 'phone-registered', at: now(), agentId: phone, transport: 'unknown' },
      })
    // What it no longer knows, its driver has told: phones that it has forgotten, legs that are gone.
    if (!first) return
    await loop.ask(turn => {
      const mine = [...turn.calls()].filter(call => call.node === node)
      for (const event of eventsSince(mine, node, legs, turn.at, telephony.startedAt))
        step(turn, { type: 'event', node, event })
      for (const call of mine) takeUp(turn, call.id, deps.serverName)
      releaseStranded(turn)
    })
    adopted = new Set([...adopted, node])
    const held = waiting.get(node) ?? []
    waiting.delete(node)
    for (const event of held) loop.input({ type: 'event', node, event })
    log.info({ node, legs: legs.length, calls: floor.calls.size }, 'switch adopted')
  }

  store.onStatus(status => {
    loop.setRouting(status === 'up')
    if (status === 'up') clearAlarm('store')
    else raiseAlarm('store', 'critical', 'redis-away')
  })

  await Promise.all(deps.telephonies.map(listen))
  const isAdopted = (node: string) => adopted.has(node)
  const doctor = createDoctor({ ...deps, floor, loop, isAdopted, ends: repairs.ends, now })
  views.all()

  return {
    setAgentState: (id, state, reason, by) =>
      askAgent(id, turn => askState(turn, id, state, reason, by.userId)),
    setAutoAnswer: (id, on) =>
      askAgent(id, turn => (known(turn, id), turn.changeAgent(id, { autoAnswer: on }))),
    wrapUp: (id, action, by) => askAgent(id, turn => askWrapUp(turn, id, action, by.userId)),
    dial: async (id, to) => {
      const telephony = deps.telephonies.find(candidate => candidate.connected)
      if (!telephony) throw refuse('SWITCH_AWAY')
      return { callId: await loop.ask(turn => dial(turn, id, to, telephony.nodeName)) }
    },
    verb: async (id, verb, body, by) => {
      await loop.ask(turn => askVerb(turn, id, verb, body, by))
      return { callId: id, call: callViewOf(id) }
    },
    describe: (id, what, by) =>
      loop.ask(turn => {
        const call = turn.call(id)
        if (call) turn.change(id, { described: { ...call.described, ...what } })
        if (call) turn.fact(id, 'call-described', { by: by.agentId ?? by.userId, ...what })
        // Of a call that has left the floor: numbered by the instant, which rises and is never in its live range.
        else
          turn.facts.push({
            subject: id,
            seq: turn.at,
            at: turn.at,
            type: 'call-described',
            data: { by: by.agentId ?? by.userId, ...what },
          })
      }),
    queues: () => settings.queues.map(queue => queueView(sight(), queue)),
    agents: () =>
      [...floor.agents.values()]
        .filter(agent => settings.agentById.has(agent.id))
        .map(agent => agentView(sight(), agent)),
    lines: () => linesView(sight()),
    today: () => today.view(),
    call: id => callViewOf(id) ?? undefined,
    configure(next) {
      settings = index(next)
      loop
        .ask(syncAgents)
        .catch((error: unknown) => log.error({ err: error }, 'settings could not be taken over'))
      views.all()
    },
    raiseAlarm,
    clearAlarm,
    async close() {
      doctor.close()
      loop.setRouting(false)
      await loop.idle()
      loop.stop()
      views.close()
      await store.close()
    },
  }
}
