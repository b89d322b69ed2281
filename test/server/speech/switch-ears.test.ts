import t from 'tap'
import type { Ears, Heard, ListenRequest } from '../../../server/control/port.ts'
import { createEarsInOrder } from '../../../server/speech/ears-in-order.ts'
import { createSwitchEars, type SwitchEngine } from '../../../server/speech/switch-ears.ts'
import type { CallCommand } from '../../../telephony/call/command.ts'
import type { DetectionOutcome } from '../../../telephony/call/detection.ts'
import type { CallEvent } from '../../../telephony/call/event.ts'
import { callId, legId, type DetectId } from '../../../telephony/call/id.ts'

const leg = legId('leg-1')
const request = {
  node: 'sw1',
  switchName: 'sw1',
  callId: callId('call-1'),
  legId: leg,
  grammar: [{ id: 'agent', texts: ['人工'] }],
  endSilenceMs: 700,
  maxSpeechMs: 8000,
} satisfies ListenRequest & { switchName: string }

/** The door to a switch, with its words in our hands; the driver behind it is tested on its own. */
function stage(engines: readonly SwitchEngine[]) {
  const listeners = new Set<(event: CallEvent) => void>()
  const commands: CallCommand[] = []
  const heard: Heard[] = []
  let ids = 0
  let at = 1000
  const ears = createSwitchEars({
    engines,
    telephonyOf: ({ legId: id }) =>
      id === leg
        ? {
            perform: async command => void commands.push(command),
            onEvent(listener) {
              listeners.add(listener)
              return () => void listeners.delete(listener)
            },
          }
        : undefined,
    newId: () => `d${++ids}`,
    now: () => at,
  })
  const base = { at: 0, legId: leg, callId: request.callId }
  const tell = (event: CallEvent) => [...listeners].forEach(listener => listener(event))
  return {
    ears,
    commands,
    heard,
    listeners,
    listen: (more: Partial<ListenRequest> = {}, on: Ears = ears) =>
      on.listen({ ...request, ...more }, one => void heard.push(one)),
    begins: (id: string) => tell({ ...base, type: 'speech-began', detectId: id as DetectId }),
    ends: (id: string, outcome: DetectionOutcome) =>
      tell({ ...base, type: 'speech-detected', detectId: id as DetectId, outcome }),
    wait: (ms: number) => (at += ms),
  }
}
const hall = { name: 'hall', profile: 'hall-profile' }
const spare = { name: 'spare', profile: 'spare-profile', freeGrammar: 'builtin:speech/transcribe' }

t.test('What the caller says is understood by the engine behind the switch', async t => {
  const s = stage([hall])
  s.listen({ digits: { min: 4, max: 18 } })
  t.match(s.commands, [
    {
      type: 'detect-speech',
      legId: leg,
      detectId: 'd1',
      profile: 'hall-profile',
      language: 'zh-CN',
      grammar: { kind: 'phrases', phrases: request.grammar, digits: { min: 4, max: 18 } },
      endSilenceMs: 700,
      maxSpeechMs: 8000,
    },
  ])
  s.begins('d1')
  s.ends('d0', { type: 'no-match' })
  s.ends('d1', { type: 'understood', text: '人工', phrase: 'agent', confidence: 0.9 })
  t.same(s.heard, [
    { type: 'speech-began' },
    { type: 'understood', text: '人工', phrase: 'agent', confidence: 0.9, engine: 'hall' },
  ])
  t.equal(s.listeners.size, 0)
  t.match(s.ears.engines(), [{ name: 'hall', state: 'up', inUse: 0 }])
})

t.test(
  'A far end that tires of waiting is asked again; words that fit nothing are told',
  async t => {
    const s = stage([hall])
    s.listen()
    s.ends('d1', { type: 'no-input' })
    s.begins('d2')
    s.ends('d2', { type: 'no-match' })
    t.same(s.heard, [{ type: 'speech-began' }, { type: 'not-understood', engine: 'hall' }])
  },
)

t.test('One that refuses is left for the next, and rests until it may be tried again', async t => {
  const s = stage([hall, spare])
  s.listen()
  s.ends('d1', { type: 'failed', fault: 'refused' })
  t.match(s.commands.at(-1), { detectId: 'd2', profile: 'spare-profile' })
  s.ends('d2', { type: 'understood', text: '人工' })
  t.same(s.heard, [{ type: 'understood', text: '人工', engine: 'spare' }])
  t.match(s.ears.engines(), [{ state: 'suspect', cause: 'refused' }, { state: 'up' }])
  s.listen()
  t.match(s.commands.at(-1), { profile: 'spare-profile' })
  s.wait(60_000)
  s.listen()
  t.match(s.commands.at(-1), { profile: 'hall-profile' })
  s.ears.close()
  t.notOk(s.ears.isOpen())
  t.equal(s.listeners.size, 0)
  t.equal(s.commands.filter(({ type }) => type === 'stop-detecting').length, 2)
})

