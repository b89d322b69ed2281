import t from 'tap'
import { levelsDb, STEP_MS } from '../../../asr-tts/voice/loudness.ts'
import { createSilero } from '../../../asr-tts/silero.ts'
import { replyStartMs } from '../../../server/speech/reply.ts'
import { ABSENT, SAID, sampleOf } from '../../fixtures/speech/model.ts'
import {
  joined,
  mixed,
  music,
  packets,
  pinkNoise,
  RATE_HZ,
  silence,
  whiteNoise,
} from '../../fixtures/speech/sounds.ts'
import { spoken } from '../../fixtures/speech/spoken.ts'

const NEAR_MS = 50
t.setTimeout(180_000)
const silero = createSilero()
t.teardown(() => silero.close())

const folder = t.testdir()
const BEFORE_MS = 600
const REST_MS = 4500
const msOf = (sound: Int16Array) => (sound.length * 1000) / RATE_HZ

/** Where a hand would set the mark: this voice falls from −25 to −47 dB within 10 ms, and what follows is its hiss. */
const voiceEndMs = (sound: Int16Array) =>
  (levelsDb(sound, RATE_HZ).findLastIndex(db => db > -40) + 1) * STEP_MS

/** Where the detector says that the caller's speech ended. */
async function endOf(said: Int16Array): Promise<number | undefined> {
  let endedMs: number | undefined
  const stream = silero.open(
    { rateHz: RATE_HZ, endSilenceMs: 700, minSpeechMs: 200 },
    change => change.type === 'ended' && (endedMs ??= change.atMs),
  )
  for (const packet of packets(said)) stream.push(packet)
  await stream.finish()
  return endedMs
}

interface Case {
  readonly name: string
  /** The caller's side, and where by hand the speech in it ends. */
  readonly said: Int16Array
  readonly endMs: number
  readonly reply: Int16Array
  readonly delayMs: number
  readonly noise?: (ms: number) => Int16Array
  /** The question goes on until the caller is heard to speak. */
  readonly isInterrupted?: boolean
}

/** The delay by the sound of both sides alone. */
async function measured(one: Case, question: Int16Array): Promise<number | undefined> {
  const said = joined(one.said, silence(REST_MS))
  const startMs = one.endMs + one.delayMs
  const before = one.isInterrupted ? question.subarray(0, (BEFORE_MS + 450) * 8) : silence(0)
  const quiet = joined(before, silence(Math.max(0, startMs - msOf(before))))
  const heard = joined(quiet, one.reply, silence(2000))
  const length = Math.max(said.length, heard.length)
  const padded = (sound: Int16Array) => joined(sound, silence((length - sound.length) / 8))
  const noisy = (sound: Int16Array) =>
    one.noise ? mixed(padded(sound), one.noise(length / 8)) : padded(sound)
  const endMs = await endOf(noisy(said).subarray(0, (one.endMs + 1500) * 8))
  if (endMs === undefined) return undefined
  const replyMs = replyStartMs({ samples: noisy(heard), rateHz: RATE_HZ, startMs: 0 }, endMs)
  return replyMs === undefined ? undefined : replyMs - endMs
}

t.test(
  'the delay is that of the sound, within 50 ms of the marks',
  { timeout: 120_000 },
  async t => {
    const question = await spoken(
      folder,
      '请说您要办的事，比如参保登记、异地就医备案，或者人工服务。',
    )
    const answer = await spoken(folder, '正在为您接通人工座席，请稍候。')
    const short = await spoken(folder, '好的。', 'male')
    const tune = (await music()).subarray(0, 8 * 3000)
    const voices: [name: string, said: Int16Array, endMs: number][] = []
    for (const [text, voice] of [
      ['人工服务', 'female'],
      ['我要查询缴费记录', 'female'],
      ['异地就医备案', 'male'],
      ['参保登记', 'male'],
    ] as const) {
      const sound = await spoken(folder, text, voice)
      const endMs = BEFORE_MS + voiceEndMs(sound)
      voices.push([`${text} (${voice})`, joined(silence(BEFORE_MS), sound), endMs])
    }
    for (const name of ['fa0', 'aishell'] as const) {
      const sample = sampleOf(name)
      if (sample) voices.push([`${name} (human)`, sample, SAID[name].toMs])
      else t.comment(ABSENT)
    }
    const surroundings: Pick<Case, 'name' | 'reply' | 'delayMs' | 'noise' | 'isInterrupted'>[] = [
      { name: 'a prompt after 0.9 s', reply: answer, delayMs: 900 },
      { name: 'a prompt into which they spoke', reply: answer, delayMs: 1200, isInterrupted: true },
      {
        name: 'music on a line with noise',
        reply: tune,
        delayMs: 1500,
        noise: ms => pinkNoise(ms, -55),
      },
      {
        name: 'a short word on a noisier line',
        reply: short,
        delayMs: 750,
        noise: ms => whiteNoise(ms, -55),
      },
      { name: 'a late and faint prompt', reply: answer.map(value => value / 6), delayMs: 3000 },
    ]
    let count = 0
    for (const [voice, said, endMs] of voices)
      for (const around of surroundings) {
        const delayMs = await measured({ ...around, said, endMs }, question)
        const offMs = delayMs === undefined ? Infinity : Math.round(delayMs - around.delayMs)
        t.ok(Math.abs(offMs) <= NEAR_MS, `${voice}, ${around.name}: off by ${offMs} ms`)
        count += 1
      }
    t.ok(count >= 20, `${count} marked samples`)
  },
)

t.test('what is no reply is none', async t => {
  const startMs = 0
  const of = (samples: Int16Array, fromMs = 500) =>
    replyStartMs({ samples, rateHz: RATE_HZ, startMs }, fromMs)
  t.equal(of(silence(3000)), undefined, 'silence')
  t.equal(of(pinkNoise(3000, -50)), undefined, 'noise of the line')
  const click = joined(silence(1000), whiteNoise(10, -10), silence(1000))
  t.equal(of(click), undefined, 'a click')
  const tone = await spoken(folder, '您好')
  t.equal(of(tone.subarray(0, 8 * 100), 0), undefined, 'the rest of the question alone')
  t.equal(of(new Int16Array(), 0), undefined, 'nothing yet')
})
