import t from 'tap'
import { createLink, foldLink, type LinkEvent } from '../../agent-desktop/src/state/link.ts'
import {
  hitsOf,
  isSwitched,
  lineAt,
  piecesOf,
  stepHit,
  toLines,
  toText,
  toTranscript,
  wordAt,
  wordsOf,
} from '../../agent-desktop/src/state/transcript.ts'
import type { SentenceView } from '../../server/desktop/protocol.ts'

const said = (second: number, text: string, side: 'caller' | 'agent' = 'caller'): SentenceView => ({
  side,
  text,
  at: second * 1000,
  startMs: second * 1000,
  endMs: second * 1000 + 900,
})
/** As the record's API tells it. */
const lines = (...said: SentenceView[]) =>
  toLines(
    said.map((one, index) => ({
      ...one,
      seq: index,
      at: new Date(one.at).toISOString(),
      words: (one.words ?? []).map(([text, startMs, endMs]) => [text, startMs, endMs]),
      confidence: null,
      engine: 'funasr',
    })),
  )
const texts = (values: Record<string, unknown>) =>
  toTranscript(values).lines.map(line => line.said.text)

t.test('sentences stand in the order they were said, however they came', async t => {
  const one = said(1, '您好')
  const two = said(2, '请讲', 'agent')
  const three = said(3, '我想问一下')
  t.same(texts({ 'sentence/7': three, 'sentence/9': one, 'sentence/8': two }), [
    '您好',
    '请讲',
    '我想问一下',
  ])
  t.same(
    texts({ 'sentence/10': said(1, '后'), 'sentence/9': said(1, '先') }),
    ['先', '后'],
    'those of one moment by their number, and 10 comes after 9',
  )
})

t.test('what comes late, twice or corrected through the push is folded once', async t => {
  const channel = 'transcript:c1'
  const change = (
    version: number,
    set: Record<string, unknown>,
    remove: string[] = [],
  ): LinkEvent => ({
    type: 'heard',
    at: 1,
    message: { type: 'change', channel, version, at: 1, set, remove },
  })
  const events: LinkEvent[] = [
    { type: 'wanted', channel },
    { type: 'connected', at: 1 },
    {
      type: 'heard',
      at: 1,
      message: {
        type: 'snapshot',
        channel,
        version: 4,
        run: 'a',
        at: 1,
        values: { state: { state: 'on', engine: 'funasr' }, 'sentence/1': said(5, '第二句') },
      },
    },
    change(5, { 'sentence/2': said(2, '第一句', 'agent') }),
    change(5, { 'sentence/2': said(2, '第一句', 'agent') }),
    change(6, { 'sentence/1': said(5, '第二句，改正。') }),
    change(3, { 'sentence/1': said(5, '旧的') }),
    change(7, { 'partial/caller': { text: '还有', at: 9000 } }),
  ]
  const values = () => events.reduce(foldLink, createLink(0)).channels[channel]?.values ?? {}
  t.same(texts(values()), ['第一句', '第二句，改正。'])
  t.same(toTranscript(values()).growing, [{ side: 'caller', text: '还有' }])
  events.push(change(8, { 'sentence/3': said(9, '还有一件事。') }, ['partial/caller']))
  t.same(toTranscript(values()).growing, [])
  t.equal(texts(values()).length, 3)
  t.match(toTranscript(values()).state, { state: 'on', engine: 'funasr' })
})

t.test('a partial that became a sentence is not shown beside it', async t => {
  const values = { 'sentence/1': said(4, '我想问一下'), 'partial/agent': { text: '好', at: 3000 } }
  t.same(toTranscript({ ...values, 'partial/caller': { text: '我想', at: 4000 } }).growing, [
    { side: 'agent', text: '好' },
  ])
  t.same(toTranscript({ ...values, 'partial/caller': { text: '嗯', at: 6000 } }).growing, [
    { side: 'caller', text: '嗯' },
    { side: 'agent', text: '好' },
  ])
  t.same(toTranscript({ 'partial/caller': null, 'partial/agent': { text: '', at: 1 } }).growing, [])
})

t.test('values of another kind and an empty channel are no lines', async t => {
  t.same(toTranscript({}), { state: null, lines: [], growing: [] })
  t.same(texts({ 'sentence/x': said(1, 'x'), 'sentence/1': null, other: said(1, 'y') }), [])
})

t.test('another engine that took over is told from one that works', async t => {
  t.notOk(isSwitched(null))
  t.notOk(isSwitched({ state: 'on', engine: 'funasr' }))
  t.ok(isSwitched({ state: 'on', engine: 'aliyun', cause: 'broken-off' }))
  t.notOk(isSwitched({ state: 'failed', cause: 'broken-off' }))
})

t.test(
  'words are found in either case, every time, and stepped through around the end',
  async t => {
    const all = lines(said(1, '医保电子凭证和医保卡'), said(2, 'IC卡 ic卡'), said(3, '没有'))
    t.same(hitsOf(all, '医保'), [
      { key: 'sentence/0', from: 0, to: 2 },
      { key: 'sentence/0', from: 7, to: 9 },
    ])
    t.equal(hitsOf(all, ' IC ').length, 2)
    t.same(hitsOf(all, '  '), [])
    t.same([stepHit(0, 2, 1), stepHit(1, 2, 1), stepHit(0, 2, -1), stepHit(0, 0, 1)], [1, 0, 1, 0])
  },
)

t.test('a line is cut at its hits and at the word being played', async t => {
  const hits = hitsOf(lines(said(1, '医保卡丢了')), '医保卡')
  t.same(
    piecesOf('医保卡丢了', hits, { from: 2, to: 4 }).map(({ text, isHit, isNow }) => [
      text,
      isHit,
      isNow,
    ]),
    [
      ['医保', true, false],
      ['卡', true, true],
      ['丢', false, true],
      ['了', false, false],
    ],
  )
  t.same(
    piecesOf('好', []).map(piece => piece.text),
    ['好'],
  )
})

t.test('the sentence and the word of a moment of the recording are found', async t => {
  const sentence: SentenceView = {
    ...said(10, '缴费20元。'),
    words: [
      ['缴费', 10_000, 10_400],
      ['二十', 10_400, 10_700],
      ['元', 10_700, 10_900],
    ],
  }
  const all = lines(said(20, '后'), sentence)
  t.equal(lineAt(all, 9999), undefined)
  t.equal(lineAt(all, 10_500)?.said.text, sentence.text)
  t.equal(lineAt(all, 11_800)?.said.text, sentence.text, 'stays for a breath')
  t.equal(lineAt(all, 15_000), undefined)
  const words = wordsOf(sentence)
  t.same(
    words.map(({ from, to }) => sentence.text.slice(from, to)),
    ['缴费', '元'],
    'a number that is written otherwise has no place, and what follows has',
  )
  t.match(wordAt(words, 10_750), { from: 4 })
  t.equal(wordAt(words, 10_600), null)
})

t.test('lines are copied with time and speaker', async t => {
  const all = lines(said(65, '您好', 'agent'), said(70, '你好'))
  const text = toText(
    all,
    side => (side === 'agent' ? '座席' : '来电'),
    one => `${one.startMs / 1000}s`,
  )
  t.equal(text, '65s  座席  您好\n70s  来电  你好')
})
