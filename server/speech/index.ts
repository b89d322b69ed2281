// All that listens, built as one: engines in a pool, transcripts of talks, and what is shown and told of it.
import { z } from 'zod'
import type { EndCause } from '../../asr-tts/index.ts'
import { createSilero } from '../../asr-tts/silero.ts'
import type { VoiceDetector } from '../../asr-tts/voice-detector.ts'
import { createSentenceFeed, type SentenceFeed } from '../../integrations/sentence-feed.ts'
import type { Telephony } from '../../telephony/index.ts'
import type { SpeechConfig } from '../config-speech.ts'
import type { Ears, Publisher } from '../control/port.ts'
import type { TalkListener } from '../control/transcript.ts'
import type { SpeechView } from '../desktop/protocol.ts'
import type { Fact } from '../ledger/fact.ts'
import type { Log } from '../log.ts'
import { createAllEars } from './all-ears.ts'
import type { SettingStore } from '../store/repository.ts'
import { createEars } from './ears.ts'
import { createPool, type Pool } from './pool.ts'
import { createEngines } from './recognisers.ts'
import { createTranscriber } from './transcriber.ts'
import { createTranscripts } from './transcripts.ts'
import { createVocabulary } from './vocabulary.ts'
import { readWords } from './words.ts'

export type { Pool, PoolEvent } from './pool.ts'

interface Alarms {
  raiseAlarm(id: string, level: 'warning', cause: string, detail?: string): void
  clearAlarm(id: string): void
}
interface Figures {
  onEnd(engine: string, cause: EndCause): void
  /** Words came so much later than the sound they are of. */
  onLag(engine: string, lagMs: number): void
}
const viewSchema = z.custom<SpeechView>(value => typeof value === 'object' && value !== null)

/** Synthesis as it is shown; its channels are its own. */
export interface SynthesisSight extends Pick<
  SpeechView['synthesis'],
  'used' | 'limit' | 'waiting'
> {
  readonly engines: readonly Omit<SpeechView['engines'][number], 'role'>[]
}

export interface SpeechDeps {
  readonly config: SpeechConfig
  /** Words of the site are in them. */
  readonly settings: SettingStore
  /** Channels, as the site has set them. */
  readonly limits: () => Promise<{
    readonly recognitionLimit: number
    readonly synthesisLimit: number
  }>
  readonly synthesis?: () => SynthesisSight
  readonly telephonies: readonly Telephony[]
  readonly hub: Publisher & {
    forget(channel: string): void
    values(channel: string): ReadonlyMap<string, unknown>
  }
  readonly factsOf: (callId: string) => Promise<readonly Fact[]>
  readonly isSteering: () => boolean
  readonly now: () => number
  readonly log: Log
}
export interface Speech {
  readonly pool: Pool
  /** For the control loop. */
  readonly talks: TalkListener
  readonly ears: Ears
  onFact(fact: Fact): void
  /** Every sentence, for modules. */
  readonly sentences: Pick<SentenceFeed, 'subscribe'>
  /** As the server that steers has it. */
  seen(): SpeechView
  /** From now on it is counted, and said when nobody understands anything. */
  start(alarms: Alarms, figures: Figures): void
  /** The settings are others. */
  refresh(): Promise<void>
  close(): void
}

const ALARM = 'speech'
const SHOW_EVERY_MS = 250

