import t, { type Test } from 'tap'
import { createAliyunToken, signedQuery } from '../../../asr-tts/engines/aliyun-token.ts'
import { createAliyun } from '../../../asr-tts/engines/aliyun.ts'
import type { RecognitionEvent } from '../../../asr-tts/recogniser.ts'
import {
  APP_KEY,
  KEY_ID,
  KEY_SECRET,
  startAliyunServer,
} from '../../fixtures/speech/aliyun-server.ts'
import { toneOf } from '../../fixtures/speech/tone.ts'
import { until } from '../../fixtures/until.ts'

async function open(t: Test, keySecret = KEY_SECRET) {
  const server = await startAliyunServer(t, { 440: '我要查医保余额。' })
  const time = { now: Date.now() }
  const token = createAliyunToken({
    endpoint: server.endpoint,
    keyId: KEY_ID,
    keySecret,
    now: () => time.now,
  })
  const engine = createAliyun({ url: server.url, appKey: APP_KEY, token })
  const listen = () => {
    const events: RecognitionEvent[] = []
    const listening = engine.listen({ rateHz: 8000 }, event => events.push(event))
    const ended = async () => {
      await until('the end', () => events.at(-1)?.type === 'ended')
      return events.at(-1)
    }
    return { events, listening, ended }
  }
  return { server, listen, time }
}

t.test('the signature is that of the service’s own description', async t => {
  const query = signedQuery(
    {
      keyId: 'my_access_key_id',
      keySecret: 'my_access_key_secret',
      now: () => Date.parse('2019-04-18T08:32:31Z'),
    },
    'b924c8c3-6d03-4c5d-ad36-d984d3116788',
  )
  t.match(query, /^Signature=hHq4yNsPitlfDJ2L0nQPdugdEzM%3D&/)
})

t.test('W-ASR-1: a sentence with the time of each word; one token for two calls', async t => {
  const { server, listen } = await open(t)
  for (let call = 0; call < 2; call++) {
    const { events, listening, ended } = listen()
    listening.write(toneOf(0, 300))
    listening.write(toneOf(440, 1000))
    listening.finish()
    t.match(await ended(), { cause: 'finished' })
    t.ok(events.some(event => event.type === 'partial' && event.text === '我要查'))
    t.match(
      events.filter(({ type }) => type === 'final'),
      [
        {
          text: '我要查医保余额。',
          startMs: 300,
          endMs: 1300,
          confidence: 0.9,
          words: [{ text: '我' }],
        },
      ],
    )
  }
  t.same(server.complaints, [])
  t.equal(server.tokens(), 1)
})

t.test('a token is renewed before it ends, and when it is refused', async t => {
  const { server, listen, time } = await open(t)
  const once = async () => {
    const { listening, ended } = listen()
    listening.finish()
    return ended()
  }
  t.match(await once(), { cause: 'finished' })
  time.now += 35.5 * 3600_000
  t.match(await once(), { cause: 'finished' })
  t.equal(server.tokens(), 2)
  time.now = Date.now()
  server.revoke()
  t.match(await once(), { cause: 'wrong-key' })
  t.match(await once(), { cause: 'finished' }, 'the next call asks for a new one')
  t.equal(server.tokens(), 3)
})

t.test('a wrong key, too many calls, a service that is away', async t => {
  const wrong = await open(t, 'not-its-secret')
  const first = wrong.listen()
  t.match(await first.ended(), { cause: 'wrong-key' })
  t.notMatch(JSON.stringify(first.events), /secret|Signature/, 'no secret is told')

  const busy = await open(t)
  busy.server.allow(0)
  t.match(await busy.listen().ended(), { cause: 'quota' })

  const token = createAliyunToken({
    endpoint: 'http://127.0.0.1:1',
    keyId: KEY_ID,
    keySecret: KEY_SECRET,
    now: Date.now,
  })
  const events: RecognitionEvent[] = []
  createAliyun({ url: 'ws://127.0.0.1:1', appKey: APP_KEY, token }).listen(
    { rateHz: 8000 },
    event => events.push(event),
  )
  await until('the end', () => events.length > 0)
  t.match(events, [{ type: 'ended', cause: 'unreachable' }])
})
