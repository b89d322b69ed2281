// What the local recogniser understands and what it costs: phrases of our own voice, two people, both models, the voice detector, RNNoise.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readWav } from '../../../asr-tts/audio.ts'
import { createDenoiser } from '../../../asr-tts/denoise.ts'
import {
  type Grammar,
  toDictionary,
  toFiller,
  toGrammar,
} from '../../../asr-tts/engines/pocketsphinx-grammar.ts'
import { type Decoder, openDecoder } from '../../../asr-tts/engines/pocketsphinx-library.ts'
import { findModel, type ModelKind } from '../../../asr-tts/engines/pocketsphinx-model.ts'
import { createSilero } from '../../../asr-tts/silero.ts'
import { ABSENT, MODEL, SAID, sampleOf } from '../../fixtures/speech/model.ts'
import { HOTLINE_PHRASES, INTENTS } from '../../fixtures/speech/phrases.ts'
import { mixed, packets, pinkNoise, silence, toInt16 } from '../../fixtures/speech/sounds.ts'
import { createVoice } from '../../fixtures/voice.ts'
import { table } from '../figures.ts'

const MODELS: readonly ModelKind[] = ['tdt', 'ptm']
const NOISE_DB = -35
const VOICE_FRAMES_MS = 60_000

/** Sound around the speech that a recogniser decodes with it. */
const AROUND_MS = 200
const perMs = (ms: number) => ms * 8

async function spokenPhrases(): Promise<ReadonlyMap<string, Int16Array>> {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-speech-'))
  const voice = createVoice({ folder })
  try {
    const spoken = new Map<string, Int16Array>()
    for (const text of HOTLINE_PHRASES) {
      const sound = readWav(readFileSync(await voice.fileFor(text)))
      if (sound) spoken.set(text, toInt16(sound.samples))
    }
    return spoken
  } finally {
    voice.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function heard(decoder: Decoder, grammar: string, sound: Int16Array) {
  const startedAt = process.cpuUsage()
  const decoding = decoder.decode(grammar, sound)
  const { user, system } = process.cpuUsage(startedAt)
  const text = decoding?.words.map(word => word.text).join('')
  return { text, score: decoding?.score, rtf: (user + system) / 1000 / (sound.length / perMs(1)) }
}

async function measureModel(kind: ModelKind, spoken: ReadonlyMap<string, Int16Array>) {
  const model = findModel(MODEL ?? '', kind)
  const dictionary = toDictionary(readFileSync(model.dictionary, 'utf8'))
  const decoder = openDecoder(model)
  const add = (name: string, texts: readonly string[]) => {
    const grammar: Grammar | { problem: string } = toGrammar([{ id: name, texts }], word =>
      dictionary.words.has(word),
    )
    if ('problem' in grammar) throw new Error(grammar.problem)
    decoder.setGrammar(name, grammar.jsgf)
  }
  const people = Object.values(SAID).map(({ text }) => text)
  add('phrases', HOTLINE_PHRASES)
  add('intents', [...INTENTS, ...HOTLINE_PHRASES])
  add('people', [...people, ...HOTLINE_PHRASES])
  decoder.setGrammar('filler', toFiller(dictionary.syllables))
  const denoiser = await createDenoiser()
  const right = { clean: 0, noisy: 0, cleaned: 0, among290: 0 }
  const rtf = { grammar: 0, filler: 0 }
  for (const [text, sound] of spoken) {
    const noisy = mixed(sound, pinkNoise(sound.length / perMs(1), NOISE_DB))
    const cleaned = await denoiser.clean({
      sampleRateHz: 8000,
      samples: Float32Array.from(noisy, sample => sample / 32_768),
    })
    const clean = heard(decoder, 'phrases', sound)
    right.clean += Number(clean.text === text)
    rtf.grammar += clean.rtf / spoken.size
    right.noisy += Number(heard(decoder, 'phrases', noisy).text === text)
    right.cleaned += Number(heard(decoder, 'phrases', toInt16(cleaned.samples)).text === text)
    right.among290 += Number(heard(decoder, 'intents', sound).text === text)
  }
  const persons = (['fa0', 'aishell'] as const).flatMap(name => {
    const sample = sampleOf(name)
    if (!sample) return []
    const { fromMs, toMs } = SAID[name]
    const sound = sample.slice(perMs(fromMs - AROUND_MS), perMs(toMs + AROUND_MS))
    const filler = heard(decoder, 'filler', sound)
    rtf.filler += filler.rtf / 2
    const lead = (grammar: string) => {
      const { score } = heard(decoder, grammar, sound)
      if (score === undefined || filler.score === undefined) return 'no way'
      return +((score - filler.score) / ((toMs - fromMs) / 10)).toFixed(1)
    }
    return [{ model: kind, person: name, 'lead in': lead('people'), 'lead out': lead('phrases') }]
  })
  decoder.free()
  const row = {
    model: kind,
    'of 40': right.clean,
    'among 290': right.among290,
    'in noise': right.noisy,
    'after RNNoise': right.cleaned,
    'RTF grammar': +rtf.grammar.toFixed(3),
    'RTF any syllables': +rtf.filler.toFixed(3),
  }
  return { row, persons }
}

async function measureVoice() {
  const silero = createSilero()
  const hear = async (streams: number, ms: number) => {
    const open = Array.from({ length: streams }, () =>
      silero.open({ rateHz: 8000, endSilenceMs: 600, minSpeechMs: 100 }, () => undefined),
    )
    const startedAt = process.cpuUsage()
    for (const packet of packets(silence(ms))) for (const stream of open) stream.push(packet)
    await Promise.all(open.map(stream => stream.finish()))
    const { user, system } = process.cpuUsage(startedAt)
    return +((user + system) / 1000 / ((streams * ms) / 32)).toFixed(3)
  }
  await hear(1, VOICE_FRAMES_MS / 2)
  const rows = []
  for (const streams of [1, 5, 10])
    rows.push({ streams, 'CPU ms a frame': await hear(streams, VOICE_FRAMES_MS / streams) })
  await silero.close()
  return rows
}

export async function run(): Promise<Record<string, unknown> | undefined> {
  const voice = await measureVoice()
  console.log(table(voice))
  if (!MODEL) {
    console.log(ABSENT)
    return { voice }
  }
  const spoken = await spokenPhrases()
  const models = []
  for (const kind of MODELS) models.push(await measureModel(kind, spoken))
  console.log(table(models.map(({ row }) => row)))
  console.log(table(models.flatMap(({ persons }) => persons)))
  return { voice, models }
}
