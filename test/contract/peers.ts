// What other networks and telephones may ask of SIP: reliable progress, session timers, video, probes.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import { hears } from './stage/ears.ts'
import type { Leg, Scene } from './stage/scene.ts'
import { bodyOf, headerOf, newTag, portOf, sdpText, statusOf } from './stage/text.ts'
import { createFarEnd, type FarEnd } from '../fixtures/far-end.ts'

const H264 = { payloadType: 99, format: 'H264/90000' } as const

/** A caller's SDP with a video line. */
const withVideo = (leg: Leg, video: FarEnd, version: number) =>
  sdpText({
    port: leg.talk.ear.port,
    rtcpPort: leg.talk.ear.rtcpPort,
    version,
    video: { port: video.port, ...H264 },
  })

async function picture(scene: Scene): Promise<FarEnd> {
  const end = await createFarEnd()
  scene.defer(() => end.close())

  return end
}

export const PEERS: readonly Behaviour[] = [
  {
    name: 'a caller that requires 100rel gets its early media reliably, and acknowledges it (RFC 3262)',
    requirement: 'W-TEL-3',
    async run(scene) {
      const { uuid, talk } = await scene.ringingCaller({
        headers: ['Supported: 100rel', 'Require: 100rel'],
      })
      await scene.perform({
        type: 'play',
        legId: uuid,
        playId: scene.newId(),
        files: [scene.tone('prompt', 20)],
        loop: false,
      })
      const progress = await scene.until('reliable progress', () =>
        talk.responses.find(one => statusOf(one) === 183 && headerOf(one, 'RSeq') !== ''),
      )
      assert.match(headerOf(progress, 'Require'), /100rel/)
      const cseq = headerOf(progress, 'CSeq')
      const answer = await talk.prack(`${headerOf(progress, 'RSeq')} ${cseq}`)
      assert.equal(statusOf(answer), 200)
      await hears(talk.ear, ['prompt'])
      await scene.perform({ type: 'answer-leg', legId: uuid })
      await talk.answered()
    },
  },
  {
    name: 'a caller that asks for a session timer gets one (RFC 4028)',
    requirement: 'W-TEL-3',
    async run(scene) {
      const { talk } = await scene.caller({
        headers: ['Supported: timer', 'Session-Expires: 1800;refresher=uac', 'Min-SE: 120'],
      })
      const answer = talk.responses.find(one => statusOf(one) === 200) ?? ''
      assert.match(headerOf(answer, 'Session-Expires'), /^\d+;\s*refresher=uac/)
      assert.ok(Number.parseInt(headerOf(answer, 'Session-Expires'), 10) <= 1800)
    },
  },
  {
    name: 'a session interval that is too small is refused with 422 and the least one (RFC 4028)',
    requirement: 'W-TEL-3',
    async run(scene) {
      const carrier = await scene.carrier()
      const talk = await carrier.call({
        to: scene.subject.number,
        headers: ['Supported: timer', 'Session-Expires: 30'],
      })
      assert.equal(await talk.refused(), 422)
      const refusal = talk.responses.at(-1) ?? ''
      assert.ok(Number(headerOf(refusal, 'Min-SE')) >= 90)
    },
  },
  {
    name: 'a re-INVITE that refreshes the session changes nothing',
    requirement: 'W-TEL-3',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
      await scene.bridge(caller, agent)
      const { ear } = caller.talk
      const answer = await caller.talk.reinvite(
        sdpText({ port: ear.port, rtcpPort: ear.rtcpPort, version: 20 }),
      )
      assert.equal(statusOf(answer), 200)
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
      assert.equal(
        scene.facts(caller.uuid).some(({ type }) => type === 'leg-held'),
        false,
      )
    },
  },
  {
    name: 'a phone that moves its sound to another port is heard and hears there',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
      await scene.bridge(caller, agent)
      await hears(caller.talk.ear, ['agent'])
      const moved = await picture(scene)
      const answer = await agent.talk.reinvite(
        sdpText({ port: moved.port, rtcpPort: moved.rtcpPort, version: 20 }),
      )
      assert.equal(statusOf(answer), 200)
      agent.talk.ear.silence()
      moved.speak(portOf(bodyOf(answer)), 810)
      await Promise.all([hears(caller.talk.ear, ['third']), hears(moved, ['caller'])])
    },
  },
  {
    name: 'OPTIONS is answered 200 where carriers call',
    requirement: 'W-TEL-3',
    async run(scene) {
      const carrier = await scene.carrier()
      const { host, port } = scene.subject.trunk
      const answer = await carrier.ask([
        `OPTIONS sip:${host}:${port} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${carrier.port};branch=z9hG4bK${newTag()};rport`,
        'Max-Forwards: 70',
        `From: <sip:probe@127.0.0.1:${carrier.port}>;tag=${newTag()}`,
        `To: <sip:${host}:${port}>`,
        `Call-ID: ${newTag()}@probe`,
        'CSeq: 1 OPTIONS',
        `Contact: <sip:probe@127.0.0.1:${carrier.port}>`,
      ])
      assert.equal(statusOf(answer), 200)
    },
  },
  {
    name: 'REFER within a call is declined and makes no leg',
    requirement: 'N-5',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      const legs = () => scene.esl.events.filter(event => event.name === 'CHANNEL_CREATE').length
      const before = legs()
      const answer = await talk.ask('REFER', ['Refer-To: <sip:0085290000000@127.0.0.1>'])
      assert.ok(statusOf(answer) >= 400, answer.split('\r\n')[0])
      assert.equal(await scene.api(`uuid_exists ${uuid}`), 'true')
      assert.ok(legs() - before < 5)
    },
  },
  {
    name: 'video that a caller adds in a talk: the talk goes on, and the other phone is not asked',
    requirement: 'W-TEL-6',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
      await scene.bridge(caller, agent)
      await hears(caller.talk.ear, ['agent'])
      const answer = await caller.talk.reinvite(withVideo(caller, await picture(scene), 20))
      assert.equal(statusOf(answer), 200)
      assert.ok(portOf(bodyOf(answer)) > 0, 'sound is agreed on')
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
      assert.deepEqual(agent.talk.requests, [])
    },
  },
  {
    name: 'video that a caller adds where the legs let it through: the other phone is offered it, and pictures pass',
    requirement: 'W-TEL-6',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
      for (const { uuid } of [caller, agent])
        for (const name of ['rtp_pass_codecs_on_stream_change', 'rtp_pass_codecs_on_reinvite'])
          await scene.api(`uuid_setvar ${uuid} ${name} true`)
      await scene.bridge(caller, agent)
      const [ours, theirs] = [await picture(scene), await picture(scene)]
      const { ear } = agent.talk
      agent.talk.take = message => {
        if (!message.startsWith('INVITE')) return false
        const offer = bodyOf(message)
        const [, payloadType = '0'] = /a=rtpmap:(\d+) H264\/90000/.exec(offer) ?? []
        const video = { port: theirs.port, payloadType: Number(payloadType), format: H264.format }
        agent.talk.reply(
          message,
          '200 OK',
          [],
          sdpText({ port: ear.port, rtcpPort: ear.rtcpPort, version: 30, video }),
        )

        return true
      }
      const answer = await caller.talk.reinvite(withVideo(caller, ours, 20))
      const reinvite = await agent.talk.requested('INVITE')
      assert.ok(portOf(bodyOf(reinvite), 'video') > 0)
      const to = portOf(bodyOf(answer), 'video')
      assert.ok(to > 0)
      // A key frame's first bytes (RFC 6184 §5.2), again and again.
      const timer = setInterval(
        () => ours.send(to, { ...H264, payload: Buffer.from([0x65, 1, 2, 3, 4, 5]), marker: true }),
        20,
      )
      scene.defer(() => clearInterval(timer))
      await scene.until('pictures at the other phone', () =>
        theirs.packets.some(packet => packet.payload[0] === 0x65),
      )
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
    },
  },
]
