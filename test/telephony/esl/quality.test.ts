// Counters of a switch become points of five seconds.
import t from 'tap'
import type { LegQuality } from '../../../telephony/call/event.ts'
import { callId, legId } from '../../../telephony/call/id.ts'
import type { Leg } from '../../../telephony/call/leg.ts'
import { CommandRefused } from '../../../telephony/esl/errors.ts'
import { toEslEvent } from '../../../telephony/esl/event.ts'
import { createQualityWatch } from '../../../telephony/esl/quality.ts'

const id = legId('5f8c3c1e-7f0e-4c46-8b0c-0123456789ab')
const leg: Leg = {
  state: 'answered',
  id,
  callId: callId('c'),
  direction: 'inbound',
  callerNumber: '1',
  calledNumber: '2',
  createdAt: 0,
  changedAt: 0,
  answeredAt: 1,
}
const settled = () => new Promise(resolve => setImmediate(resolve))

function start() {
  const told: LegQuality[] = []
  const asked: string[] = []
  const held = { answer: '0|0||0.5|', at: 10_000, gone: false }
  const watch = createQualityWatch({
    ask: async text => {
      asked.push(text)
      if (held.gone) throw new CommandRefused('api', '-ERR No such channel!')
      return text.startsWith('eval') ? held.answer : '+OK:\n'
    },
    now: () => held.at,
    tell: event => told.push(event),
  })
  const legs = new Map([[id, leg]])
  const look = async (at: number, answer: string) => {
    Object.assign(held, { at, answer })
    watch.look(legs)
    await settled()
    await settled()
  }
  return { watch, told, asked, held, look, legs }
}

t.test('the difference of two readings is told, and nothing before', async t => {
  const { look, told, asked } = start()
  await look(10_000, '100|2||0.5|')
  await look(12_000, '200|2||0.5|')
  t.same(told, [])
  t.equal(asked.length, 2, 'asked once in five seconds')
  await look(15_000, '350|4||1.5|80')
  t.match(told, [
    {
      type: 'leg-quality',
      legId: id,
      callId: 'c',
      forMs: 5000,
      packets: 250,
      lost: 2,
      jitterMs: 1.5,
      roundTripMs: 80,
    },
  ])
  t.ok((told[0]?.mos ?? 0) > 3 && (told[0]?.mos ?? 0) < 4.4)
  await look(20_000, '350|4||1.5|80')
  t.match(told[1], { packets: 0, lost: 0 })
  t.notOk('mos' in (told[1] ?? {}), 'silence has no score')
})

t.test('what a FreeSWITCH reports by RTCP is better than its flaws', async t => {
  const { look, told, watch } = start()
  const report = (lost: number) =>
    watch.hear(
      toEslEvent(`Event-Name: SEND_RTCP_MESSAGE\nUnique-ID: ${id}\nSource-Lost: ${lost}\n\n`),
    )
  await look(10_000, '100|0|4||')
  report(1)
  await look(15_000, '350|9|4||')
  t.match(told[0], { lost: 9, jitterMs: 2 }, 'one report alone says nothing of a stretch')
  report(4)
  watch.hear(toEslEvent(`Event-Name: RECV_RTCP_MESSAGE\nUnique-ID: ${id}\nRtt0-Avg: 0.123000\n\n`))
  await look(20_000, '600|18|4||')
  t.match(told[1], { lost: 3, roundTripMs: 123 })
  report(0xfffffffe)
  await look(25_000, '850|18|4||')
  t.match(told[2], { lost: 0 }, 'fewer than none is none')
})

t.test('a short rest at the end is told; a leg that is gone harms nobody', async t => {
  const { look, told, watch, held, legs } = start()
  await look(10_000, '100|0||0.5|')
  const ended = {
    type: 'leg-ended',
    at: 12_000,
    legId: id,
    callId: callId('c'),
    cause: 'normal',
    endedBy: 'switch',
    quality: { packetsIn: 200, packetsOut: 1, lost: 1, jitterMs: 1 },
  } as const
  t.match(watch.rest(ended), { forMs: 2000, packets: 100, lost: 1 })
  t.equal(watch.rest(ended), undefined, 'once')
  await look(13_000, '100|0||0.5|')
  held.gone = true
  await look(20_000, '')
  t.same(told, [])
  held.gone = false
  await look(26_000, '900|0||0.5|')
  t.same(told, [], 'counting begins anew')
  legs.clear()
  await look(40_000, '')
  t.same(told, [])
})
