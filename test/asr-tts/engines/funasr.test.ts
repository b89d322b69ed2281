import t, { type Test } from 'tap'
import { createFunasr } from '../../../asr-tts/engines/funasr.ts'
import { createProtocol } from '../../../asr-tts/engines/funasr.ts'
import type { RecognitionEvent } from '../../../asr-tts/recogniser.ts'
import { startFunasrServer } from '../../fixtures/speech/funasr-server.ts'
import { toneOf } from '../../fixtures/speech/tone.ts'
import { until } from '../../fixtures/until.ts'

const RATE_HZ = 8000
const LIMITS = { beginMs: 500, finishMs: 1000, waitingBytes: 64_000 }

const silence = (ms: number) => toneOf(0, ms)
const tone = toneOf

async function open(t: Test, how: 'well' | 'nonsense' | 'closing' | 'deaf' = 'well') {
  const server = await startFunasrServer(t, {
    440: '我要查医保余额。',
    880: '您好，工号1001为您服务。',
  })
  server.behave(how)
  const events: RecognitionEvent[] = []
  const listening = createFunasr({ url: server.url, limits: LIMITS }).listen(
    { rateHz: RATE_HZ, hotwords: { 医保: 20 } },
    event => events.push(event),
  )
  const write = (samples: Int16Array) => {
    for (let at = 0; at < samples.length; at += 160) listening.write(samples.subarray(at, at + 160))
  }
  const ended = () =>
    until('the end', () => {
      const last = events.at(-1)
      return last?.type === 'ended' && last
    })
  return { server, events, listening, write, ended }
}

t.test(
  'W-ASR-1: two sentences, quick words first, then corrected with the time of each word',
  async t => {
    const { server, events, listening, write, ended } = await open(t)
    write(silence(300))
    write(tone(440, 1000))
    write(silence(700))
    write(tone(880, 1000))
    listening.finish()
    t.match(await ended(), { cause: 'finished' })
    t.same(server.complaints, [])
    t.match(server.greetings, [{ mode: '2pass', audio_fs: 8000, hotwords: '{"医保":20}' }])
    t.equal(events[0]?.type, 'started')
    const partials = events.flatMap(event => (event.type === 'partial' ? event.text : []))
    t.same(partials.slice(0, 3), ['我', '我要', '我要查'], 'partials grow')
    const finals = events.flatMap(event => (event.type === 'final' ? event : []))
    t.same(
      finals.map(({ text }) => text),
      ['我要查医保余额。', '您好，工号1001为您服务。'],
    )
    t.same(
      finals[1]?.words.map(({ text }) => text),
      ['您', '好', '工', '号', '1001', '为', '您', '服', '务'],
    )
    t.ok(Math.abs((finals[0]?.startMs ?? 0) - 300) <= 100)
    t.ok(Math.abs((finals[1]?.startMs ?? 0) - 2000) <= 100)
  },
)

t.test('the server in Python: times that are no string, an end that is said', async t => {
  const server = await startFunasrServer(t, { 440: '我要查医保余额。' }, { dialect: 'python' })
  const events: RecognitionEvent[] = []
  const listening = createFunasr({ url: server.url, hotwordsAs: 'words', limits: LIMITS }).listen(
    { rateHz: RATE_HZ, hotwords: { 医保: 20, 参保: 10 } },
    event => events.push(event),
  )
  for (const [hz, ms] of [
    [440, 900],
    [0, 700],
    [440, 600],
  ] as const)
    listening.write(tone(hz, ms))
  listening.finish()
  await until('the end', () => events.at(-1)?.type === 'ended')
  t.match(events.at(-1), { cause: 'finished' })
  const finals = events.flatMap(event => (event.type === 'final' ? event : []))
  t.match(finals, [{ startMs: 0, words: [{ text: '我' }] }, { startMs: 1600 }])
  t.match(server.greetings, [{ hotwords: '医保,参保' }])
  t.same(server.complaints, [])
})

t.test('what was said before the engine answered is not lost', async t => {
  const { events, listening, write, ended } = await open(t)
  write(tone(440, 600))
  listening.finish()
  await ended()
  t.ok(events.some(event => event.type === 'final' && event.text === '我要查医保余额。'))
})

for (const [how, cause] of [
  ['nonsense', 'nonsense'],
  ['closing', 'broken-off'],
] as const)
  t.test(`an engine that is ${how} ends as ${cause}, once`, async t => {
    const { events, listening, write, ended } = await open(t, how)
    await until('the beginning', () => events.length > 0)
    write(tone(440, 1000))
    t.match(await ended(), { cause })
    write(tone(440, 1000))
    listening.finish()
    listening.cancel()
    t.equal(events.filter(({ type }) => type === 'ended').length, 1)
  })

t.test('an engine that takes nothing ends as slow, and holds nobody up', async t => {
  const { listening, write, ended } = await open(t, 'deaf')
  for (let second = 0; second < 60; second++) write(tone(440, 1000))
  t.match(await ended(), { cause: 'slow' })
  listening.finish()
})

t.test('an engine that is not there ends as unreachable', async t => {
  const events: RecognitionEvent[] = []
  createFunasr({ url: 'ws://127.0.0.1:1', limits: LIMITS }).listen({ rateHz: 8000 }, event =>
    events.push(event),
  )
  await until('the end', () => events.length > 0)
  t.match(events, [{ type: 'ended', cause: 'unreachable' }])
})

t.test('who has heard enough cancels', async t => {
  const { events, listening } = await open(t)
  listening.cancel()
  t.match(events, [{ type: 'ended', cause: 'cancelled' }])
})

t.test('the server in Python gives no times and says "final" the other way round', async t => {
  const protocol = createProtocol('ws://127.0.0.1', { rateHz: 8000 })
  protocol.begin()
  protocol.audio(silence(2000))
  const reply = (mode: string, text: string, isFinal: boolean) =>
    protocol.hear(JSON.stringify({ mode, text, wav_name: 'x', is_final: isFinal }))
  t.match(reply('2pass-offline', '你好。', true), [
    { type: 'final', text: '你好。', words: [], endMs: 2000 },
  ])
  protocol.finish()
  t.match(reply('2pass-offline', '再见。', false), [{ type: 'final' }, { type: 'done' }])
})

t.test('times that begin anew with each sentence are counted from the last one', async t => {
  const protocol = createProtocol('ws://127.0.0.1', { rateHz: 8000 })
  const reply = (timestamp: string) =>
    protocol.hear(
      JSON.stringify({
        mode: '2pass-offline',
        text: '你好',
        wav_name: 'x',
        is_final: false,
        timestamp,
      }),
    )
  reply('[[0,400],[400,900]]')
  t.match(reply('[[100,300],[300,500]]'), [{ startMs: 1000, endMs: 1400 }])
})
