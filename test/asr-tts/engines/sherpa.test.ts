import t from 'tap'
import { createProtocol, createSherpa } from '../../../asr-tts/engines/sherpa.ts'
import type { RecognitionEvent } from '../../../asr-tts/recogniser.ts'
import { startSherpaServer } from '../../fixtures/speech/sherpa-server.ts'
import { toneOf } from '../../fixtures/speech/tone.ts'
import { until } from '../../fixtures/until.ts'

t.test('W-ASR-1: two segments with the time of each word', async t => {
  const server = await startSherpaServer(t, { 440: '我要查医保余额', 880: '人工服务' })
  const events: RecognitionEvent[] = []
  const listening = createSherpa({ url: server.url }).listen({ rateHz: 8000 }, event =>
    events.push(event),
  )
  for (const [hz, ms] of [
    [0, 300],
    [440, 1000],
    [0, 700],
    [880, 800],
  ] as const)
    listening.write(toneOf(hz, ms))
  listening.finish()
  await until('the end', () => events.at(-1)?.type === 'ended')
  t.match(events.at(-1), { cause: 'finished' })
  t.same(server.complaints, [])
  t.match(
    events.filter(({ type }) => type === 'final'),
    [
      { text: '我要查医保余额', startMs: 300 },
      { text: '人工服务', startMs: 2000, words: [{ text: '人' }, {}, {}, { text: '务' }] },
    ],
  )
  t.ok(events.some(event => event.type === 'partial' && event.text === '我要查'))
})

t.test('what is no result is refused', async t => {
  const { hear } = createProtocol('ws://127.0.0.1', { rateHz: 8000 })
  t.throws(() => hear('{'), SyntaxError)
  t.throws(() => hear('{"text":7}'), TypeError)
  t.same(hear('Done!'), [{ type: 'done' }])
})