t.test(
  'Each way to fail is told once, and a caller who has spoken is not asked to speak again',
  async t => {
    const s = stage([hall, spare])
    s.listen()
    s.begins('d1')
    s.ends('d1', { type: 'failed', fault: 'broken-off' })
    s.listen({ legId: legId('elsewhere') })
    t.same(s.heard, [
      { type: 'speech-began' },
      { type: 'failed', cause: 'broken-off', engine: 'hall' },
      { type: 'failed', cause: 'unreachable' },
    ])
  },
)

t.test('Free speech is for an engine that has a grammar for it', async t => {
  const s = stage([hall, spare])
  const { grammar: _, ...free } = request
  s.ears.listen(free, one => void s.heard.push(one))
  t.match(s.commands.at(-1), {
    profile: 'spare-profile',
    grammar: { kind: 'named', uri: 'builtin:speech/transcribe' },
  })
  s.ears.close()
})

t.test('What one caller asks for takes no engine away from the others', async t => {
  const s = stage([hall])
  const { grammar: _, ...free } = request
  const isUnharmed = (of: string) => {
    t.match(s.ears.engines(), [{ state: 'up', inUse: 0 }], of)
    t.ok(s.ears.isOpen(), of)
  }
  s.ears.listen(free, one => void s.heard.push(one))
  t.equal(s.commands.length, 0)
  t.same(s.heard.splice(0), [{ type: 'failed', cause: 'refused' }])
  isUnharmed('free speech without a grammar for it')
  s.listen({ legId: legId('elsewhere') })
  t.same(s.heard.splice(0), [{ type: 'failed', cause: 'unreachable' }])
  isUnharmed('a leg of no switch')
  s.listen()
  s.ends('d1', { type: 'failed', fault: 'not-asked', detail: '-ERR No such channel!' })
  t.same(s.heard.splice(0), [{ type: 'failed', cause: 'refused' }])
  isUnharmed('a caller who has hung up')
  s.listen()
  s.ends('d2', { type: 'failed', fault: 'refused', detail: 'grammar-compilation-failure' })
  t.same(s.heard.splice(0), [{ type: 'failed', cause: 'refused' }])
  isUnharmed('a grammar that is not taken')
  t.equal(s.listeners.size, 0)
  s.listen()
  s.ends('d3', { type: 'failed', fault: 'refused', detail: 'language-unsupported' })
  t.match(s.ears.engines(), [{ state: 'suspect', cause: 'refused' }])
})

t.test('A grammar of its own that an engine does not take is held against it', async t => {
  const s = stage([spare])
  const { grammar: _, ...free } = request
  s.ears.listen(free, one => void s.heard.push(one))
  s.ends('d1', { type: 'failed', fault: 'refused', detail: 'grammar-load-failure' })
  t.match(s.ears.engines(), [{ state: 'suspect', cause: 'refused' }])
})

t.test('Sessions are bounded, and a stop frees one', async t => {
  const s = stage([{ ...hall, limit: 1 }])
  const first = s.listen()
  t.notOk(s.ears.isOpen())
  s.listen()
  t.same(s.heard, [{ type: 'failed', cause: 'no-channel' }])
  first.stop()
  first.stop()
  t.match(s.commands.at(-1), { type: 'stop-detecting', detectId: 'd1' })
  t.ok(s.ears.isOpen())
  s.ends('d1', { type: 'failed', fault: 'cancelled' })
  t.equal(s.heard.length, 1)
})

t.test('Other ears listen where the switch has none', async t => {
  const s = stage([hall])
  let stopped = 0
  const others: ListenRequest[] = []
  const own = {
    isOpen: () => true,
    listen(asked: ListenRequest, onHeard: (heard: Heard) => void) {
      others.push(asked)
      onHeard({ type: 'speech-began' })
      return { stop: () => void stopped++ }
    },
  }
  const both = createEarsInOrder([s.ears, own])
  const listening = s.listen({}, both)
  s.ends('d1', { type: 'failed', fault: 'refused' })
  t.equal(others.length, 1)
  t.same(s.heard, [{ type: 'speech-began' }])
  listening.stop()
  t.equal(stopped, 1)
  s.ears.close()
  t.ok(both.isOpen())
  both.listen(request, one => void s.heard.push(one))
  t.equal(others.length, 2, 'what is closed is passed over')
  createEarsInOrder([]).listen(request, one => void s.heard.push(one))
  t.match(s.heard.at(-1), { type: 'failed', cause: 'no-channel' })
})
