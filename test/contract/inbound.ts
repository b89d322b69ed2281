// A call that comes in: which events tell of it, in which order, with which headers.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import { hears } from './stage/ears.ts'
import type { SeenEvent } from './stage/event-socket.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Those that we read; a switch tells of more. */
const TOLD = new Set([
  'CHANNEL_CREATE',
  'CHANNEL_PARK',
  'CHANNEL_ANSWER',
  'CHANNEL_HANGUP',
  'CHANNEL_HANGUP_COMPLETE',
  'CHANNEL_DESTROY',
])
const order = (events: readonly SeenEvent[]) =>
  events.map(event => event.name).filter(name => TOLD.has(name))

export const INBOUND: readonly Behaviour[] = [
  {
    name: 'a call that comes in is created, parked, answered, hung up and destroyed, in this order',
    requirement: 'W-TEL-1',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      await talk.hangUp()
      await scene.event(uuid, 'CHANNEL_DESTROY')
      assert.deepEqual(order(scene.eventsOf(uuid)), [
        'CHANNEL_CREATE',
        'CHANNEL_PARK',
        'CHANNEL_ANSWER',
        'CHANNEL_HANGUP',
        'CHANNEL_HANGUP_COMPLETE',
        'CHANNEL_DESTROY',
      ])
      assert.equal(await scene.api(`uuid_exists ${uuid}`), 'false')
    },
  },
  {
    name: 'CHANNEL_CREATE says who calls whom as the network asserts it, from where, and nothing of a user',
    async run(scene) {
      const { uuid, talk } = await scene.ringingCaller({
        from: '13911112222',
        headers: ['X-Hotline-Trace: a b', 'P-Asserted-Identity: <sip:01088886666@ims.example>'],
      })
      const created = await scene.event(uuid, 'CHANNEL_CREATE')
      assert.match(uuid, UUID)
      assert.match(created.get('Core-UUID') ?? '', UUID)
      assert.match(created.get('Event-Date-Timestamp') ?? '', /^\d{16}$/)
      assert.match(created.get('Event-Sequence') ?? '', /^\d+$/)
      const expected = {
        'Call-Direction': 'inbound',
        'Answer-State': 'ringing',
        'Channel-Call-State': 'DOWN',
        'Caller-Direction': 'inbound',
        // RFC 3325: what the network asserts is who calls.
        'Caller-Caller-ID-Number': '01088886666',
        'Caller-Destination-Number': scene.subject.number,
        'Caller-Unique-ID': uuid,
        'Caller-Network-Addr': '127.0.0.1',
        'Caller-Channel-Answered-Time': '0',
        variable_sip_call_id: talk.callId,
        variable_sip_network_ip: '127.0.0.1',
        variable_sip_from_user: '13911112222',
        variable_sip_to_user: scene.subject.number,
        variable_sip_req_user: scene.subject.number,
        'variable_sip_h_X-Hotline-Trace': 'a b',
        variable_direction: 'inbound',
      }
      for (const [header, value] of Object.entries(expected))
        assert.equal(created.get(header), value, header)
      assert.equal(created.get('variable_user_name'), undefined)
      assert.equal(created.get('variable_hotline_call'), undefined)
      assert.match(created.get('variable_switch_r_sdp') ?? '', /m=audio \d+ RTP\/AVP 8 101/)
      assert.ok(
        Number(created.get('Caller-Channel-Created-Time')) > 1.6e15,
        'created in microseconds',
      )
    },
  },
  {
    name: 'the driver learns of a call: created, parked, answered, ended by the far end, with its quality',
    async run(scene) {
      const { uuid, talk } = await scene.caller({ from: '13911113333' })
      const created = await scene.fact(uuid, 'leg-created')
      assert.equal(created.direction, 'inbound')
      assert.equal(created.callerNumber, '13911113333')
      assert.equal(created.calledNumber, scene.subject.number)
      assert.equal(created.sipCallId, talk.callId)
      assert.equal(created.networkAddress, '127.0.0.1')
      assert.equal(created.authenticatedAgent, undefined)
      assert.equal(created.video, false)
      assert.ok(Math.abs(created.at - Date.now()) < 60_000)
      await scene.fact(uuid, 'leg-parked')
      await scene.fact(uuid, 'leg-answered')
      await scene.until('some sound', () => scene.eventsOf(uuid).length > 0)
      await new Promise(resolve => setTimeout(resolve, 1000))
      await talk.hangUp()
      const ended = await scene.fact(uuid, 'leg-ended')
      assert.equal(ended.cause, 'normal')
      assert.equal(ended.endedBy, 'far-end')
      assert.equal(ended.sipStatus, undefined)
      assert.ok((ended.quality?.packetsIn ?? 0) >= 25, `${ended.quality?.packetsIn} packets in`)
      assert.ok((ended.quality?.lost ?? 99) <= 5, `${ended.quality?.lost} lost`)
      const parked = scene.facts(uuid).filter(fact => fact.type === 'leg-parked')
      assert.equal(parked.length, 1)
    },
  },
  {
    name: 'an INVITE with an agent’s credentials names its user, with wrong ones it is refused',
    requirement: 'W-TEL-7',
    async run(scene) {
      const phone = await scene.phone()
      const talk = await phone.call({ to: '013800000000' })
      const created = await scene.esl.wait(
        'the leg',
        event =>
          event.name === 'CHANNEL_CREATE' && event.get('variable_sip_call_id') === talk.callId,
      )
      assert.equal(created.get('variable_user_name'), phone.user)
      assert.equal(created.get('Caller-Destination-Number'), '013800000000')
      assert.ok(talk.statuses().includes(401) || talk.statuses().includes(407))
      await scene.event(created.uuid, 'CHANNEL_PARK')
      await scene.api(`uuid_kill ${created.uuid}`)
      await talk.refused()
    },
  },
  {
    name: 'uuid_answer answers with our codec and RFC 4733, and a second one does no harm',
    async run(scene) {
      const { uuid, talk } = await scene.ringingCaller()
      assert.match(await scene.api(`uuid_answer ${uuid}`), /^\+OK/)
      await talk.answered()
      assert.match(talk.farSdp(), /m=audio \d+ RTP\/AVP 8 101/)
      assert.match(talk.farSdp(), /a=rtpmap:101 telephone-event\/8000/)
      const answered = await scene.event(uuid, 'CHANNEL_ANSWER')
      assert.equal(answered.get('Answer-State'), 'answered')
      assert.ok(Number(answered.get('Caller-Channel-Answered-Time')) > 0)
      await scene.api(`uuid_answer ${uuid}`)
      assert.equal(scene.eventsOf(uuid).filter(event => event.name === 'CHANNEL_ANSWER').length, 1)
    },
  },
  {
    name: 'an INVITE without an offer gets ours in the answer, and the ACK brings theirs',
    async run(scene) {
      const carrier = await scene.carrier()
      const talk = await carrier.call({ to: scene.subject.number, sdp: '' })
      talk.take = undefined
      const created = await scene.esl.wait(
        'the leg',
        event =>
          event.name === 'CHANNEL_CREATE' && event.get('variable_sip_call_id') === talk.callId,
      )
      scene.defer(() => scene.api(`uuid_kill ${created.uuid}`))
      await scene.event(created.uuid, 'CHANNEL_PARK')
      await scene.perform({
        type: 'guard-leg',
        legId: created.uuid,
        callId: created.uuid,
        forMs: 60_000,
      })
      await scene.perform({ type: 'answer-leg', legId: created.uuid })
      await talk.answered()
      assert.match(talk.farSdp(), /^m=audio [1-9]\d* RTP\/AVP (\d+ )*8\b/m)
      await scene.fact(created.uuid, 'leg-answered')
      await scene.perform({
        type: 'play',
        legId: created.uuid,
        playId: scene.newId(),
        files: [scene.tone('prompt', 3)],
        loop: false,
      })
      await hears(talk.ear, ['prompt'])
    },
  },
]