export async function openSpeech(deps: SpeechDeps): Promise<Speech> {
  const { config, hub, now, log, isSteering } = deps
  const sentences = createSentenceFeed({
    onFault: ({ error, ...fault }) => log.warn({ err: error, ...fault }, 'sentence not taken'),
  })
  let figures: Figures | undefined
  let limits = await deps.limits()
  let shown: NodeJS.Timeout | undefined
  let alarms: Alarms | undefined
  let isAlarmed = false

  const view = (): SpeechView => {
    const { engines: voices, ...synthesis } = deps.synthesis?.() ?? {
      used: 0,
      limit: limits.synthesisLimit,
      waiting: 0,
      engines: [],
    }
    const { recognition, engines } = pool.view()
    const spoken = voices.map(voice => ({ ...voice, role: 'synthesiser' as const }))
    return { recognition, synthesis, engines: [...engines, ...all.engines(), ...spoken] }
  }
  const judge = () => {
    const engines = pool.view().engines
    const isMute = engines.length > 0 && engines.every(({ state }) => state !== 'up')
    if (!alarms || isMute === isAlarmed) return
    isAlarmed = isMute
    const detail = engines.map(({ name, cause }) => `${name}: ${cause ?? ''}`).join(', ')
    if (isMute) alarms.raiseAlarm(ALARM, 'warning', 'no-recogniser', detail)
    else alarms.clearAlarm(ALARM)
  }
  const show = () => {
    shown = undefined
    judge()
    if (isSteering()) hub.publish('floor', { speech: view() })
  }
  const showSoon = () => {
    shown ??= setTimeout(show, SHOW_EVERY_MS).unref()
  }

  const detector = createSilero({
    onFault: detail => log.error({ detail }, 'the voice detector has ended'),
  })
  const closers: (() => Promise<void>)[] = [detector.close]
  const pool = createPool({
    engines: createEngines(config, {
      now,
      voice: detector,
      onClose: close => void closers.unshift(close),
    }),
    recognitionLimit: limits.recognitionLimit,
    now,
    onChange: showSoon,
    onEnd: (engine, cause) => figures?.onEnd(engine, cause),
    onLag: (engine, lagMs) => figures?.onLag(engine, lagMs),
  })
  const transcripts = createTranscripts({
    publisher: hub,
    factsOf: deps.factsOf,
    onFault: error => log.warn({ err: error }, 'transcripts of calls at hand not read back'),
    now,
  })
  // A model takes seconds to be read: the first caller shall not wait for it.
  if (pool.serves('flow')) void warm(detector)
  const telephonyOf = (node: string) => deps.telephonies.find(({ nodeName }) => nodeName === node)
  const ears = createEars({
    detector,
    pool,
    now,
    openTap: ({ switchName, legId }, options) => telephonyOf(switchName)?.openTap(legId, options),
  })
  const all = createAllEars({
    config,
    own: ears,
    telephonyOf,
    now,
    onEnd(engine, cause) {
      figures?.onEnd(engine, cause)
      showSoon()
    },
  })
  const words = createVocabulary()
  words.set(await readWords(deps.settings))
  const listener = transcripts.around(
    createTranscriber({
      pool,
      telephonyOf,
      words,
      onPartial: transcripts.onPartial,
      now,
    }),
  )

  return {
    pool,
    talks: {
      begin(floor) {
        showSoon()
        return listener.begin(floor)
      },
    },
    ears: all.ears,
    onFact(fact) {
      transcripts.onFact(fact)
      if (fact.type !== 'sentence-heard') return
      const { side, text, saidAt: at, startMs, endMs, engine } = fact.data
      const { subject: callId, seq } = fact
      sentences.tell({ callId, seq, side, text, at, startMs, endMs, engine })
    },
    sentences,
    seen() {
      const shown = isSteering() ? undefined : hub.values('floor').get('speech')
      return viewSchema.optional().catch(undefined).parse(shown) ?? view()
    },
    start(to, counted) {
      alarms = to
      figures = counted
      showSoon()
    },
    async refresh() {
      words.set(await readWords(deps.settings))
      limits = await deps.limits()
      pool.setLimit(limits.recognitionLimit)
    },
    close() {
      clearTimeout(shown)
      all.close()
      ears.close()
      pool.close()
      for (const close of closers) void close()
    },
  }
}

/** One frame of silence is listened to. */
async function warm(detector: VoiceDetector): Promise<void> {
  const stream = detector.open(
    { rateHz: 8000, endSilenceMs: 500, minSpeechMs: 200 },
    () => undefined,
  )
  stream.push(new Int16Array(512))
  await stream.finish()
}
