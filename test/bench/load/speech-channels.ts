// Process of the speech for the bench of speech beside calls: channels that hear people speak, and channels that speak, as the server has them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readWav, trim } from '../../../asr-tts/audio.ts'
import { createPocketsphinx, createSilero, type Phrase } from '../../../asr-tts/index.ts'
import { MODEL, SAID, sampleOf } from '../../fixtures/speech/model.ts'
import { HOTLINE_PHRASES } from '../../fixtures/speech/phrases.ts'
import { silence, toInt16 } from '../../fixtures/speech/sounds.ts'
import { createVoice } from '../../fixtures/voice.ts'
import { percentiles } from '../figures.ts'
import { serve } from './child.ts'
import { type ChannelFigures, type Said, openChannel } from './heard-channel.ts'
import { threadUseMs } from './processor.ts'

export interface SpeechLoad {
  readonly hearing: number
  readonly speaking: number
  /** A channel of synthesis waits as long as its prompt sounds before it makes the next one. */
  readonly isPaced: boolean
}
export interface SpeechFigures extends Omit<ChannelFigures, 'lagsMs' | 'causes'> {
  readonly lagP50Ms: number
  readonly lagP95Ms: number
  readonly lagMaxMs: number
  /** Sentences that waited for a thread at the same time, at most. */
  readonly waitingMax: number
  readonly decoderCpuPercent: number
  readonly prompts: number
  readonly promptsFailed: number
  readonly rtfP50: number
  readonly rtfP95: number
  readonly causes: readonly string[]
}

const LOOK_MS = 50
/** As many as it has by default, and how long they may take to load the model. */
const THREADS = 2
const THREADS_MS = 30_000
/** Of all phrases, which are the grammar, these are said by our own voice; after every third one a person speaks. */
const SPOKEN = HOTLINE_PHRASES.slice(0, 12)
const PEOPLE_EVERY = 3

const folder = mkdtempSync(join(tmpdir(), 'bench-speech-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const grammar: readonly Phrase[] = [
  ...HOTLINE_PHRASES,
  ...Object.values(SAID).map(({ text }) => text),
].map(text => ({ id: text, texts: [text] }))
const silero = createSilero()
const recogniser = createPocketsphinx({ folder: MODEL ?? '', model: 'tdt', voice: silero })

interface Spoken {
  readonly tookMs: number
  readonly soundMs: number
}
const spoken: Spoken[] = []
const voice = createVoice({
  folder,
  onEvent: event => event.type === 'spoken' && spoken.push(event),
})

async function voicesToHear(): Promise<Said[]> {
  const people = (['fa0', 'aishell'] as const).flatMap(name => {
    const { text, fromMs, toMs } = SAID[name]
    const sound = sampleOf(name)?.slice(fromMs * 8, toMs * 8)
    return sound ? [{ text, sound }] : []
  })
  const said: Said[] = []
  for (const [index, text] of SPOKEN.entries()) {
    const sound = readWav(readFileSync(await voice.fileFor(text)))
    if (sound) said.push({ text, sound: toInt16(trim(sound, 0).samples) })
    const person = people[Math.floor(index / PEOPLE_EVERY) % Math.max(1, people.length)]
    if (person && index % PEOPLE_EVERY === PEOPLE_EVERY - 1) said.push(person)
  }
  return said
}

let said: Said[] = []
let running: { end(): Promise<SpeechFigures> } | undefined
/** No text is said twice. */
let lastText = 0

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

function begin({ hearing, speaking, isPaced }: SpeechLoad) {
  spoken.length = 0
  let isOver = false
  let promptsFailed = 0
  let waitingMax = 0
  const look = setInterval(() => {
    waitingMax = Math.max(waitingMax, recogniser.load().waiting)
  }, LOOK_MS)
  const before = decoderUse()
  const beganAt = performance.now()
  const channels = Array.from({ length: hearing }, (_, n) =>
    openChannel({ recogniser, grammar, said, startAt: n * 3, waitMs: n * 700 }),
  )
  const speak = async () => {
    while (!isOver) {
      const n = ++lastText
      const text = `您好，您前面还有${n}位，预计等待${(n % 50) + 3}分钟，您可以按1留言，按2预约回电。`
      const made = await voice.make(text).catch(() => void promptsFailed++)
      // What is left of a prompt that sounds for the caller is not measured by anybody else.
      await pause(isPaced || !made ? (spoken.at(-1)?.soundMs ?? 1000) : 0)
    }
  }
  const speaks = Array.from({ length: speaking }, speak)
  running = {
    async end() {
      isOver = true
      const heard = await Promise.all(channels.map(channel => channel.end()))
      clearInterval(look)
      await Promise.race([Promise.all(speaks), pause(10_000)])
      const after = decoderUse()
      const lag = percentiles(heard.flatMap(({ lagsMs }) => lagsMs))
      const rtf = percentiles(spoken.map(({ tookMs, soundMs }) => tookMs / soundMs))
      const sum = (of: Exclude<keyof ChannelFigures, 'lagsMs' | 'causes'>) =>
        heard.reduce((total, figures) => total + figures[of], 0)
      return {
        segments: sum('segments'),
        heard: sum('heard'),
        right: sum('right'),
        rejected: sum('rejected'),
        slow: sum('slow'),
        untold: sum('untold'),
        lagP50Ms: Math.round(lag.p50),
        lagP95Ms: Math.round(lag.p95),
        lagMaxMs: Math.round(lag.max),
        waitingMax,
        decoderCpuPercent: percentBetween(before, after, performance.now() - beganAt),
        prompts: spoken.length,
        promptsFailed,
        rtfP50: rtf.p50,
        rtfP95: rtf.p95,
        causes: heard.flatMap(({ causes }) => causes),
      }
    },
  }
}

const decoderUse = (): ReadonlyMap<number, number> =>
  new Map(recogniser.threadIds().map(id => [id, threadUseMs(process.pid, id)]))

/** Of one core; a thread that was given up meanwhile is not in it. */
function percentBetween(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
  tookMs: number,
): number {
  const usedMs = [...after].reduce((sum, [id, ms]) => sum + ms - (before.get(id) ?? 0), 0)
  return +((100 * usedMs) / tookMs).toFixed(1)
}

serve({
  /** What is said is made, the model is loaded and the detector is ready. */
  async prepare() {
    said = await voicesToHear()
    const stream = silero.open(
      { rateHz: 8000, endSilenceMs: 600, minSpeechMs: 100 },
      () => undefined,
    )
    stream.push(silence(1000))
    await stream.finish()
    recogniser.warm()
    const problem = await recogniser.check(grammar)
    if (problem !== undefined) throw new Error(problem)
    const until = performance.now() + THREADS_MS
    while (recogniser.threadIds().length < THREADS && performance.now() < until)
      await pause(LOOK_MS)
  },
  begin,
  async end(): Promise<SpeechFigures> {
    if (!running) throw new Error('nobody speaks')
    return running.end()
  },
})
