// What looks after the system, built as one: figures, alarms and their messages. The floor tells it everything and waits for nothing.
import { statfs } from 'node:fs/promises'
import type { Telephony } from '../telephony/index.ts'
import { createLoginWatch } from './alarm/log-in.ts'
import {
  bandwidthGauge,
  floorGauge,
  processGauge,
  readNetworkCount,
  restartGauge,
} from './alarm/gauges.ts'
import type { AlarmMessage } from './alarm/message.ts'
import { observe } from './alarm/observer.ts'
import { createOffice } from './alarm/office.ts'
import type { PostRules } from './alarm/post.ts'
import { type AlarmSettings, alarmSettingsSchema, isWithin, rulesWith } from './alarm/settings.ts'
import { createTally } from './alarm/tally.ts'
import { addOperationMetrics } from './api/metric-operations.ts'
import type { Metrics } from './api/metrics.ts'
import type { OperationsDoor } from './api/operations-door.ts'
import type { Config } from './config.ts'
import type { AlarmChange } from './control/alarms.ts'
import type { Control } from './control/port.ts'
import { createAlarmQueue } from './jobs/alarm-queue.ts'
import { createMail } from './jobs/mail.ts'
import { createWebHook } from './jobs/web-hook.ts'
import type { Drainer } from './ledger/index.ts'
import type { Fact } from './ledger/fact.ts'
import type { Log } from './log.ts'
import { createNightlyWork } from './nightly-work.ts'
import type { SipEdge } from './process/edge.ts'
import { edgeProblemOf, watchEdge } from './process/edge-watch.ts'
import { PREFIX, type Stores } from './process/stores.ts'
import type { Switches } from './process/switches.ts'
import { createAlarmStore } from './store/index.ts'

const SITE = '12393 医保热线'
const ALARMS = 'alarms'

export interface Operations {
  readonly door: OperationsDoor
  onFact(fact: Fact): void
  onAlarm(change: AlarmChange): void
  onRequestTook(seconds: number): void
  /** From now on it looks at the floor. */
  start(sources: {
    readonly control: Control
    readonly metrics: Metrics
    readonly telephonies: readonly Telephony[]
    readonly switches: Switches
    readonly edge: SipEdge
    readonly drainer: Pick<Drainer, 'lag' | 'flush'>
  }): void
  close(): Promise<void>
}

export async function openOperations(deps: {
  readonly config: Config
  readonly stores: Stores
  readonly server: string
  readonly clock: () => number
  readonly log: Log
}): Promise<Operations> {
  const { config, stores, clock, log } = deps
  const { settings, audit } = stores.repositories
  const { mail, hook } = config.operations
  const hours = new Intl.DateTimeFormat('sv-SE', {
    timeZone: config.timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  const timeOf = (at: number) => hours.format(at)
  const read = async () => alarmSettingsSchema.parse((await settings.get(ALARMS)) ?? {})
  let chosen: AlarmSettings = await read()
  let control: Control | undefined
  let metrics: Metrics | undefined
  /** Told before there were metrics: what was adopted at the start. */
  const early: Fact[] = []

  const history = createAlarmStore(stores.database)
  const queue = createAlarmQueue({
    redis: stores.redisAddress,
    prefix: PREFIX,
    outlets: [
      ...(mail ? [createMail(mail, timeOf)] : []),
      ...(hook ? [createWebHook(hook, clock)] : []),
    ],
    log,
  })
  const postRules = (): PostRules => ({
    site: SITE,
    lowestLevel: chosen.lowestLevel,
    remindEveryMs: chosen.remindEveryMinutes * 60_000,
    isQuiet: at => isWithin(chosen.quietHours, timeOf(at).slice(11, 16)),
  })
  const office = createOffice({
    history,
    server: deps.server,
    rules: postRules,
    send: queue.post,
    clock,
    log,
  })
  const tally = createTally(clock)
  const logins = createLoginWatch({
    audit,
    control: () => control,
    onFailed: tally.onFailedLogin,
    log,
  })
  const closers: (() => unknown)[] = [office.close, logins.close]
  const work = createNightlyWork({
    config,
    stores,
    server: deps.server,
    control: () => control,
    timeOf,
    clock,
    log,
  })

  return {
    onFact(fact) {
      tally.onFact(fact)
      if (metrics) metrics.onFact(fact)
      else early.push(fact)
    },
    onAlarm: office.onAlarm,
    onRequestTook: seconds => tally.onRequest(seconds * 1000),
    start({ control: floor, metrics: figures, telephonies, switches, edge, drainer }) {
      control = floor
      metrics = figures
      for (const fact of early.splice(0)) figures.onFact(fact)
      for (const telephony of telephonies)
        telephony.onStatus(({ state }) => {
          if (state === 'connected') figures.onReconnect(telephony.nodeName)
          else tally.onLinkDrop()
        })
      closers.unshift(work.start({ telephonies, switches, drainer }))
      addOperationMetrics(figures.registry, {
        openLevels: office.openLevels,
        async messages() {
          const { waiting, dead } = await queue.state()
          return { waiting, dead: dead.length }
        },
        phonesRegistered: () => floor.agents().filter(({ phone }) => phone === 'registered').length,
        async diskFreeBytes() {
          const { bavail, bsize } = await statfs(config.mediaDir)
          return bavail * bsize
        },
        networkBytes: readNetworkCount,
        lastBackupAt: work.lastBackupAt,
        ...(edge.isThere && {
          edge: () =>
            edge.isHearing()
              ? { isUp: !edgeProblemOf(edge.states()), restarts: edge.restarts() }
              : undefined,
        }),
      })
      if (edge.isThere) closers.unshift(watchEdge({ control: floor, ...edge }).close)
      const ownProcess = processGauge()
      const observer = observe({
        control: floor,
        gauges: [
          ownProcess.read,
          floorGauge(floor, clock),
          bandwidthGauge(clock),
          restartGauge(switches.restarts, clock),
          tally.figures,
          async () => ({ factLag: await drainer.lag() }),
          async () => ({ bannedAddresses: (await switches.bans.list()).length }),
        ],
        rules: () => rulesWith(chosen),
        clock,
        log,
      })
      closers.unshift(observer.close, ownProcess.close)
    },
    door: {
      logins,
      alarms: history,
      onAlarmSeen: office.onSeen,
      openLevels: office.openLevels,
      alarmSettings: {
        read,
        async save(next) {
          await settings.set(ALARMS, next)
          chosen = next
        },
      },
      ...work.door,
      messages: {
        outlets: [...(mail ? (['mail'] as const) : []), ...(hook ? (['hook'] as const) : [])],
        state: queue.state,
        retry: queue.retry,
        trial() {
          const at = clock()
          const message: AlarmMessage = {
            id: `trial-${at}`,
            kind: 'trial',
            at,
            site: SITE,
            alarms: [],
          }
          queue.post(message)
        },
      },
    },
    async close() {
      for (const one of closers.splice(0)) await one()
      await queue.close()
    },
  }
}
