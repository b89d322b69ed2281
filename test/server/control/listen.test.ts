import t from 'tap'
import { flowSchema, standardFlow } from '../../../ivr-flows/index.ts'
import type { Ears, Heard, ListenRequest } from '../../../server/control/port.ts'
import { callId, type CallId } from '../../../telephony/call/id.ts'
import { createControlTwin, ended, faults, type ControlTwin } from '../../fixtures/control-twin.ts'

t.afterEach(() => t.same(faults.splice(0), [], 'no fault in the loop'))

/** Ears without sound: a test says what they hear. */
function createEarTwin() {
  const asked: { request: ListenRequest; hear: (heard: Heard) => void; isStopped: boolean }[] = []
  const ears: Ears = {
    isOpen: () => true,
    listen(request, hear) {
      const one = { request, hear, isStopped: false }
      asked.push(one)
      return { stop: () => void (one.isStopped = true) }
    },
  }
  return {
    ears,
    asked,
    async next(count: number) {
      for (let tries = 0; tries < 200; tries++) {
        const one = asked[count - 1]
        if (one) return one
        await new Promise(resolve => setTimeout(resolve, 5))
      }
      throw new Error(`only ${asked.length} listenings`)
    },
  }
}
const flows = [
  {
    flow: flowSchema.parse({
      id: '12393',
      name: 'Voice',
      start: 'answer',
      fastLane: { next: 'agent' },
      nodes: {
        answer: { kind: 'answer', next: 'ask' },
        ask: {
          kind: 'intent',
          prompt: { say: 'ask' },
          keysPrompt: { say: 'keys' },
          intents: [
            { id: 'agent', phrases: ['人工服务'], next: 'agent' },
            { id: 'id', phrases: ['查询'], next: 'number' },
          ],
          choices: { '1': 'agent' },
          attempts: 3,
          otherwise: 'end',
        },
        number: {
          kind: 'listen',
          what: 'digits',
          variable: 'id',
          prompt: { say: 'number' },
          next: 'end',
          otherwise: 'end',
        },
        agent: { kind: 'queue', queue: 'consult', otherwise: 'end' },
        end: { kind: 'hangup' },
      },
    }),
    version: 1,
  },
]
const joins = (twin: ControlTwin, call: CallId) => twin.facts(call, 'queue-joined').length

t.test('a caller says 人工服务 and waits for a person', async t => {
  const { ears, asked, next } = createEarTwin()
  const twin = await createControlTwin({ settings: { flows }, ears })
  t.teardown(() => twin.close())
  const call = await twin.arrive()
  const { request, hear } = await next(1)
  t.match(request, { node: 'ask', callId: call, switchName: 'embedded', endSilenceMs: 700 })
  t.same(
    request.grammar?.map(({ id }) => id),
    ['agent', 'id', '(person)'],
  )
  hear({ type: 'speech-began' })
  await twin.next('stop-play')
  hear({ type: 'understood', text: '人工服务', phrase: 'agent', confidence: 0.9, engine: 'ear' })
  t.equal(joins(twin, call), 1)
  hear({ type: 'replied', engine: 'ear', delayMs: 850, speechEndedAt: 1 })
  t.match(twin.facts(call, 'speech-heard'), [
    {
      data: {
        node: 'ask',
        outcome: 'understood',
        text: '人工服务',
        phrase: 'agent',
        confidence: 0.9,
      },
    },
  ])
  t.match(twin.facts(call, 'voice-turn'), [{ data: { node: 'ask', engine: 'ear', delayMs: 850 } }])
  t.notOk(asked[0]?.isStopped, 'it measures the reply')
})

t.test('a key ends the listening, and what ears tell afterwards is late', async t => {
  const { ears, asked, next } = createEarTwin()
  const twin = await createControlTwin({ settings: { flows }, ears })
  t.teardown(() => twin.close())
  const call = await twin.arrive()
  const { hear } = await next(1)
  twin.press(call, '7')
  await next(2)
  t.ok(asked[0]?.isStopped)
  hear({ type: 'understood', text: '人工服务', phrase: 'agent', engine: 'ear' })
  t.equal(joins(twin, call), 0, 'that was said to the question before')
  twin.press(call, '1')
  t.equal(joins(twin, call), 1)
  t.ok((await settled(twin), asked[1]?.isStopped))
})

t.test('a caller who hangs up is listened to no longer', async t => {
  const { ears, asked, next } = createEarTwin()
  const twin = await createControlTwin({ settings: { flows }, ears })
  t.teardown(() => twin.close())
  const call = await twin.arrive()
  await next(1)
  twin.say(ended(call, call as never))
  await settled(twin)
  t.ok(asked[0]?.isStopped)
})

