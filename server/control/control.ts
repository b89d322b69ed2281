// Builds the control loop and gives it its door: what the API may ask, what the switch tells, what is restored at start.
import { agentId, callId as toCallId, type AgentId, type CallId } from '../../telephony/call/id.ts'
import type { Telephony } from '../../telephony/index.ts'
import { refuse } from '../errors.ts'
import type { Fact } from '../ledger/fact.ts'
import type { FloorStore } from '../store/port.ts'
import { createAdoption } from './adoption.ts'
import { askState, askWrapUp, known } from './agent.ts'
import { type AlarmChange, type Alarms, createAlarms } from './alarms.ts'
import { describe } from './describe.ts'
import { dial } from './dial.ts'
import { createRepairBook, type RepairBook } from './doctor/book.ts'
import { createDoctor } from './doctor/doctor.ts'
import { createFigures, remembered } from './figures.ts'
import { createHearing } from './hearing.ts'
import { createLoop, type Log } from './loop.ts'
import { ALONE } from './port.ts'
import type { CallerDirectory, Ears, Mandate, Publisher, Settings, Steering } from './port.ts'
import { createFloorPublisher } from './publish.ts'
import type { LiveAgent, LiveCall } from './state.ts'
import { createSoundFiles, type Prompts } from './sound-file.ts'
import type { TalkListener, TalkListening } from './transcript.ts'
import { createTrialWindow } from './trial-window.ts'
import { createTrunks } from './trunks.ts'
import { askVerb } from './verb.ts'
import { toIndex, type Floor, type Turn } from './turn.ts'
import { agentView, callView, linesView, queueView, type Sight } from './view.ts'

export interface ControlDeps {
  readonly telephonies: readonly Telephony[]
  readonly store: FloorStore
  readonly prompts: Prompts
  /** Below it lie `prompts/custom` and the recordings. */
  readonly mediaFolder: string
  readonly publisher: Publisher
  readonly callers: CallerDirectory
  /** Listens for flows; absent: they ask for keys. */
  readonly ears?: Ears
  /** Listens to talks; absent: nobody does. */
  readonly talks?: TalkListener
  readonly settings: Settings
  /** Facts of today from the ledger, for the figures. Control does not wait for them. */
  readonly factsToday: () => AsyncIterable<Fact>
  /** Hears every fact as it happens, and every alarm; must not throw and must return at once. */
  readonly onFact?: (fact: Fact) => void
  readonly onAlarm?: (change: AlarmChange) => void
  /** Where repairs are counted. */
  readonly repairs?: RepairBook
  /** Whether a desktop of this agent is connected; absent where other servers have desktops too. */
  readonly hasDesktop?: (agent: AgentId) => boolean
  /** Where alarms go when they outlive this loop; told to `onAlarm` there. */
  readonly alarms?: Alarms
  /** Whether we may steer; absent: we are alone. */
  readonly mandate?: Mandate
  /** The store says that another server steers. */
  readonly onLeaseLost?: () => void
  /** Tells when the clock behind `now` was set. */
  readonly onClockJump?: (listener: (byMs: number) => void) => () => void
  /** Who we are in `call-adopted` facts. */
  readonly serverName: string
  readonly now?: () => number
  readonly log: Log
}

/** Between two tries to read today's figures. */
const FIGURES_AGAIN_MS = 5000
/** What is being said to a switch may take so long at a hand-over; a prompt still in the making is the next server's. */
const IDLE_MS = 500

