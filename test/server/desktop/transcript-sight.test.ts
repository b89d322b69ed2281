import t from 'tap'
import { maskTranscript } from '../../../server/desktop/transcript-sight.ts'
import type { SentenceView } from '../../../server/desktop/protocol.ts'

const sentence = (text: string, side: SentenceView['side'] = 'caller'): SentenceView => ({
  side,
  text,
  at: 1_795_000_000_000,
  startMs: 0,
  endMs: 900,
})
const change = (set: Record<string, unknown>) => ({
  type: 'change' as const,
  channel: 'transcript:c1',
  version: 3,
  at: 1_795_000_000_000,
  set,
  remove: [],
})

t.test('N-5: a number that is said in pieces is hidden in all of them', async t => {
  const known = new Map<string, unknown>([
    ['sentence/4', sentence('我的电话是138')],
    ['sentence/9', sentence('好的', 'agent')],
    ['sentence/10', sentence('1234')],
    ['sentence/11', sentence('5678')],
    ['state', { state: 'on' }],
  ])
  const told = maskTranscript(change({ 'sentence/11': sentence('5678') }), known)
  t.equal(told.type, 'change')
  if (told.type !== 'change') return
  const texts = JSON.stringify(told.set)
  t.notMatch(texts, /5678.*1234|1234.*5678/, 'never the middle and the end together')
  t.ok('sentence/10' in told.set, 'what was sent whole before is sent again')
  t.notOk('sentence/9' in told.set, 'what hides nothing is not')
  t.notOk(/1234/.test(texts), 'the middle is gone')
})

t.test('what is no number stays, and what is no sentence passes as ever', async t => {
  const said = { 'sentence/2': sentence('门诊慢特病怎么办理'), 'partial/caller': { text: '我' } }
  const told = maskTranscript(change(said), new Map(Object.entries(said)))
  t.match(told, { set: said })
  const refused = { type: 'refused' as const, code: 'FORBIDDEN', channel: 'transcript:c1' }
  t.same(maskTranscript(refused, new Map()), refused)
})