t.test('without ears, or where they fail, the caller goes on by keys', async t => {
  const deaf = await createControlTwin({ settings: { flows } })
  t.teardown(() => deaf.close())
  await deaf.arrive()
  t.match(await deaf.next('play'), { files: ['/prompts/keys.wav'] })

  const { ears, next } = createEarTwin()
  const twin = await createControlTwin({ settings: { flows }, ears })
  t.teardown(() => twin.close())
  const call = await twin.arrive()
  t.match(await twin.next('play'), { files: ['/prompts/ask.wav'] })
  const { hear } = await next(1)
  hear({ type: 'failed', cause: 'unreachable', engine: 'ear' })
  t.match(await twin.next('play'), { files: ['/prompts/keys.wav'] })
  t.match(twin.facts(call, 'speech-heard'), [{ data: { outcome: 'failed', cause: 'unreachable' } }])
  twin.press(call, '1')
  t.equal(joins(twin, call), 1)
})

t.test('a wish for a person at a number takes the fast lane, and the agent sees why', async t => {
  const { ears, next } = createEarTwin()
  const twin = await createControlTwin({ settings: { flows }, ears })
  t.teardown(() => twin.close())
  const call = await twin.arrive()
  const first = await next(1)
  first.hear({ type: 'understood', text: '查询', phrase: 'id', engine: 'ear' })
  const second = await next(2)
  t.same(second.request.digits, { min: 1, max: 32 })
  await twin.ready('1001')
  second.hear({ type: 'understood', text: '人工', phrase: '(person)', engine: 'ear' })
  t.match(twin.facts(call, 'fast-lane-taken'), [
    { data: { node: 'number', reason: 'asked-for-person' } },
  ])
  await twin.next('originate-leg')
  t.match(twin.pushed.get('desk:1001'), { call: { id: call, lane: 'asked-for-person' } })
})

t.test('an elder whose number is known is asked nothing', async t => {
  const { ears, asked } = createEarTwin()
  const twin = await createControlTwin({ settings: { flows, elders: ['13800001111'] }, ears })
  t.teardown(() => twin.close())
  const call = await twin.arrive()
  t.equal(joins(twin, call), 1)
  t.equal(asked.length, 0)
  t.match(twin.facts(call, 'fast-lane-taken'), [{ data: { reason: 'elder' } }])
})

t.test('whoever takes a call up begins the question anew, with ears of its own', async t => {
  const first = createEarTwin()
  const twin = await createControlTwin({ settings: { flows }, ears: first.ears })
  t.teardown(() => twin.close())
  const call = await twin.arrive()
  await first.next(1)
  first.asked[0]?.hear({ type: 'speech-began' })
  first.asked[0]?.hear({ type: 'not-understood', engine: 'ear' })
  await first.next(2)
  const second = createEarTwin()
  const next = await createControlTwin({
    settings: { flows },
    ears: second.ears,
    store: twin.store,
    legs: [
      {
        legId: call as never,
        callId: callId(call),
        state: 'parked',
        answeredAt: Date.now(),
        held: false,
        created: {
          type: 'leg-created',
          at: Date.now(),
          direction: 'inbound',
          callerNumber: '13800001111',
          calledNumber: '12393',
          sipCallId: 'sip',
          networkAddress: '127.0.0.1',
          video: false,
        },
      } as never,
    ],
  })
  t.teardown(() => next.close())
  const { hear } = await second.next(1)
  hear({ type: 'not-understood', engine: 'ear' })
  t.match(next.facts(call, 'fast-lane-taken'), [{ data: { reason: 'failures' } }], 'signs are kept')
})

t.test('the standard flow without a recogniser says what it always said', async t => {
  const twin = await createControlTwin({
    settings: { flows: [{ flow: standardFlow(), version: 1 }] },
  })
  t.teardown(() => twin.close())
  const call = await twin.arrive()
  await twin.promptEnds(call)
  t.match(await twin.next('play'), {
    files: ['/prompts/人工服务请按1，自助查询请按2，留言请按3。.wav'],
  })
  twin.press(call, '1')
  t.match(twin.facts(call, 'choice-made'), [
    { data: { node: 'main-menu', digit: '1', next: 'agent' } },
  ])
})

/** What was decided has reached the ears. */
const settled = (twin: ControlTwin) =>
  new Promise<void>(resolve => setTimeout(() => (void twin, resolve()), 20))
