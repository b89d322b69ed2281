// What is understood of a talk becomes part of its call, also a little after its end.
import t from 'tap'
import {
  awaitsWords,
  type TalkListener,
  type TranscriptInput,
} from '../../../server/control/transcript.ts'
import type { LiveCall } from '../../../server/control/state.ts'
import type { FactData } from '../../../server/ledger/fact.ts'
import { agentId, legId, type CallId } from '../../../telephony/call/id.ts'
import { callOf, NOW } from '../../fixtures/floor-values.ts'
import { actor, createControlTwin, ended, faults, talk } from '../../fixtures/control-twin.ts'
import { until } from '../../fixtures/until.ts'

t.afterEach(() => t.same(faults.splice(0), [], 'no fault in the loop'))

const sentenceOf = (text: string): FactData['sentence-heard'] => ({
  side: 'caller',
  text,
  saidAt: Date.now(),
  startMs: 0,
  endMs: 900,
  engine: 'one',
})

function createListener() {
  let floor: Parameters<TalkListener['begin']>[0] | undefined
  const seen: CallId[] = []
  const talks: TalkListener = {
    begin(begun) {
      floor = begun
      return { changed: calls => void seen.push(...calls), end: () => undefined }
    },
  }
  return {
    talks,
    seen,
    call: (id: CallId): LiveCall | undefined => floor?.calls.get(id),
    tell: (input: TranscriptInput) => floor?.input(input),
    hear: (callId: CallId, text: string) =>
      floor?.input({ type: 'sentence-heard', callId, sentence: sentenceOf(text) }),
  }
}

t.test('a call whose last words may come waits for them at most five seconds longer', async t => {
  const over = (state?: FactData['transcription-changed']['state']) =>
    callOf({ state: 'ended', at: NOW }, [], state && { transcript: { state } })
  t.equal(awaitsWords(over('on'), NOW + 5000, 5000), true)
  t.equal(awaitsWords(over('failed'), NOW + 9999, 5000), true)
  t.equal(awaitsWords(over('on'), NOW + 10_000, 5000), false)
  t.equal(awaitsWords(over('off'), NOW, 5000), false, 'all was told')
  t.equal(awaitsWords(over('waiting'), NOW, 5000), false, 'nothing was heard')
  t.equal(awaitsWords(over(), NOW, 5000), false)
  t.equal(
    awaitsWords(callOf({ state: 'in-flow' }, [], { transcript: { state: 'on' } }), NOW, 1),
    false,
  )
})

t.test(
  'words after the hang-up are written, and a call that waits for the rest is forgotten all the same',
  { timeout: 60_000 },
  async t => {
    const listener = createListener()
    const twin = await createControlTwin({ talks: listener.talks })
    t.teardown(() => twin.close())
    const { call, agentLeg } = await talk(twin)
    t.ok(listener.seen.includes(call))
    listener.tell({
      type: 'transcription-changed',
      callId: call,
      change: { state: 'on', engine: 'one' },
    })
    t.match(listener.call(call)?.transcript, { state: 'on', engine: 'one' })
    listener.hear(call, '您好。')
    twin.say(ended(call, legId(call)))
    twin.say(ended(call, agentLeg))
    const stage = listener.call(call)?.stage
    t.equal(stage?.state, 'ended')
    const endedAt = Date.now()
    listener.hear(call, '再见。')
    await twin.control.wrapUp(agentId('1001'), 'complete', actor('1001'))
    await until('longer than calls stay', () => Date.now() - endedAt > 6000, 30_000)
    t.ok(listener.call(call), 'its last words may still come')
    listener.hear(call, '谢谢。')
    await until('it is forgotten', () => !listener.call(call), 30_000)
    t.ok(Date.now() - endedAt >= 10_000)
    listener.hear(call, '没有这个电话。')
    t.match(twin.facts(call, 'sentence-heard'), [
      { data: { text: '您好。' } },
      { data: { text: '再见。' } },
      { data: { text: '谢谢。' } },
    ])
    t.equal(twin.facts(call, 'sentence-heard').length, 3)
  },
)
