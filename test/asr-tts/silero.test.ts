import t from 'tap'
import { createSilero, type Silero } from '../../asr-tts/silero.ts'
import type { VoiceChange, VoiceOptions } from '../../asr-tts/voice-detector.ts'
import { ABSENT, SAID, sampleOf } from '../fixtures/speech/model.ts'
import {
  dtmf,
  joined,
  mixed,
  music,
  packets,
  pinkNoise,
  ringback,
  silence,
  whiteNoise,
} from '../fixtures/speech/sounds.ts'

const OPTIONS: VoiceOptions = { rateHz: 8000, endSilenceMs: 700, pauseMs: 200, minSpeechMs: 100 }
const NEAR_MS = 50

t.setTimeout(300_000)
const faults: string[] = []
const silero = createSilero({ onFault: detail => faults.push(detail) })
t.teardown(() => silero.close())

async function changesOf(sound: Int16Array, options = OPTIONS, by: Silero = silero) {
  const changes: VoiceChange[] = []
  const stream = by.open(options, change => changes.push(change))
  for (const packet of packets(sound)) stream.push(packet)
  await stream.finish()
  return changes
}

t.test('what is no speech begins nothing', async t => {
  const sounds: [name: string, sound: Int16Array][] = [
    ['silence', silence(10_000)],
    ['music on hold', await music()],
    ['loud white noise', whiteNoise(10_000, -20)],
    ['loud pink noise', pinkNoise(10_000, -20)],
    ['noise of a line', pinkNoise(10_000, -45)],
    ['keys that are pressed', dtmf('1234567890*#')],
    ['ringback', ringback(10_000)],
  ]
  const heard = await Promise.all(sounds.map(([, sound]) => changesOf(sound)))
  for (const [i, [name]] of sounds.entries()) t.same(heard[i], [], name)
})

for (const name of ['fa0', 'aishell'] as const)
  t.test(`says where the speech of the human sample ${name} ended, within 50 ms`, async t => {
    const sample = sampleOf(name)
    if (!sample) return void t.pass(ABSENT)
    const { fromMs, toMs } = SAID[name]
    const sounds: [surroundings: string, sound: Int16Array][] = [
      ['as it is', joined(sample, silence(1000))],
      ['ten times quieter', joined(sample, silence(1000)).map(value => value / 10)],
      ['with noise of a line', mixed(joined(sample, silence(1000)), pinkNoise(6500, -45))],
    ]
    for (const [surroundings, sound] of sounds) {
      const changes = await changesOf(sound)
      t.same(
        changes.map(({ type }) => type),
        ['began', 'paused', 'ended'],
        surroundings,
      )
      const [began, , ended] = changes.map(({ atMs }) => atMs)
      t.ok(
        Math.abs(ended! - toMs) <= NEAR_MS,
        `${surroundings}: ended at ${ended}, by hand ${toMs}`,
      )
      t.ok(
        Math.abs(began! - fromMs) <= 150,
        `${surroundings}: began at ${began}, by hand ${fromMs}`,
      )
    }
  })

t.test('many streams share one model and do not hear each other', async t => {
  const sample = sampleOf('fa0')
  if (!sample) return void t.pass(ABSENT)
  const alone = await changesOf(joined(sample, silence(1000)))
  const together = await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      i % 2 ? changesOf(pinkNoise(5000, -20)) : changesOf(joined(sample, silence(1000))),
    ),
  )
  for (const [i, changes] of together.entries()) t.same(changes, i % 2 ? [] : alone)
})

t.test('speech that is open when no more comes ends there', async t => {
  const sample = sampleOf('fa0')
  if (!sample) return void t.pass(ABSENT)
  const changes = await changesOf(sample.subarray(0, 8 * 3000))
  t.same(
    changes.map(({ type }) => type),
    ['began', 'ended'],
  )
})

t.test('a model that is none is told once, and nobody waits for it', async t => {
  const told: string[] = []
  const broken = createSilero({ model: '/nowhere.onnx', onFault: detail => told.push(detail) })
  t.same(await changesOf(silence(500), OPTIONS, broken), [])
  t.match(told, [/nowhere/])
  await broken.close()
  t.same(await changesOf(silence(500), OPTIONS, broken), [], 'nor after it was closed')
})

t.test('nothing went wrong on the way', async t => t.same(faults, []))
