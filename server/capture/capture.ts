// Builds what listens to the network's side of calls: collector, keeper of quality, export, retention. All of it may fail; calls go on.
import type { CallEvent } from '../../telephony/call/event.ts'
import type { HepPacket } from '../../telephony/capture/hep.ts'
import type { CaptureConfig } from '../config.ts'
import type { Log } from '../log.ts'
import { readSiteSettings } from '../site-settings.ts'
import type { NewSipMessage, QualityPoint, Repositories } from '../store/index.ts'
import { createBatch } from './batch.ts'
import { openCollector, type Collector } from './collector.ts'
import { openExport } from './export.ts'
import { toMessage } from './message.ts'
import { createQualityKeeper } from './quality.ts'
import { createRetention } from './retention.ts'

const WRITE_EVERY_MS = 500
const ROWS = 500
/** Ten thousand messages are 10 MB, and half a minute of a very busy switch. */
const ROOM = 10_000
/** A call that never ends its dialog, or one that is made to fill the disk. */
const MOST_OF_DIALOG = 400
const DIALOGS_REMEMBERED = 20_000
const SETTINGS_EVERY_MS = 60_000

export interface Capture {
  /** Where the embedded switch sends its copies; absent when there is no collector. */
  readonly address?: { readonly host: string; readonly port: number }
  hear(event: CallEvent): void
  /** What has not reached the database: points of the call's quality. */
  openQuality(callId: string): (QualityPoint & { readonly legId: string })[]
  /** Writes what waits, so that a reader finds it. */
  flush(): Promise<void>
  figures(): CaptureFigures
  close(): Promise<void>
}
export interface CaptureFigures {
  readonly received: number
  readonly junk: number
  /** Beyond a rate, a dialog's share, or what could wait for the database. */
  readonly dropped: number
  readonly kept: number
  readonly exported: number
  /** Mean opinion scores of the legs that talk. */
  readonly scores: readonly number[]
}

export async function openCapture({
  config,
  repositories,
  log,
  now,
}: {
  readonly config: CaptureConfig
  readonly repositories: Repositories
  readonly log: Log
  readonly now: () => number
}): Promise<Capture> {
  let days = (await readSiteSettings(repositories.settings)).signallingDays
  const onFailure = (error: unknown) => log.warn({ err: error }, 'signalling could not be kept')
  const seen = new Map<string, number>()
  let beyond = 0
  let kept = 0

  const messages = createBatch<NewSipMessage>({
    write: async rows => {
      await repositories.signalling.add(rows)
      kept += rows.length
    },
    everyMs: WRITE_EVERY_MS,
    most: ROWS,
    room: ROOM,
    onFailure,
  })
  const quality = createQualityKeeper({
    store: repositories.quality,
    isKept: () => days > 0,
    onFailure,
    now,
  })
  const out = config.exportTo && openExport(config.exportTo, onFailure)
  const retention = createRetention({ repositories, days: () => days, now, onFailure })

  const onPacket = (packet: HepPacket) => {
    out?.send(packet)
    if (days === 0) return
    const message = toMessage(packet, now())
    if (!message) return
    const count = (seen.get(message.sipCallId) ?? 0) + 1
    seen.delete(message.sipCallId)
    seen.set(message.sipCallId, count)
    const [oldest] = seen.keys()
    if (seen.size > DIALOGS_REMEMBERED && oldest !== undefined) seen.delete(oldest)
    if (count > MOST_OF_DIALOG) beyond++
    else messages.add(message)
  }

  const collector = await openCollectorOf(config, onPacket, log, now)
  const timer = setInterval(() => {
    readSiteSettings(repositories.settings)
      .then(settings => (days = settings.signallingDays))
      .catch(onFailure)
  }, SETTINGS_EVERY_MS)

  return {
    ...(collector && { address: { host: collector.host, port: collector.port } }),
    hear: quality.hear,
    openQuality: quality.openOf,
    flush: async () => void (await Promise.all([messages.flush(), quality.flush()])),
    figures() {
      const { received = 0, junk = 0, refused = 0 } = collector?.counts() ?? {}
      return {
        received,
        junk,
        dropped: refused + beyond + messages.lost() + quality.lost(),
        kept,
        exported: out?.counts().sent ?? 0,
        scores: quality.latest(),
      }
    },
    async close() {
      clearInterval(timer)
      retention.close()
      await collector?.close()
      await Promise.all([messages.close(), quality.close()])
      out?.close()
    },
  }
}

/** A port that is taken costs the messages, not the start. */
async function openCollectorOf(
  config: CaptureConfig,
  onPacket: (packet: HepPacket) => void,
  log: Log,
  now: () => number,
): Promise<Collector | undefined> {
  if (config.port === undefined) return undefined
  try {
    return await openCollector({
      host: config.host,
      port: config.port,
      onPacket,
      onError: error => log.warn({ err: error }, 'the collector of signalling reported an error'),
      now,
    })
  } catch (error) {
    log.error({ err: error, port: config.port }, 'signalling cannot be collected')
    return undefined
  }
}
