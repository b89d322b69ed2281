import t, { type Test } from 'tap'
import { createGoogle, type GoogleOptions } from '../../../asr-tts/engines/google.ts'
import { loadMethod } from '../../../asr-tts/engines/google-stream.ts'
import { toConfig } from '../../../asr-tts/engines/google-message.ts'
import type { RecognitionEvent } from '../../../asr-tts/recogniser.ts'
import { type GoogleServerOptions, startGoogleServer } from '../../fixtures/speech/google-server.ts'
import { toneOf } from '../../fixtures/speech/tone.ts'
import { until } from '../../fixtures/until.ts'

const SENTENCES = { 440: '我要查医保余额。', 880: '您好，工号1001为您服务。' }
// Made with cloud_speech.proto of googleapis.
const WIRE =
  '0a320a2e080110c03e1a057a682d434e2001320d0a06e58cbbe4bf9d25000020413801400158016a0974656c6570686f6e791801'
const LIMITS = { beginMs: 3000, finishMs: 5000, waitingBytes: 160_000 }

async function open(
  t: Test,
  options: Partial<GoogleOptions> = {},
  serverOptions: GoogleServerOptions = {},
) {
  const server = await startGoogleServer(t, SENTENCES, serverOptions)
  const events: RecognitionEvent[] = []
  const engine = createGoogle({ url: server.url, limits: LIMITS, ...options })
  const listening = engine.listen({ rateHz: 8000, hotwords: { 医保: 50, 参保: 50, 社保: 5 } }, e =>
    events.push(e),
  )
  t.teardown(() => listening.cancel())
  const write = (samples: Int16Array) => {
    for (let at = 0; at < samples.length; at += 160) listening.write(samples.subarray(at, at + 160))
  }
  const ended = () =>
    until('the end', () => {
      const last = events.at(-1)
      return last?.type === 'ended' && last
    })
  const finals = () => events.flatMap(event => (event.type === 'final' ? event : []))
  return { server, events, listening, write, ended, finals }
}

t.test('W-ASR-1: the wire is Google’s: the bytes of its own description', async t => {
  const { requestSerialize, path } = loadMethod()
  t.equal(path, '/google.cloud.speech.v1.Speech/StreamingRecognize')
  const config = toConfig(
    { rateHz: 8000, hotwords: { 医保: 50 } },
    { language: 'zh-CN', model: 'telephony' },
  )
  t.equal(requestSerialize(config).toString('hex'), WIRE)
  t.equal(requestSerialize({ audio_content: Buffer.from([1, 2]) }).toString('hex'), '12020102')
})

t.test('W-ASR-1: two sentences, partials that grow, the time of each word, hot words', async t => {
  const { server, events, listening, write, ended, finals } = await open(t)
  write(toneOf(0, 300))
  write(toneOf(440, 1000))
  write(toneOf(0, 700))
  write(toneOf(880, 1000))
  listening.finish()
  t.match(await ended(), { cause: 'finished' })
  t.same(server.complaints, [])
  t.equal(events[0]?.type, 'started')
  t.match(server.configs[0]?.config.speech_contexts, [
    { phrases: ['医保', '参保'], boost: 10 },
    { phrases: ['社保'], boost: 1 },
  ])
  t.ok(events.some(event => event.type === 'partial' && event.text === '我要查'))
  t.match(finals(), [
    { text: '我要查医保余额。', startMs: 300, endMs: 1300, words: [{ text: '我', startMs: 300 }] },
    { text: '您好，工号1001为您服务。', startMs: 2000, endMs: 3000, confidence: 0.9 },
  ])
})

/** Says sentence after sentence, each when the one before has been understood; gives back where each began. */
async function talk({ write, finals }: Awaited<ReturnType<typeof open>>, tonesMs: number[]) {
  const begins: number[] = []
  let saidMs = 0
  const say = (hz: number, ms: number) => {
    write(toneOf(hz, ms))
    saidMs += ms
  }
  for (const ms of tonesMs) {
    say(0, 500)
    begins.push(saidMs)
    say(440, ms)
    await until('a sentence', () => {
      say(0, 100)
      return finals().length === begins.length
    })
  }
  return begins
}

for (const [title, limits, streamMs] of [
  ['a new stream is begun between two sentences', { renewMs: 5000, streamMs: 100_000 }, 305_000],
  ['a new stream is begun in mid-sentence', { renewMs: 100_000, streamMs: 6000 }, 305_000],
  ['a service that ends its stream early is asked anew', {}, 4000],
] as const)
  t.test(`${title}, and no sound is lost`, async t => {
    const heard = await open(t, { limits: { ...LIMITS, ...limits } }, { streamMs })
    const begins = await talk(heard, [1000, 1500, 1800, 1000, 1500])
    heard.listening.finish()
    t.match(await heard.ended(), { cause: 'finished' })
    t.ok(heard.server.configs.length > 1, `${heard.server.configs.length} streams`)
    t.same(heard.server.complaints, [])
    const finals = heard.finals()
    t.equal(finals.length, 5, 'each sentence once')
    finals.forEach(({ startMs }, index) =>
      t.ok(Math.abs(startMs - begins[index]!) <= 100, `${startMs} for ${begins[index]}`),
    )
  })

t.test('a key is asked for; TLS by an authority of the site', async t => {
  const { generate } = await import('selfsigned')
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  })
  const right = await open(
    t,
    { apiKey: 'a-key', authority: cert },
    { apiKey: 'a-key', tls: { key, cert } },
  )
  right.write(toneOf(440, 600))
  right.listening.finish()
  t.match(await right.ended(), { cause: 'finished' })
  t.equal(right.finals().length, 1)
  const wrong = await open(t, { apiKey: 'another' }, { apiKey: 'a-key' })
  t.match(await wrong.ended(), { cause: 'wrong-key' })
  t.notMatch(JSON.stringify(wrong.events), /another/, 'no key is told')
  const stranger = await open(t, {}, { tls: { key, cert } })
  t.match(await stranger.ended(), { cause: 'unreachable' }, 'a certificate of nobody we know')
})

t.test('an address that is none is refused when the engine is made', async t => {
  for (const url of ['http://host:80', 'grpc://host', ''])
    t.throws(() => createGoogle({ url }), RangeError)
})