export async function createControl(deps: ControlDeps): Promise<Steering> {
  const { store, log, mandate = ALONE } = deps
  const now = deps.now ?? Date.now
  const floor: Floor = { calls: new Map(), agents: new Map() }
  const figures = createFigures(deps.settings.timeZone)
  const repairs = deps.repairs ?? createRepairBook(now())
  const begunAt = now()
  /** Nothing is shown before the switches have said what is true. */
  let isShown = false
  let isOver = false
  let talks: TalkListening | undefined
  let settings = toIndex(deps.settings)
  const sight = (): Sight => ({
    calls: floor.calls,
    agents: floor.agents,
    settings,
    today: figures.today(),
    now: now(),
  })
  const views = createFloorPublisher({
    sight,
    trunks: () => trunks.views(),
    publisher: deps.publisher,
    callers: deps.callers,
    onFault: error => log.error({ err: error }, 'caller look-up failed'),
  })
  const trunks = createTrunks({
    sight,
    now,
    alarms: () => alarms,
    onChanged: () => isShown && views.changed(new Set(), new Set()),
    onGone: id => views.forgetTrunk(id),
    onLearnt: (node, event) => loop.input({ type: 'event', node, event }),
    log,
  })
  const trials = createTrialWindow()
  const telephonies = new Map(deps.telephonies.map(telephony => [telephony.nodeName, telephony]))

  const loop = createLoop({
    floor,
    store,
    telephonies,
    filesFor: createSoundFiles(deps.prompts, deps.mediaFolder),
    today: figures,
    mandate,
    trunks: trunks.book,
    trials,
    hearing: createHearing(deps.ears, heard => loop.input(heard)),
    log,
    now,
    mediaFolder: deps.mediaFolder,
    settings: () => settings,
    onFact(fact) {
      repairs.hear(fact, deps.publisher)
      deps.onFact?.(fact)
    },
    onChanged(calls, agents) {
      if (isShown) views.changed(calls, agents)
      talks?.changed(calls)
    },
    onLeaseLost: () => deps.onLeaseLost?.(),
    onFault: (error, about) => log.error({ err: error, about }, 'fault in the control loop'),
  })

  const alarms =
    deps.alarms ??
    createAlarms({
      now,
      tell(change) {
        views.alarm(change)
        deps.onAlarm?.(change)
      },
    })
  const { raiseAlarm, clearAlarm } = alarms

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

  // A start: the floor from the store, the truth from each switch; the figures follow.
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

  store.onStatus(status => {
    if (isOver) return
    loop.setRouting(status === 'up')
    if (status === 'up') clearAlarm('store')
    else raiseAlarm('store', 'critical', 'redis-away')
  })

  const adoption = createAdoption({
    telephonies: deps.telephonies,
    loop,
    floor,
    alarms,
    mandate,
    trunks,
    serverName: deps.serverName,
    now,
    log,
  })
  mandate.onSure(() => loop.input({ type: 'time-passed' }))
  const stopListening = deps.onClockJump?.(byMs => loop.input({ type: 'clock-jumped', byMs }))
  await adoption.begin()
  const doctor = createDoctor({
    ...deps,
    floor,
    loop,
    isAdopted: adoption.isAdopted,
    // What ended before we began may not have been read from the ledger yet.
    ends: { since: begunAt, has: repairs.ends.has },
    recentFacts: repairs.recent,
    alarms,
    now,
  })
  isShown = true
  views.all()
  talks = deps.talks?.begin({ calls: floor.calls, input: loop.input })

  const readFigures = () => {
    if (isOver) return
    figures.load(remembered(deps.factsToday(), repairs.recall)).then(
      () => !isOver && views.all(),
      (error: unknown) => {
        log.warn({ err: error }, 'figures of today are not there yet')
        setTimeout(readFigures, FIGURES_AGAIN_MS).unref()
      },
    )
  }
  readFigures()

  const end = () => {
    isOver = true
    doctor.close()
    talks?.end()
    stopListening?.()
    adoption.end()
    loop.stop()
    trunks.close()
    views.close()
  }

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
    describe: (id, what, by) => loop.ask(turn => describe(turn, id, what, by)),
    expectTrial: async (shown, forMs) => trials.open(shown, now() + forMs),
    queues: () => settings.queues.map(queue => queueView(sight(), queue)),
    agents: () =>
      [...floor.agents.values()]
        .filter(agent => settings.agentById.has(agent.id))
        .map(agent => agentView(sight(), agent)),
    lines: () => linesView(sight()),
    trunks: trunks.views,
    today: () => figures.today().view(),
    call: id => callViewOf(id) ?? undefined,
    configure(next) {
      const before = settings
      settings = toIndex(next)
      trunks.configured(before, settings)
      loop
        .ask(syncAgents)
        .catch((error: unknown) => log.error({ err: error }, 'settings could not be taken over'))
      views.all()
    },
    raiseAlarm,
    clearAlarm,
    async close() {
      loop.setRouting(false)
      await Promise.race([loop.idle(), pause(IDLE_MS)])
      end()
      await store.close()
    },
    async abandon() {
      end()
      adoption.clearAlarms()
      clearAlarm('store')
      await store.close()
    },
  }
}

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms).unref())
