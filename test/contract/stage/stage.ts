// One switch with what all behaviours share on it: a raw event socket that hears everything, and the driver.
import { createTelephony, type Telephony } from '../../../telephony/index.ts'
import type { WayName } from '../../../telephony/tap/way.ts'
import type { CallEvent, LegEvent } from '../../../telephony/call/event.ts'
import { until } from '../../fixtures/until.ts'
import { type Browsers, createBrowsers } from './browser-phone.ts'
import { type EventSocket, openEventSocket } from './event-socket.ts'
import type { Subject } from './subject.ts'

export interface Stage {
  readonly subject: Subject
  readonly esl: EventSocket
  readonly telephony: Telephony
  readonly browsers: Browsers
  /** All that the driver told of legs. */
  readonly facts: readonly LegEvent[]
  /** What it told of phones and refused calls. */
  readonly news: readonly Exclude<CallEvent, LegEvent>[]
  lendUser(): Promise<string>
  returnUser(user: string): void
  /** A caller's number that nobody has used before. */
  newNumber(): string
  close(): Promise<void>
}

export async function openStage(subject: Subject): Promise<Stage> {
  const esl = await openEventSocket(subject.eslUrl, 'ALL')
  const facts: LegEvent[] = []
  const news: Exclude<CallEvent, LegEvent>[] = []
  const tapWay = await tapWayOf(subject, esl)
  const browsers = createBrowsers(subject, 'agent')
  const free = [...subject.users]
  let count = 0
  const telephony = createTelephony({
    url: subject.eslUrl,
    nodeName: subject.kind,
    clock: { now: () => Date.now() },
    mediaFolder: subject.mediaFolder,
    ...(tapWay && { taps: { way: tapWay } }),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  telephony.onEvent(event => {
    if ('legId' in event) facts.push(event)
    else news.push(event)
  })
  await until('the driver to connect', () => telephony.connected, 20_000)

  return {
    subject,
    esl,
    telephony,
    browsers,
    facts,
    news,
    lendUser: () => until('a free account', () => free.shift(), 60_000),
    returnUser: user => void free.push(user),
    newNumber: () => `139${String(10_000_000 + count++)}`,
    async close() {
      await browsers.close()
      telephony.close()
      esl.close()
    },
  }
}

const TAP_MODULES: Readonly<Partial<Record<WayName, string>>> = {
  'audio-stream': 'mod_audio_stream',
  'audio-fork': 'mod_audio_fork',
}

/** CONTRACT_TAP_WAY: in place of what the switch offers; a FreeSWITCH is asked to load the module. */
async function tapWayOf(subject: Subject, esl: EventSocket): Promise<WayName | undefined> {
  const way = process.env['CONTRACT_TAP_WAY'] as WayName | undefined
  const module = way && TAP_MODULES[way]
  if (module && subject.kind === 'freeswitch') await esl.api(`load ${module}`)

  return way || undefined
}
