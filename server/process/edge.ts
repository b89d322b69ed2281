// Everything the server has to do with a SIP edge: its process, its settings, what it reports. Nothing of it without DRACHTIO_URL.
import { hostname } from 'node:os'
import type { CallEvent } from '../../telephony/call/event.ts'
import { callId } from '../../telephony/call/id.ts'
import type { EdgeSettings } from '../../telephony/edge/settings.ts'
import type { BlockedCall, EdgeState } from '../../telephony/edge/keys.ts'
import type { Telephony } from '../../telephony/index.ts'
import type { Bans } from '../api/door.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { readDraining } from '../site-settings.ts'
import type { RedisAddress } from '../store/index.ts'
import type { SettingStore } from '../store/repository.ts'
import { createEdgeDesk, type EdgeDesk } from './edge-desk.ts'
import { countLines } from './edge-load.ts'
import { startEdgeProcess } from './edge-process.ts'
import { PREFIX, type Stores } from './stores.ts'
import type { SwitchContents } from './switch-file.ts'

export interface SipEdge {
  /** DRACHTIO_URL is set. */
  readonly isThere: boolean
  /** Switches it may choose from; none without an edge. */
  readonly nodes: Config['edgeNodes']
  /** Tells the edge what was set. */
  apply(contents: SwitchContents, settings: SettingStore): Promise<void>
  states(): readonly EdgeState[]
  /** Redis has told of them lately. */
  isHearing(): boolean
  /** Those of the switches and the edge's own. */
  bansWith(others: Bans): Bans
  restarts(): number
  /** The edge goes on without us. */
  close(): void
}

const NO_EDGE: SipEdge = {
  isThere: false,
  nodes: [],
  apply: async () => undefined,
  states: () => [],
  isHearing: () => false,
  bansWith: others => others,
  restarts: () => 0,
  close: () => undefined,
}

export function openEdge({
  config,
  stores,
  telephonies,
  isSteering,
  log,
  now,
}: {
  config: Config
  stores: Pick<Stores, 'redis' | 'redisAddress'>
  telephonies: readonly Telephony[]
  /** Only the server that steers turns blocked calls into facts. */
  isSteering: () => boolean
  log: Log
  now: () => number
}): {
  readonly edge: SipEdge
  /** The switches as the control loop is to hear them: what the edge tells comes with their events. */
  readonly heard: readonly Telephony[]
} {
  const { edgeUrl } = config
  if (!edgeUrl) return { edge: NO_EDGE, heard: telephonies }
  const counts = telephonies.map(telephony => ({
    name: telephony.nodeName,
    count: countLines(telephony, log),
  }))
  const desk = createEdgeDesk({
    redis: stores.redis,
    prefix: PREFIX,
    server: `${hostname()}-${process.pid}`,
    lines: () =>
      new Map(
        counts.flatMap(({ name, count }): [string, number][] => {
          const lines = count.lines()
          return lines === undefined ? [] : [[name, lines]]
        }),
      ),
    isSteering,
    now,
    log,
  })
  const child = config.startsEdge
    ? startEdgeProcess({
        dataDir: config.dataDir,
        environment: environmentOf(config, edgeUrl, stores.redisAddress),
        log,
      })
    : undefined
  return {
    heard: telephonies.map((telephony, place) => withEdge(telephony, desk, place === 0)),
    edge: {
      isThere: true,
      nodes: config.edgeNodes,
      async apply(contents, settings) {
        const draining = await readDraining(settings)
        await desk.publish(toEdgeSettings({ config, contents, draining, at: now() }))
      },
      states: desk.states,
      isHearing: desk.isHearing,
      bansWith: others => bansOf(desk, others),
      restarts: () => child?.restarts() ?? 0,
      close() {
        child?.close()
        desk.close()
        counts.forEach(({ count }) => count.close())
      },
    },
  }
}

/** What the edge is told, made from what the operator has set. Pure. */
export function toEdgeSettings({
  config,
  contents,
  draining,
  at,
}: {
  config: Pick<Config, 'edgeNodes'>
  contents: SwitchContents
  draining: readonly string[]
  at: number
}): EdgeSettings {
  return {
    publishedAt: at,
    publishedNumbers: [...contents.publishedNumbers],
    blacklist: [...contents.blacklist],
    lines: contents.lines,
    ...(contents.prompts.busy && { busyPrompt: contents.prompts.busy }),
    rates: {
      invitesPerSecondPerAddress: 50,
      invitesPerSecondPerTrunk: 200,
      registersPerSecondPerAddress: 50,
      callsPerMinutePerCaller: 60,
    },
    nodes: config.edgeNodes.map(node => ({ ...node, draining: draining.includes(node.name) })),
    trunks: [...contents.trunks],
  }
}

/** The edge's process sees nothing of ours but this. */
function environmentOf(
  config: Config,
  edgeUrl: string,
  redisAddress: RedisAddress,
): Record<string, string> {
  const [first] = config.switches
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    DRACHTIO_URL: edgeUrl,
    REDIS_URL: typeof redisAddress === 'string' ? redisAddress : redisAddress.path,
    HOTLINE_DATA_DIR: config.dataDir,
    HOTLINE_LOG_LEVEL: config.logLevel,
    ...((config.edgeMediaUrl ?? first?.url) && {
      HOTLINE_EDGE_MEDIA_URL: config.edgeMediaUrl ?? first?.url ?? '',
    }),
  }
}

function bansOf(desk: EdgeDesk, others: Bans): Bans {
  const own = () => desk.states().flatMap(({ bans }) => bans)
  return {
    list: async () => [
      ...(await others.list()),
      ...own().map(({ source, until, failures }) => ({
        address: source,
        until,
        reason: `${failures} wrong passwords`,
      })),
    ],
    async lift(address) {
      const isOurs = own().some(({ source }) => source === address)
      if (isOurs) await desk.unban(address)
      return (await others.lift(address)) || isOurs
    },
  }
}

/** What the edge has refused and seen, as the control loop hears it: among the events of a switch. */
function withEdge(telephony: Telephony, desk: EdgeDesk, isFirst: boolean): Telephony {
  // The prototype keeps all the rest, also what is computed when it is asked for.
  const heard: Telephony = Object.assign(Object.create(telephony), {
    onEvent(listener: (event: CallEvent) => void) {
      const ends = [
        telephony.onEvent(listener),
        // A call that was refused belongs to no switch: it is told once.
        ...(isFirst ? [desk.onBlocked(call => listener(toEvent(call)))] : []),
        desk.onState(state => toTrunkStates(state).forEach(listener)),
      ]
      return () => ends.forEach(end => end())
    },
  })
  return heard
}

const toEvent = ({ id, at, caller, number, reason, counted, trunk }: BlockedCall): CallEvent => ({
  type: 'call-blocked',
  at,
  callId: callId(id),
  callerNumber: caller,
  calledNumber: number,
  reason,
  counted,
  ...(trunk && { trunk }),
})

/** Behind an edge a switch's gateway leads to the edge; whether the network beyond answers, the edge knows. */
const toTrunkStates = ({ at, trunks }: EdgeState): CallEvent[] =>
  trunks.flatMap(({ id, state, access }) =>
    state === 'unknown' || access !== 'ip-trust'
      ? []
      : [
          {
            type: 'trunk-state',
            at,
            trunk: id,
            registration: 'none',
            ping: state === 'down' ? 'down' : 'up',
          },
        ],
  )
