// Bad input of engines, defined: whatever an engine does, and whatever it hears, ends once and in a typed way.
import t, { type Test } from 'tap'
import { createAliyunToken } from '../../../asr-tts/engines/aliyun-token.ts'
import { createAliyun } from '../../../asr-tts/engines/aliyun.ts'
import { createFunasr } from '../../../asr-tts/engines/funasr.ts'
import { createGoogle } from '../../../asr-tts/engines/google.ts'
import { createSherpa } from '../../../asr-tts/engines/sherpa.ts'
import type { EndCause, Recogniser, RecognitionEvent } from '../../../asr-tts/recogniser.ts'
import {
  APP_KEY,
  KEY_ID,
  KEY_SECRET,
  startAliyunServer,
} from '../../fixtures/speech/aliyun-server.ts'
import { type Fault, startFaultyLine } from '../../fixtures/speech/faulty-line.ts'
import { startFunasrServer } from '../../fixtures/speech/funasr-server.ts'
import { startGoogleServer } from '../../fixtures/speech/google-server.ts'
import { startSherpaServer } from '../../fixtures/speech/sherpa-server.ts'
import { toneOf } from '../../fixtures/speech/tone.ts'
import { until } from '../../fixtures/until.ts'

const SENTENCES = { 440: '我要查医保余额。' }
const LIMITS = { beginMs: 5000, finishMs: 5000, waitingBytes: 160_000 }
const NOBODY = '127.0.0.1:1'
type Trouble = Fault | 'down' | 'none'

const line = async (t: Test, url: string, trouble: Trouble) => {
  if (trouble === 'down') return `ws://${NOBODY}`
  return trouble === 'none' ? url : startFaultyLine(t, url, trouble)
}

/** Each engine at the end of a line with this trouble. */
const ENGINES: Readonly<Record<string, (t: Test, trouble: Trouble) => Promise<Recogniser>>> = {
  async FunASR(t, trouble) {
    const { url } = await startFunasrServer(t, SENTENCES)
    return createFunasr({ url: await line(t, url, trouble), limits: LIMITS })
  },
  async 'sherpa-onnx'(t, trouble) {
    const { url } = await startSherpaServer(t, SENTENCES)
    return createSherpa({ url: await line(t, url, trouble), limits: LIMITS })
  },
  async 'Aliyun NLS'(t, trouble) {
    const server = await startAliyunServer(t, SENTENCES)
    const isRight = trouble !== 'wrong-key'
    if (trouble === 'quota') server.allow(0)
    const token = createAliyunToken({
      endpoint: server.endpoint,
      keyId: KEY_ID,
      keySecret: isRight ? KEY_SECRET : 'another',
      now: Date.now,
    })
    // It has words of its own for a wrong key and for too many.
    const isOwn = trouble === 'quota' || !isRight
    const url = await line(t, server.url, isOwn ? 'none' : trouble)
    return createAliyun({ url, appKey: APP_KEY, token, limits: LIMITS })
  },
  async 'Google speech'(t, trouble) {
    const server = await startGoogleServer(t, SENTENCES, { apiKey: 'a-key' })
    if (trouble === 'closing' || trouble === 'nonsense') server.behave(trouble)
    if (trouble === 'slow') server.behave('deaf')
    if (trouble === 'quota') server.allow(0)
    return createGoogle({
      url: trouble === 'down' ? `grpc://${NOBODY}` : server.url,
      apiKey: trouble === 'wrong-key' ? 'another' : 'a-key',
      limits: LIMITS,
    })
  },
}

const OUTCOMES: Readonly<Record<Exclude<Trouble, 'none'>, EndCause>> = {
  down: 'unreachable',
  slow: 'slow',
  'wrong-key': 'wrong-key',
  quota: 'quota',
  closing: 'broken-off',
  nonsense: 'nonsense',
}
/** More than any socket holds back. */
const LONGEST_S = 1200

for (const [name, start] of Object.entries(ENGINES))
  for (const [trouble, cause] of Object.entries(OUTCOMES) as [keyof typeof OUTCOMES, EndCause][])
    t.test(`W-ASR-1: ${name}, ${trouble}: ended as ${cause}`, async t => {
      const events: RecognitionEvent[] = []
      const engine = await start(t, trouble)
      const listening = engine.listen({ rateHz: 8000 }, event => events.push(event))
      t.teardown(() => listening.cancel())
      let saidS = 0
      const last = await until('the end', () => {
        const isBegun = events.length > 0
        for (let s = 0; s < (isBegun && trouble === 'slow' ? 60 : 1) && saidS < LONGEST_S; s++) {
          // What waits for an answer to the greeting is not to be too much.
          if (isBegun || saidS < 2) listening.write(toneOf(440, 1000))
          saidS++
        }
        const event = events.at(-1)
        return event?.type === 'ended' && event
      })
      t.match(last, { cause })
      listening.write(toneOf(440, 1000))
      listening.finish()
      listening.cancel()
      t.equal(events.filter(({ type }) => type === 'ended').length, 1, 'once')
      t.notMatch(JSON.stringify(events), /a-key|another|its-secret/, 'and without a key')
    })

const SECONDS = 3
const tones = (...hz: number[]) =>
  Int16Array.from({ length: 8000 * SECONDS }, (_, at) =>
    Math.round(hz.reduce((sum, one) => sum + 4000 * Math.sin((2 * Math.PI * one * at) / 8000), 0)),
  )
let seed = 1
const noise = () =>
  Int16Array.from({ length: 8000 * SECONDS }, () => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32
    return Math.round((seed / 2 ** 32 - 0.5) * 12_000)
  })
const SOUNDS: Readonly<Record<string, () => Int16Array>> = {
  silence: () => toneOf(0, SECONDS * 1000),
  noise,
  music: () => tones(262, 330, 392),
  DTMF: () => tones(697, 1209),
  'loudest sound': () => new Int16Array(8000 * SECONDS).fill(32_767),
  nothing: () => new Int16Array(),
}

for (const [name, start] of Object.entries(ENGINES))
  t.test(`W-ASR-1: ${name} hears silence, noise, music, keys: no words and no fault`, async t => {
    const engine = await start(t, 'none')
    for (const [sound, make] of Object.entries(SOUNDS)) {
      const events: RecognitionEvent[] = []
      const listening = engine.listen({ rateHz: 8000 }, event => events.push(event))
      const samples = make()
      for (let at = 0; at < samples.length; at += 160)
        listening.write(samples.subarray(at, at + 160))
      listening.finish()
      await until('the end', () => events.at(-1)?.type === 'ended')
      t.same(
        events.filter(({ type }) => type !== 'started'),
        [{ type: 'ended', cause: 'finished' }],
        sound,
      )
    }
  })
