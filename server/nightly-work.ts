// What is done at night or when asked for: backups, and trial calls over each trunk.
import type { Telephony } from '../telephony/index.ts'
import type { OperationsDoor } from './api/operations-door.ts'
import { createBackupKeeper } from './backup/keeper.ts'
import type { Config } from './config.ts'
import type { Control } from './control/port.ts'
import { nightly } from './jobs/nightly.ts'
import type { Drainer } from './ledger/index.ts'
import type { Log } from './log.ts'
import { sourceOf } from './process/backup.ts'
import type { Stores } from './process/stores.ts'
import type { Switches } from './process/switches.ts'
import { type TrialNode, trialSwitch, trialTrunks } from './process/trial-switch.ts'
import { readTrunks } from './site-trunks.ts'
import { createDump } from './store/dump-door.ts'
import { createBackups, createTrialCalls } from './store/index.ts'
import { createTrials } from './trial/trial.ts'

/** Facts on their way that a backup waits for; without the database it would fail anyway. */
const FLUSH_LIMIT_MS = 30_000

export interface NightlyWork {
  readonly door: Pick<OperationsDoor, 'backups' | 'trials'>
  readonly lastBackupAt: () => Promise<number | undefined>
  /** Gives what ends it. */
  start(sources: {
    readonly telephonies: readonly Telephony[]
    readonly switches: Switches
    readonly drainer: Pick<Drainer, 'flush'>
  }): () => Promise<void>
}

export function createNightlyWork(deps: {
  readonly config: Config
  readonly stores: Stores
  readonly server: string
  readonly control: () => Control | undefined
  /** `YYYY-MM-DD HH:MM:SS` where the site is. */
  readonly timeOf: (at: number) => string
  readonly clock: () => number
  readonly log: Log
}): NightlyWork {
  const { config, stores, control, clock, log } = deps
  const { backup, trialCall } = config.operations
  const backups = createBackups(stores.database)
  const trialCalls = createTrialCalls(stores.database)
  let flush: () => Promise<void> = async () => undefined
  let nodes: readonly TrialNode[] = []

  const keeper =
    backup &&
    createBackupKeeper({
      to: backup,
      source: sourceOf(config, createDump(stores.database)),
      backups,
      flush: () => flush(),
      control,
      clock,
      log,
    })
  const trialNumber = trialCall.number ?? config.outboundNumber
  const trials = createTrials({
    number: trialNumber,
    mediaDir: config.mediaDir,
    trunks: async () =>
      trialTrunks(
        await readTrunks(stores.repositories.trunks, config),
        trialNumber,
        config.outboundNumber,
      ),
    aSwitch: () => trialSwitch(nodes, config.mediaDir),
    calls: trialCalls,
    control,
    clock,
    log,
  })
  const atNight = (name: string, at: string, work: () => Promise<unknown>) =>
    nightly({
      name,
      at,
      localNow: () => deps.timeOf(clock()),
      claim: (key, ttlMs) => stores.keyValue.claim(key, deps.server, ttlMs),
      work,
      log,
    })

  return {
    door: {
      backups: {
        list: backups.list,
        ...(keeper && backup && { begin: keeper.begin, at: backup.at }),
      },
      trials: {
        ...trials,
        list: trialCalls.list,
        byId: trialCalls.byId,
        ...(trialCall.at && { at: trialCall.at }),
      },
    },
    lastBackupAt: backups.lastDoneAt,
    start({ telephonies, switches, drainer }) {
      flush = () => drainer.flush(FLUSH_LIMIT_MS)
      nodes = switches.nodes.map(node => ({
        ...node,
        isThere: () => telephonies.some(one => one.nodeName === node.name && one.connected),
      }))
      const turns = [
        ...(keeper && backup ? [atNight('backup', backup.at, () => keeper.begin('nightly'))] : []),
        ...(trialCall.at
          ? [atNight('trial-calls', trialCall.at, () => trials.runAll('nightly'))]
          : []),
      ]
      return async () => {
        for (const turn of turns) turn.close()
        await keeper?.idle()
      }
    },
  }
}
