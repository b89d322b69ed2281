// Keys that a party presses, in both forms, and keys that we send.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'

export const DIGITS: readonly Behaviour[] = [
  {
    name: 'keys of RFC 4733 are told once each, in order, with their length',
    requirement: 'W-IVR-2',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      await talk.press('1209*#', 160)
      await scene.until(
        'six keys',
        () => scene.facts(uuid).filter(({ type }) => type === 'digit-pressed').length >= 6,
      )
      const pressed = scene.facts(uuid).filter(fact => fact.type === 'digit-pressed')
      assert.deepEqual(
        pressed.map(fact => fact.digit),
        ['1', '2', '0', '9', '*', '#'],
      )
      for (const { durationMs } of pressed)
        assert.ok(durationMs >= 100 && durationMs <= 300, `${durationMs} ms`)
      const event = scene.eventsOf(uuid).find(({ name }) => name === 'DTMF')
      assert.equal(event?.get('DTMF-Source'), 'RTP')
    },
  },
  {
    name: 'the letters A to D are keys',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      await talk.press('AD')
      await scene.fact(uuid, 'digit-pressed', fact => fact.digit === 'A')
      await scene.fact(uuid, 'digit-pressed', fact => fact.digit === 'D')
    },
  },
  {
    name: 'a key of INFO with application/dtmf-relay is told',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      const body = 'Signal=5\r\nDuration=160\r\n'
      const answer = await talk.ask('INFO', ['Content-Type: application/dtmf-relay'], body)
      assert.match(answer, /^SIP\/2\.0 200/)
      const pressed = await scene.fact(uuid, 'digit-pressed')
      assert.equal(pressed.digit, '5')
      assert.ok(pressed.durationMs >= 100 && pressed.durationMs <= 300, `${pressed.durationMs} ms`)
    },
  },
  {
    name: 'keys that we send reach the far end as RFC 4733, in order',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      await scene.perform({ type: 'send-digits', legId: uuid, digits: '42#' })
      const keys = () => {
        const seen: { event: number; timestamp: number }[] = []
        for (const { payloadType, payload, timestamp } of talk.ear.packets)
          if (payloadType === 101 && !seen.some(one => one.timestamp === timestamp))
            seen.push({ event: payload[0] ?? -1, timestamp })
        return seen.map(one => one.event)
      }
      await scene.until('three keys', () => keys().length >= 3)
      assert.deepEqual(keys(), [4, 2, 11])
    },
  },
]
