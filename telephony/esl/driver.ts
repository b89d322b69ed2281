// One switch: its events in our words, our commands in its words, and the two views kept equal.
import type { CallCommand } from '../call/command.ts'
import type { CallEvent, TrunkState } from '../call/event.ts'
import { type AgentId, callId, type LegId } from '../call/id.ts'
import { type Legs, NO_LEGS, otherLegIdOf } from '../call/leg.ts'
import { forgetEnded, reduceLegs } from '../call/reduce.ts'
import { toEslAddress } from './address.ts'
import { type ConnectedStatus, createEslClient, type LinkStatus } from './client.ts'
import { createComparison } from './comparison.ts'
import type { DriverOptions } from './driver-options.ts'
import { codeOf, SwitchUnreachable } from './errors.ts'
import type { EslEvent } from './event.ts'
import type { LinkEndReason } from './link.ts'
import { GATEWAY_ADDED } from './gateway.ts'
import type { SwitchLook } from './look.ts'
import { createDetections } from './detections.ts'
import { createForks } from './forks.ts'
import { createLegNotes } from './leg-notes.ts'
import { createMediaFolder } from './media-folder.ts'
import { createOriginations } from './origination.ts'
import { createPerformer } from './performer.ts'
import { createPhoneCount } from './phone-count.ts'
import { createPhoneBook } from './phone-book.ts'
import { createPlayBook } from './play-book.ts'
import { createQualityWatch, QUALITY_EVENTS } from './quality.ts'
import { createRounds } from './rounds.ts'
import { factsOf, type LegSnapshot } from './snapshot.ts'
import { legsMoved, onOurClock } from './switch-clock.ts'
import { CUSTOM_EVENTS, EVENTS, translate } from './translate.ts'
import { createTrunkWatch } from './trunk-watch.ts'
import { createSwitchView, readLegs } from './view.ts'

const RECONCILE_EVERY_MS = 1000
/** How often it is looked whether a leg's quality is due; spreads the questions over the time between. */
const QUALITY_LOOK_MS = 250
/** How long an ended leg is remembered against events that come late. */
const REMEMBER_MS = 60_000
/** A restart moves the switch's start by more than the uptime's rounding. */
const RESTART_SLACK_MS = 2500

export interface Driver {
  readonly connected: boolean
  /** Why it is not connected; undefined while it is. */
  readonly problem: LinkEndReason | undefined
  /** When the switch began to run, epoch ms by its uptime; 0 before the first connect. */
  readonly startedAt: number
  /** Ours, as the switch reaches us; undefined while not connected. */
  readonly localAddress: string | undefined
  /** One API command. @throws {CommandRefused | CommandTimeout | SwitchUnreachable} */
  ask(text: string): Promise<string>
  hasEnded(legId: LegId): boolean
  perform(command: CallCommand): Promise<void>
  liveLegs(): Promise<LegSnapshot[]>
  registrations(): Promise<AgentId[]>
  trunks(): Promise<TrunkState[]>
  steerer(): Promise<string>
  setSteerer(mark: string): Promise<void>
  close(): void
}

