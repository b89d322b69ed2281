// The character error rate of an engine over a folder of recordings, for any operator with recordings of their own: x.wav beside x.txt.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readWav, resample, type Sound } from '../../asr-tts/audio.ts'
import type { EndCause, Phrase, Recogniser } from '../../asr-tts/recogniser.ts'
import { createSilero } from '../../asr-tts/silero.ts'
import { type Errors, errorsOf, rateOf, sumOf } from '../../asr-tts/text/error-rate.ts'
import { readSpeech, toSpeechFile } from '../../server/config-speech.ts'
import { createEngines } from '../../server/speech/recognisers.ts'
import { table } from './figures.ts'

const USAGE =
  'npm run bench -- cer <folder of x.wav with x.txt> [--engine name] [--file speech.json] [--speed 1] [--texts]'
const PIECE_MS = 100
/** An engine that waits for a pause hears one. */
const SILENCE_MS = 1000
/** Of one file, beside its own length. */
const SPARE_MS = 60_000

interface Recording {
  readonly name: string
  readonly said: string
  readonly sound: Sound
}
interface Outcome {
  readonly heard: string
  readonly cause: EndCause
  readonly tookMs: number
}

export async function run(words: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      engine: { type: 'string' },
      file: { type: 'string' },
      speed: { type: 'string', default: '1' },
      texts: { type: 'boolean', default: false },
    },
  })
  const [folder] = positionals
  const speed = Number(values.speed)
  if (folder === undefined || !(speed > 0 && speed <= 50)) throw new Error(USAGE)
  const recordings = recordingsIn(resolve(folder))
  const { name, recogniser, hotwords, close } = engineOf(values.file, values.engine)
  const grammar = recordings.map(({ name: id, said }): Phrase => ({ id, texts: [said] }))
  console.log(`${recordings.length} recordings, engine ${name}, ${speed} times as fast as spoken`)
  if (recogniser.capabilities.grammar)
    console.log('This engine understands a closed list: it is given the texts of the folder.')

  const rows: Record<string, unknown>[] = []
  const all: Errors[] = []
  const causes: Partial<Record<EndCause, number>> = {}
  let soundMs = 0
  let tookMs = 0
  for (const { name: file, said, sound } of recordings) {
    const outcome = await listen(recogniser, sound, speed, {
      ...(recogniser.capabilities.hotwords && { hotwords }),
      ...(recogniser.capabilities.grammar && { grammar }),
    })
    const errors = errorsOf(said, outcome.heard)
    all.push(errors)
    causes[outcome.cause] = (causes[outcome.cause] ?? 0) + 1
    soundMs += (sound.samples.length * 1000) / sound.sampleRateHz
    tookMs += outcome.tookMs
    rows.push(rowOf(file, errors, outcome))
    if (values.texts && rateOf(errors) > 0)
      console.log(`${file}\n  said  ${said}\n  heard ${outcome.heard}`)
  }
  await close()
  const total = sumOf(all)
  console.log(table([...rows, rowOf('all', total, { cause: 'finished', tookMs })]))
  return {
    engine: name,
    files: recordings.length,
    characters: total.length,
    ...total,
    cerPercent: percent(rateOf(total)),
    sentenceErrors: all.filter(errors => rateOf(errors) > 0).length,
    causes,
    soundS: Math.round(soundMs / 1000),
    tookS: Math.round(tookMs / 1000),
  }
}

const percent = (rate: number) => +(rate * 100).toFixed(2)
const rowOf = (file: string, errors: Errors, { cause, tookMs }: Omit<Outcome, 'heard'>) => ({
  file,
  characters: errors.length,
  substituted: errors.substitutions,
  deleted: errors.deletions,
  inserted: errors.insertions,
  'CER %': percent(rateOf(errors)),
  ended: cause,
  s: +(tookMs / 1000).toFixed(1),
})

function recordingsIn(folder: string): Recording[] {
  const names = readdirSync(folder)
    .filter(file => /\.wav$/i.test(file))
    .sort()
  const recordings = names.map(file => {
    const name = basename(file).replace(/\.wav$/i, '')
    const sound = readWav(readFileSync(join(folder, file)))
    if (!sound) throw new Error(`${file} is no WAV of 16 bit and one channel`)
    return { name, sound, said: readFileSync(join(folder, `${name}.txt`), 'utf8').trim() }
  })
  if (recordings.length === 0) throw new Error(`${folder} holds no recordings. ${USAGE}`)
  return recordings
}

function engineOf(file: string | undefined, wanted: string | undefined) {
  const env = { ...process.env, ...(file !== undefined && { HOTLINE_SPEECH_FILE: file }) }
  const config = readSpeech(
    toSpeechFile(env, process.env['HOTLINE_DATA_DIR'] ?? './data'),
    warning => console.log(warning),
  )
  const voice = createSilero()
  const closers = [voice.close]
  const engines = createEngines(config, {
    now: Date.now,
    voice,
    onClose: close => void closers.unshift(close),
  })
  const engine = wanted === undefined ? engines[0] : engines.find(({ name }) => name === wanted)
  if (!engine)
    throw new Error(`no such engine; there are: ${engines.map(({ name }) => name).join(', ')}`)
  const close = async () => {
    for (const one of closers) await one()
  }
  return { ...engine, close }
}

/** Told piece by piece, at the pace of speech or so many times as fast; whatever happens, it ends. */
export async function listen(
  recogniser: Recogniser,
  sound: Sound,
  speed: number,
  options: {
    readonly hotwords?: Readonly<Record<string, number>>
    readonly grammar?: readonly Phrase[]
  } = {},
): Promise<Outcome> {
  const { ratesHz } = recogniser.capabilities
  const rateHz = ratesHz.find(rate => rate === sound.sampleRateHz) ?? ratesHz[0] ?? 8000
  const { samples } = await resample(sound, rateHz)
  const whole = new Int16Array(samples.length + (rateHz * SILENCE_MS) / 1000)
  samples.forEach(
    (sample, at) => (whole[at] = Math.max(-32_768, Math.min(32_767, sample * 32_768))),
  )
  const piece = (rateHz * PIECE_MS) / 1000
  const beganAt = performance.now()
  const heard: string[] = []

  let pace: NodeJS.Timeout | undefined
  let limit: NodeJS.Timeout | undefined
  let isOver = false
  const cause = await new Promise<EndCause>(resolve => {
    const listening = recogniser.listen({ rateHz, ...options }, event => {
      if (event.type === 'final') heard.push(event.text)
      if (event.type !== 'ended') return
      isOver = true
      clearInterval(pace)
      clearTimeout(limit)
      resolve(event.cause)
    })
    if (isOver) return
    let at = 0
    pace = setInterval(() => {
      // A catch-up loop: a timer that is late loses nothing.
      const due = ((performance.now() - beganAt) * speed * rateHz) / 1000
      for (; at < whole.length && at <= due; at += piece)
        listening.write(whole.subarray(at, at + piece))
      if (at < whole.length) return
      clearInterval(pace)
      listening.finish()
    }, PIECE_MS / speed)
    limit = setTimeout(() => listening.cancel(), (whole.length * 1000) / rateHz / speed + SPARE_MS)
  })
  return { heard: heard.join(''), cause, tookMs: performance.now() - beganAt }
}
