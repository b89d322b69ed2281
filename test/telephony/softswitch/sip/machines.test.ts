import t from 'tap'
import { inviteClient } from '../../../../telephony/softswitch/sip/transaction/invite-client.ts'
import { inviteServer } from '../../../../telephony/softswitch/sip/transaction/invite-server.ts'
import type {
  Effect,
  Happening,
  Machine,
} from '../../../../telephony/softswitch/sip/transaction/machine.ts'
import { plainClient } from '../../../../telephony/softswitch/sip/transaction/plain-client.ts'
import {
  plainServer,
  type PlainServerState,
} from '../../../../telephony/softswitch/sip/transaction/plain-server.ts'
import { createTimers } from '../../../../telephony/softswitch/sip/transaction/timers.ts'

const timers = createTimers()

function spell(effect: Effect): string {
  if (effect.type === 'start') return `${effect.timer}=${effect.ms}`
  return effect.type === 'stop' ? `-${effect.timer}` : effect.type
}

/** `begin`, `200`, `repeat`, `ack`, `broken`, or the letter of a timer. */
function happening(word: string): Happening {
  if (/^\d+$/.test(word)) return { type: 'answer', status: Number(word) }
  if (/^[A-M]$/.test(word)) return { type: 'timer', timer: word as 'A' }
  return { type: word as 'begin' }
}

/** Plays happenings; each line of the table is `what happened → state: what is done`. */
function play<S extends { type: string }>(
  machine: Machine<S>,
  first: S,
  reliable: boolean,
  words: string,
) {
  let state = first
  return words.split(' ').map(word => {
    const step = machine(state, happening(word), { reliable, timers })
    state = step.state
    return `${word} → ${state.type}: ${step.effects.map(spell).join(' ')}`.trim()
  })
}

const calling = { type: 'calling', intervalMs: 500 } as const
const trying = { type: 'trying', intervalMs: 500 } as const

t.test('an INVITE over UDP is sent again at T1, 2 T1, 4 T1 … until timer B', async t => {
  t.same(play(inviteClient, calling, false, 'begin A A A B'), [
    'begin → calling: send B=32000 A=500',
    'A → calling: send A=1000',
    'A → calling: send A=2000',
    'A → calling: send A=4000',
    'B → terminated: timed-out end',
  ])
})

t.test('an INVITE over TCP is sent once', async t => {
  t.same(play(inviteClient, calling, true, 'begin 100 486 486'), [
    'begin → calling: send B=32000',
    '100 → proceeding: -A -B deliver',
    '486 → terminated: -A -B ack deliver end',
    '486 → terminated:',
  ])
})

t.test('a refused INVITE acknowledges each repetition of the refusal', async t => {
  t.same(play(inviteClient, calling, false, 'begin 180 486 486 180 D'), [
    'begin → calling: send B=32000 A=500',
    '180 → proceeding: -A -B deliver',
    '486 → completed: -A -B ack deliver D=32000',
    '486 → completed: ack',
    '180 → completed:',
    'D → terminated: end',
  ])
})

t.test('an accepted INVITE hands on every 2xx for 64 T1', async t => {
  t.same(play(inviteClient, calling, false, 'begin 200 200 486 M'), [
    'begin → calling: send B=32000 A=500',
    '200 → accepted: -A -B deliver M=32000',
    '200 → accepted: deliver',
    '486 → accepted:',
    'M → terminated: end',
  ])
  t.same(
    play(inviteClient, calling, false, 'begin 180 broken').at(-1),
    'broken → terminated: failed end',
  )
})

t.test('another request over UDP is sent again at up to T2 until timer F', async t => {
  t.same(play(plainClient, trying, false, 'begin E E E E E F'), [
    'begin → trying: send F=32000 E=500',
    'E → trying: send E=1000',
    'E → trying: send E=2000',
    'E → trying: send E=4000',
    'E → trying: send E=4000',
    'E → trying: send E=4000',
    'F → terminated: timed-out end',
  ])
  t.same(play(plainClient, trying, false, 'begin 100 E 200 200 K'), [
    'begin → trying: send F=32000 E=500',
    '100 → proceeding: deliver',
    'E → proceeding: send E=4000',
    '200 → completed: -E -F deliver K=5000',
    '200 → completed:',
    'K → terminated: end',
  ])
  t.same(play(plainClient, trying, true, 'begin 200'), [
    'begin → trying: send F=32000',
    '200 → terminated: -E -F deliver end',
  ])
  t.same(play(plainClient, trying, true, 'begin broken').at(-1), 'broken → terminated: failed end')
})

t.test('a refusal of an INVITE is repeated until its ACK', async t => {
  const proceeding = { type: 'proceeding' } as const
  t.same(play(inviteServer, proceeding, false, '100 repeat 486 G G repeat ack repeat I'), [
    '100 → proceeding: send',
    'repeat → proceeding: send',
    '486 → completed: send H=32000 G=500',
    'G → completed: send G=1000',
    'G → completed: send G=2000',
    'repeat → completed: send',
    'ack → confirmed: -G -H I=5000',
    'repeat → confirmed:',
    'I → terminated: end',
  ])
  t.same(play(inviteServer, proceeding, false, '486 H').at(-1), 'H → terminated: timed-out end')
  t.same(play(inviteServer, proceeding, true, '486 ack'), [
    '486 → completed: send H=32000',
    'ack → terminated: -G -H end',
  ])
})

t.test('an accepted INVITE swallows repetitions and lets its dialog repeat the 200', async t => {
  t.same(play(inviteServer, { type: 'proceeding' }, false, '180 200 repeat 200 L'), [
    '180 → proceeding: send',
    '200 → accepted: send L=32000',
    'repeat → accepted:',
    '200 → accepted: send',
    'L → terminated: end',
  ])
})

t.test('another request is answered again when it comes again', async t => {
  t.same(
    play<PlainServerState>(
      plainServer,
      { type: 'trying' },
      false,
      'repeat 100 repeat 200 repeat J',
    ),
    [
      'repeat → trying:',
      '100 → proceeding: send',
      'repeat → proceeding: send',
      '200 → completed: send J=32000',
      'repeat → completed: send',
      'J → terminated: end',
    ],
  )
  t.same(play<PlainServerState>(plainServer, { type: 'trying' }, true, '200'), [
    '200 → terminated: send end',
  ])
})
