import t from 'tap'
import {
  createCaptions,
  foldCaptions,
  stepSize,
  TEXT_SIZES,
  type Captions,
  type CaptionStep,
} from '../../agent-desktop/src/state/captions.ts'
import type { CaptionEvent } from '../../server/desktop/protocol.ts'

const heard = (event: CaptionEvent): CaptionStep => ({ type: 'heard', event })
const play = (...steps: CaptionStep[]): Captions => steps.reduce(foldCaptions, createCaptions())
const sentence = (seq: number, text: string, side: 'caller' | 'agent' = 'agent') =>
  heard({ type: 'sentence', seq, side, text, at: seq * 1000 })
const snapshot = heard({
  type: 'snapshot',
  state: 'on',
  sentences: [
    { seq: 2, side: 'caller', text: '你好', at: 2 },
    { seq: 1, side: 'agent', text: '您好', at: 1 },
  ],
  partials: { caller: '我想' },
})
const texts = ({ sentences }: Captions) => sentences.map(one => one.text)

t.test(
  'sentences stand in their order; the same again replaces, the growing one gives way',
  async t => {
    const captions = play(snapshot, sentence(4, '四'), sentence(3, '三'), sentence(4, '肆'))
    t.same(texts(captions), ['您好', '你好', '三', '肆'])
    t.same(
      captions.partials,
      { caller: '我想' },
      'what the agent says takes nothing from the caller',
    )
    t.same(play(snapshot, sentence(3, '我想问', 'caller')).partials, {})
    t.same(play(snapshot, heard({ type: 'partial', side: 'caller', text: '' })).partials, {})
    t.same(play(snapshot, heard({ type: 'partial', side: 'agent', text: '请' })).partials, {
      caller: '我想',
      agent: '请',
    })
  },
)

t.test('a lost connection keeps what was read, and the next snapshot is the truth', async t => {
  const lost = play(snapshot, { type: 'lost' })
  t.match(lost, { phase: 'lost', partials: {} })
  t.equal(lost.sentences.length, 2)
  t.match(foldCaptions(lost, snapshot), { phase: 'open', partials: { caller: '我想' } })
  t.equal(play({ type: 'lost' }).phase, 'connecting', 'nothing was there to lose')
})

t.test('a link that never worked is invalid, one that did has ended with its call', async t => {
  t.equal(play({ type: 'refused' }).phase, 'invalid')
  t.equal(play(snapshot, { type: 'lost' }, { type: 'refused' }).phase, 'ended')
  const ended = play(snapshot, heard({ type: 'ended' }))
  t.equal(ended.phase, 'ended')
  t.equal(ended.sentences.length, 2, 'and can still be read')
  t.equal(foldCaptions(ended, sentence(9, '晚')), ended)
})

t.test('it is said when nobody talks, and when nobody writes', async t => {
  const standing = (state: 'on' | 'off' | 'failed' | 'waiting') =>
    play(snapshot, heard({ type: 'state', state })).standing
  t.same(
    [standing('on'), standing('off'), standing('failed'), standing('waiting')],
    ['talk', 'silence', 'unwritten', 'unwritten'],
  )
})

t.test('the text grows and shrinks by steps, from any size', async t => {
  t.equal(stepSize(34, 1), 44)
  t.equal(stepSize(34, -1), 26)
  t.equal(stepSize(20, -1), 20)
  t.equal(stepSize(72, 1), 72)
  t.equal(stepSize(500, -1), TEXT_SIZES.at(-2))
})
