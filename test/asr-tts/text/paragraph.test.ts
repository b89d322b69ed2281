import t from 'tap'
import { toParagraphs, withStops, type Utterance } from '../../../asr-tts/text/paragraph.ts'

const words = (...parts: (readonly [text: string, startMs: number, endMs: number])[]) =>
  parts.map(([text, startMs, endMs]) => ({ text, startMs, endMs }))

t.test('W-ASR-1: sentences break where the speaker pauses', async t => {
  t.equal(
    withStops(
      '你好我要查余额可以吗',
      words(['你好', 0, 400], ['我要', 800, 1200], ['查余额', 1200, 1900], ['可以吗', 2700, 3200]),
    ),
    '你好，我要查余额。可以吗？',
  )
  t.equal(
    withStops('我要查余额。', words(['我要', 0, 400], ['查余额', 1400, 1900])),
    '我要查余额。',
  )
  t.equal(withStops('报销多少', []), '报销多少？')
  t.equal(withStops('use APP', words(['use', 0, 100], ['APP', 100, 200])), 'use APP。')
  t.equal(withStops('', []), '')
})

t.test('W-ASR-1: what one side says in one breath is a paragraph', async t => {
  const say = (side: Utterance['side'], text: string, startMs: number): Utterance => ({
    side,
    text,
    startMs,
    endMs: startMs + 1000,
  })
  t.same(
    toParagraphs([
      say('agent', '您好。', 0),
      say('agent', '请讲。', 1500),
      say('caller', '我要查余额。', 3000),
      say('agent', '好的。', 6000),
      say('agent', '请稍等。', 20_000),
    ]).map(({ side, text, startMs, endMs }) => [side, text, startMs, endMs]),
    [
      ['agent', '您好。请讲。', 0, 2500],
      ['caller', '我要查余额。', 3000, 4000],
      ['agent', '好的。', 6000, 7000],
      ['agent', '请稍等。', 20_000, 21_000],
    ],
  )
})
