// What is shown of a call's words while it is on the floor, as captions read it.
import t, { type Test } from 'tap'
import { createHub } from '../../../server/desktop/hub.ts'
import { toCaptions } from '../../../server/desktop/caption.ts'
import type { CaptionEvent } from '../../../server/desktop/protocol.ts'
import type { LiveCall } from '../../../server/control/state.ts'
import type { Fact } from '../../../server/ledger/fact.ts'
import { createTranscripts, transcriptChannel } from '../../../server/speech/transcripts.ts'
import type { CallId } from '../../../telephony/call/id.ts'
import { CALL, callOf, joined, NOW, talking } from '../../fixtures/floor-values.ts'
import { until } from '../../fixtures/until.ts'

const sentenceFact = (seq: number, text: string): Fact => ({
  subject: CALL,
  seq,
  at: NOW,
  type: 'sentence-heard',
  data: { side: 'caller', text, saidAt: NOW, startMs: 0, endMs: 900, engine: 'one' },
})

function open(t: Test, first?: LiveCall, facts: readonly Fact[] = []) {
  const hub = createHub({ clock: Date.now })
  t.teardown(hub.close)
  const calls = new Map<CallId, LiveCall>(first ? [[CALL, first]] : [])
  const transcripts = createTranscripts({
    publisher: hub,
    factsOf: async () => facts,
    onFault: error => t.fail(String(error)),
    now: Date.now,
  })
  const listening = transcripts
    .around({ begin: () => ({ changed: () => undefined, end: () => undefined }) })
    .begin({ calls, input: () => undefined })
  t.teardown(() => listening.end())
  const events: CaptionEvent[] = []
  const visitor = hub.enter({
    send: text => void events.push(...toCaptions(text)),
    waitingBytes: () => 0,
  })
  visitor.subscribe(transcriptChannel(CALL))
  const show = (call: LiveCall) => {
    calls.set(CALL, call)
    listening.changed([CALL])
    hub.flush()
  }
  const forget = () => {
    calls.delete(CALL)
    listening.changed([CALL])
    hub.flush()
  }
  const types = () => events.map(({ type }) => type)
  return { hub, transcripts, events, types, show, forget }
}
const heard = callOf(talking(), joined(), { transcript: { state: 'on', engine: 'one' } })
const over = { state: 'ended', at: NOW } as const

t.test('captions end when the customer has hung up and the last words were told', async t => {
  const { hub, transcripts, events, types, show, forget } = open(t)
  show(heard)
  show({ ...heard, stage: over })
  t.notOk(types().includes('ended'), 'the last words may still come')
  transcripts.onFact(sentenceFact(9, '再见。'))
  show({ ...heard, stage: over, transcript: { state: 'off' } })
  t.match(events.slice(-2), [{ type: 'sentence', text: '再见。' }, { type: 'ended' }])
  show({ ...heard, stage: over, transcript: { state: 'off' }, seq: 20 })
  t.equal(types().filter(type => type === 'ended').length, 1, 'once')
  forget()
  t.same(hub.keys(transcriptChannel(CALL)), [])
})

t.test('a talk that is over while its caller stays ends nothing', async t => {
  const { types, show } = open(t)
  show(heard)
  show({
    ...heard,
    stage: { state: 'parting', then: { kind: 'rate' } },
    transcript: { state: 'off' },
  })
  t.notOk(types().includes('ended'))
})

t.test('all agents of a call may read it, each from when they talk', async t => {
  const { hub, show } = open(t)
  const agents = () => hub.values(transcriptChannel(CALL)).get('agents')
  show(heard)
  t.same(agents(), ['1001'])
  const [customer] = joined()
  const second = { ...joined()[1]!, agent: '1002' as never }
  show(callOf(talking(), [customer!, second], { transcript: { state: 'on' } }))
  t.same(agents(), ['1001', '1002'])
  const supervisor = { ...second, role: 'supervisor' as const, agent: '2001' as never }
  show(callOf(talking(), [...joined(), supervisor], { transcript: { state: 'on' } }))
  t.same(agents(), ['1001', '1002'], 'who only listens in is none of them')
})

t.test('a server that takes over shows what was said before it came', async t => {
  const { hub } = open(t, heard, [sentenceFact(5, '喂？')])
  const values = () => hub.values(transcriptChannel(CALL))
  await until('the sentence', () => values().has('sentence/5'))
  t.match(values().get('state'), { state: 'on' })
  t.same(values().get('agents'), ['1001'])
})
