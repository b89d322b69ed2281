// One door to the calls of a site, on every server alike: ours when we steer, the other server's while we follow.
import type { Telephony } from '../../telephony/index.ts'
import { createAlarms, type AlarmChange } from '../control/alarms.ts'
import type { ControlDeps } from '../control/control.ts'
import type { Control, Settings } from '../control/port.ts'
import type { Hub } from '../desktop/hub.ts'
import type { Log } from '../log.ts'
import { takeLease, type Redis, type RedisAddress } from '../store/index.ts'
import { openBus } from './bus.ts'
import { createFollower } from './follower.ts'
import { createAsker } from './question.ts'
import { mirroredViews, remoteVerbs } from './remote-control.ts'
import { createRole, type Position } from './role.ts'
import { beginTerm } from './term.ts'
import { TENURE_TIMING } from './tenure.ts'

/** The floor of a site has one lease, whatever switches it has; each switch's lease says whose its events are. */
export const FLOOR = 'site'
const FREE_CHANNEL = 'free'
const SETTINGS_CHANNEL = 'settings'
const ALARM = 'alarm/'
/** A server that does not reach a switch leaves the lease to one that may. */
const DEFER_MS = 400

export interface SiteDeps {
  readonly redis: { readonly address: RedisAddress; readonly client: Redis }
  readonly prefix: string
  /** Names this server, the same over its restarts. */
  readonly server: string
  /** No other server can reach this Redis. */
  readonly isAlone: boolean
  readonly telephonies: readonly Telephony[]
  readonly hub: Hub
  readonly settings: () => Promise<Settings>
  /** Tells the rest of this server that the settings are others now. */
  readonly onSettings: () => Promise<void>
  readonly control: Omit<
    ControlDeps,
    | 'telephonies'
    | 'store'
    | 'settings'
    | 'publisher'
    | 'alarms'
    | 'onAlarm'
    | 'serverName'
    | 'mandate'
    | 'onLeaseLost'
    | 'log'
  >
  readonly onAlarm?: (change: AlarmChange) => void
  readonly onPosition?: (position: Position) => void
  readonly log: Log
}

export interface Site {
  readonly control: Control
  readonly position: Position
  readonly isSteering: boolean
  /** We steer, and the lease is surely ours at this moment. */
  mayAct(): boolean
  /** We steer, or show what the one who steers shows. */
  readonly isReady: boolean
  /** Reads the settings again, here and at every other server; resolves when the one that steers has them. */
  reconfigure(): Promise<void>
  /** Gives the calls to another server; what is asked meanwhile is asked there. */
  handOver(): Promise<void>
  close(): void
}

