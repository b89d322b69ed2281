// From the push of a transcript to captions: sides and words, nothing else, and an end.
import t from 'tap'
import { toCaptions } from '../../../server/desktop/caption.ts'

const sentence = (side: string, text: string, at: number) => ({
  side,
  text,
  at,
  startMs: 0,
  endMs: 900,
  words: [[text, 0, 900]],
})
const snapshot = (values: object) => toCaptions(JSON.stringify({ type: 'snapshot', values }))
const change = (set: object, remove: string[] = []) =>
  toCaptions(JSON.stringify({ type: 'change', set, remove }))

t.test('who comes in reads what was said so far, in order, and who talks is not told', async t => {
  const events = snapshot({
    'sentence/12': sentence('agent', '您好。', 2000),
    'sentence/11': sentence('caller', '喂？', 1000),
    'partial/caller': { text: '我想', at: 3000 },
    agents: ['1001'],
    state: { state: 'on', engine: 'one' },
  })
  t.same(events, [
    {
      type: 'snapshot',
      sentences: [
        { seq: 11, side: 'caller', text: '喂？', at: 1000 },
        { seq: 12, side: 'agent', text: '您好。', at: 2000 },
      ],
      partials: { caller: '我想' },
      state: 'on',
    },
  ])
  t.match(snapshot({}), [{ sentences: [], partials: {}, state: 'waiting' }])
})

t.test('what changes is told as it comes; engines and numbers of agents are not', async t => {
  t.same(
    change(
      {
        'sentence/13': sentence('caller', '异地就医。', 4000),
        agents: ['1001', '1002'],
        state: { state: 'failed', cause: 'unreachable' },
      },
      ['partial/caller'],
    ),
    [
      { type: 'sentence', seq: 13, side: 'caller', text: '异地就医。', at: 4000 },
      { type: 'state', state: 'failed' },
      { type: 'partial', side: 'caller', text: '' },
    ],
  )
})

t.test(
  'the end comes last, at the hang-up, to those who come later, and at the latest with the call',
  async t => {
    t.match(change({ ended: true, 'sentence/14': sentence('caller', '再见。', 5000) }), [
      { type: 'sentence', text: '再见。' },
      { type: 'ended' },
    ])
    t.match(snapshot({ ended: true, state: { state: 'off' } }), [
      { type: 'snapshot', state: 'off' },
      { type: 'ended' },
    ])
    t.same(change({}, ['state', 'sentence/14']), [{ type: 'ended' }])
  },
)