export function createDriver(
  options: DriverOptions,
  tell: (event: CallEvent) => void,
  tellStatus: (status: LinkStatus) => void,
  tellLook: (look: SwitchLook) => void = () => undefined,
): Driver {
  const { clock, timing } = options
  const log = options.log
  const address = toEslAddress(options.url)
  const ours = options.mediaFolder
  const media =
    ours !== undefined && address.mediaFolder
      ? createMediaFolder(ours, address.mediaFolder)
      : undefined
  const plays = createPlayBook()
  const originations = createOriginations()
  const phones = createPhoneBook()
  const notes = createLegNotes()
  let legs: Legs = NO_LEGS
  let before: Legs | undefined
  let startedAt = 0
  let ready = false
  let problem: LinkEndReason | undefined
  /** Counts connections, so that work begun in one does not end in the next. */
  let connection = 0

  /** The one way out: bookkeeping first, then the listeners. */
  const publish = (fact: CallEvent) => {
    if ('legId' in fact) {
      if (fact.type === 'leg-ended' && legs.get(fact.legId)?.state === 'ended') return
      const rest = fact.type === 'leg-ended' ? quality.rest(fact) : undefined
      if (rest) tell(rest)
      if (fact.type === 'leg-created' || fact.type === 'leg-ended') originations.seen(fact.legId)
      legs = reduceLegs(legs, fact)
    }
    tell(media ? media.fromSwitch(fact) : fact)
  }

  const emit = (event: CallEvent) => plays.pass(event).forEach(publish)

  const onEvent = (raw: EslEvent) => forks.hear(raw).forEach(take)
  const take = (event: EslEvent) => {
    if (event.name === 'BACKGROUND_JOB') return originations.onJob(event).forEach(emit)
    if (event.subclass === GATEWAY_ADDED) return trunks.lookSoon()
    if (event.name.endsWith('_RTCP_MESSAGE')) return quality.hear(event)
    notes.hear(event)
    detections.hear(event)
    for (const told of translate(event)) {
      const fact = onOurClock(told, clock.now())

      if (fact.type === 'phone-unregistered') void checkPhones()
      else if (fact.type === 'trunk-state') trunks.heard(fact)
      else {
        if (fact.type === 'phone-registered') phones.add(fact.agentId)
        emit(fact)
      }
    }
  }

  /** An agent may have several phones; only the last to go leaves the agent without. */
  const checkPhones = async () => {
    try {
      const now = await view.phones()
      if (now) phones.update(now, clock.now()).forEach(emit)
    } catch (error) {
      log.warn({ node: options.nodeName, code: codeOf(error) }, 'registrations unknown')
    }
  }

  /** At the first connect the legs are learnt in silence: whoever adopts them asks for `liveLegs`. */
  const learn = async () => {
    const picture = await view.picture()
    if (!picture) return
    for (const leg of await readLegs(view, picture, picture.keys())) {
      notes.learn(leg)
      if (legs.has(leg.legId)) continue
      for (const fact of factsOf(leg, clock.now())) legs = reduceLegs(legs, fact)
    }
  }

  const onConnected = async (status: ConnectedStatus) => {
    const own = ++connection
    const isRestart = status.startedAt - startedAt > RESTART_SLACK_MS
    try {
      if (before) await comparison.afterAbsence(before, isRestart ? 'switch-lost' : 'failed')
      else await learn()
    } catch (error) {
      log.error({ err: error, node: options.nodeName }, 'first look at the switch failed')
    }
    if (!client.connected || own !== connection) return
    startedAt = status.startedAt
    before = undefined
    problem = undefined
    ready = true
    log.info({ node: options.nodeName, legs: legs.size }, 'switch connected')
    tellStatus(status)
    await checkPhones()
    if (client.connected && own === connection) rounds.start()
  }

  const onStatus = (status: LinkStatus) => {
    if (status.state === 'connected') return void onConnected(status)
    rounds.stop()
    const wasReady = ready
    if (ready) before = legs
    ready = false
    quality.forget()
    trunks.stop()
    comparison.forget()
    const { reason, detail, retryInMs } = status
    // A switch that stays away is not news at each attempt.
    if (wasReady || reason !== problem)
      log.warn({ node: options.nodeName, reason, detail, retryInMs }, 'switch not connected')
    problem = reason
    tellStatus(status)
  }

  const client = createEslClient({
    address,
    events: [...EVENTS, ...QUALITY_EVENTS],
    customEvents: CUSTOM_EVENTS,
    onEvent,
    onStatus,
    now: () => clock.now(),
    ...(timing === undefined ? {} : { timing }),
  })
  const counted = createPhoneCount(() => clock.now())
  const forks = createForks({
    send: command => client.send(command),
    phones: counted,
    now: () => clock.now(),
  })
  const view = createSwitchView(forks, counted)
  const trunks = createTrunkWatch({
    nodeName: options.nodeName,
    ask: text => client.send({ kind: 'api', text }),
    emit: publish,
    now: () => clock.now(),
    log,
  })
  const quality = createQualityWatch({
    ask: text => forks.send({ kind: 'api', text }),
    now: () => clock.now(),
    tell,
  })
  const qualityTimer = setInterval(() => {
    if (client.connected && ready) quality.look(legs)
  }, QUALITY_LOOK_MS)
  const comparison = createComparison({
    nodeName: options.nodeName,
    view,
    plays,
    originations,
    phones,
    legs: () => legs,
    emit,
    publish,
    tellLook,
    clock,
    log,
  })

  const rounds = createRounds({
    everyMs: timing?.reconcileEveryMs ?? RECONCILE_EVERY_MS,
    async work() {
      await comparison.look()
      legs = forgetEnded(legs, clock.now() - REMEMBER_MS)
    },
    mayGoOn: () => client.connected && ready,
    onFailure: error =>
      log.warn({ node: options.nodeName, code: codeOf(error) }, 'comparison failed'),
  })
  const detections = createDetections({ send: forks.send, publish, clock, log })
  const perform = createPerformer({
    send: forks.send,
    plays,
    originations,
    publish,
    callIdOf: id => legs.get(id)?.callId ?? callId(id),
    partnerOf(id) {
      const leg = legs.get(id)

      return leg && leg.state !== 'ended' ? otherLegIdOf(leg) : undefined
    },
    notes,
    detections,
    clock,
    log,
    ...(media === undefined ? {} : { media }),
  })

  const stopListening = clock.onJump?.(byMs => {
    legs = legsMoved(legs, byMs)
    before = before && legsMoved(before, byMs)
    if (startedAt > 0) startedAt += byMs
  })

  return {
    get connected() {
      return client.connected && ready
    },
    get problem() {
      return problem
    },
    get startedAt() {
      return startedAt
    },
    get localAddress() {
      return client.localAddress
    },
    ask: text => forks.send({ kind: 'api', text }),
    hasEnded: id => legs.get(id)?.state === 'ended',
    perform,
    async liveLegs() {
      const picture = await view.picture()

      // An answer that can't be read is no empty switch: whoever adopts must not end what lives.
      if (!picture) throw new SwitchUnreachable('the switch shows its channels in an unknown form')
      return await readLegs(view, picture, picture.keys())
    },
    async registrations() {
      return [...((await view.phones()) ?? new Map<AgentId, string>()).keys()]
    },
    steerer: view.steerer,
    setSteerer: view.setSteerer,
    trunks: trunks.read,
    close() {
      stopListening?.()
      rounds.stop()
      clearInterval(qualityTimer)
      trunks.stop()
      client.close()
    },
  }
}