export async function openSite(deps: SiteDeps): Promise<Site> {
  const { hub, log, server, telephonies } = deps
  const now = deps.control.now ?? Date.now
  const bus = await openBus({ redis: deps.redis.address, prefix: deps.prefix, log })
  let settings = await deps.settings()

  const epochOf = (position: Position) =>
    position.state === 'undecided' ? undefined : position.epoch
  const asker = createAsker({ bus, server, epoch: () => epochOf(role.position) })
  const term = () => (role.position.state === 'steering' ? role.position.term : undefined)

  // Alarms are each server's own. A follower's are shown beside those of the one who steers, under the server's name.
  const ownAlarms = new Map<string, Exclude<AlarmChange, { cleared: true }>>()
  let suffix = ''
  const alarmKey = (id: string) => `${ALARM}${id}${suffix}`
  const alarms = createAlarms({
    now,
    tell(change) {
      if ('cleared' in change) {
        ownAlarms.delete(change.id)
        hub.publish('floor', {}, [alarmKey(change.id)])
      } else {
        ownAlarms.set(change.id, change)
        hub.publish('floor', { [alarmKey(change.id)]: { ...change, id: change.id + suffix } })
      }
      deps.onAlarm?.(change)
    },
  })
  const isOwn = (channel: string, key: string) =>
    channel === 'floor' && suffix !== '' && key.startsWith(ALARM) && key.endsWith(suffix)
  const showAlarms = (nextSuffix: string) => {
    suffix = nextSuffix
    const shown = [...ownAlarms.values()].map(
      alarm => [alarmKey(alarm.id), { ...alarm, id: alarm.id + suffix }] as const,
    )
    const keys = new Set<string>(shown.map(([key]) => key))
    const gone = hub.keys('floor').filter(key => key.startsWith(ALARM) && !keys.has(key))
    hub.publish('floor', Object.fromEntries(shown), gone)
  }

  const follower = createFollower({ bus, asker, hub, isOwn, log })
  let hasFollowed = false
  const onPosition = (position: Position) => {
    if (position.state === 'following') {
      hasFollowed = true
      showAlarms(`@${server}`)
      follower.follow()
    }
    if (position.state === 'taking-over') {
      follower.stop()
      showAlarms('')
    }
    deps.onPosition?.(position)
  }

  let closed = false
  const readSettings = async () => {
    settings = await deps.settings()
    term()?.control.configure(settings)
    await deps.onSettings()
  }
  const readSettingsLater = () => {
    readSettings().catch((error: unknown) => {
      if (!closed) log.warn({ err: error }, 'settings not read again')
    })
  }
  const reconfigureAll = async () => {
    await readSettings()
    await bus.say(SETTINGS_CHANNEL, server).catch((error: unknown) => {
      log.warn({ err: error }, 'other servers not told of new settings')
    })
  }

  const role = createRole({
    take: () =>
      takeLease(
        { redis: deps.redis.client, prefix: deps.prefix },
        FLOOR,
        server,
        TENURE_TIMING.ttlMs,
        {
          nodes: telephonies.map(({ nodeName }) => nodeName),
          deferMs: DEFER_MS * telephonies.filter(({ connected }) => !connected).length,
        },
      ),
    begin: async (lease, askedAtMs) => {
      const begun = await beginTerm({
        lease,
        askedAtMs,
        timing: TENURE_TIMING,
        redis: deps.redis.address,
        prefix: deps.prefix,
        isAlone: deps.isAlone,
        telephonies,
        control: { ...deps.control, settings, publisher: hub, alarms, serverName: server },
        answerers: { reconfigure: reconfigureAll },
        bus,
        hub,
        log,
      })
      // They may have changed while we were away from those who tell.
      if (hasFollowed) readSettingsLater()
      hasFollowed = false
      return begun
    },
    onPosition,
    log,
  })
  bus.hear(FREE_CHANNEL, role.wake)
  bus.hear(SETTINGS_CHANNEL, teller => teller !== server && readSettingsLater())

  const remote = remoteVerbs(asker)
  const mirrored = mirroredViews(hub)
  const verbs = () => term()?.control ?? remote
  const views = () => term()?.control ?? mirrored
  const handOver = async () => {
    await role.close()
    await bus.say(FREE_CHANNEL, server).catch((error: unknown) => {
      log.debug({ err: error }, 'other servers look by themselves')
    })
  }

  const control: Control = {
    setAgentState: (...args) => verbs().setAgentState(...args),
    setAutoAnswer: (...args) => verbs().setAutoAnswer(...args),
    wrapUp: (...args) => verbs().wrapUp(...args),
    dial: (...args) => verbs().dial(...args),
    verb: (...args) => verbs().verb(...args),
    describe: (...args) => verbs().describe(...args),
    expectTrial: (...args) => verbs().expectTrial(...args),
    queues: () => views().queues(),
    agents: () => views().agents(),
    lines: () => views().lines(),
    trunks: () => views().trunks(),
    today: () => views().today(),
    call: id => views().call(id),
    configure(next) {
      settings = next
      term()?.control.configure(next)
    },
    ...alarms,
    close: handOver,
  }
  return {
    control,
    get position() {
      return role.position
    },
    get isSteering() {
      return term() !== undefined
    },
    mayAct: () => term()?.mayAct() ?? false,
    get isReady() {
      return term() !== undefined || follower.isWhole
    },
    reconfigure: async () => {
      if (term()) return reconfigureAll()
      await readSettings()
      await asker.ask('reconfigure', [])
    },
    handOver,
    close() {
      closed = true
      asker.close()
      bus.close()
    },
  }
}
