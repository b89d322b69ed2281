// Why a leg ended, in both directions: our word, FreeSWITCH's, the SIP status.
import assert from 'node:assert/strict'
import { CAUSES, type EndCause } from '../../telephony/call/cause.ts'
import type { Behaviour } from './stage/behaviour.ts'
import type { Scene } from './stage/scene.ts'
import { headerOf } from './stage/text.ts'

const causes = Object.keys(CAUSES) as EndCause[]

/** Rings a phone through the driver; the leg's id. */
async function ringOut(scene: Scene, user: string, timeoutMs = 30_000): Promise<string> {
  const uuid = scene.newId()
  scene.defer(() => scene.api(`uuid_kill ${uuid}`))
  await scene.perform({
    type: 'originate-leg',
    legId: uuid,
    callId: scene.newId(),
    to: { kind: 'agent', agentId: user },
    callerNumber: '13800009999',
    timeoutMs,
    autoAnswer: false,
  })

  return uuid
}

/** A phone's refusal: FreeSWITCH's cause, our word. */
const REFUSALS: readonly (readonly [status: number, hangupCause: string, cause: EndCause])[] = [
  [400, 'NORMAL_TEMPORARY_FAILURE', 'unavailable'],
  [403, 'CALL_REJECTED', 'rejected'],
  [404, 'UNALLOCATED_NUMBER', 'unknown-number'],
  [408, 'RECOVERY_ON_TIMER_EXPIRE', 'no-response'],
  [410, 'NUMBER_CHANGED', 'unknown-number'],
  [480, 'NO_USER_RESPONSE', 'no-response'],
  [484, 'INVALID_NUMBER_FORMAT', 'failed'],
  [486, 'USER_BUSY', 'busy'],
  [488, 'INCOMPATIBLE_DESTINATION', 'no-codec'],
  [500, 'NORMAL_TEMPORARY_FAILURE', 'unavailable'],
  [502, 'NETWORK_OUT_OF_ORDER', 'out-of-order'],
  [503, 'NORMAL_TEMPORARY_FAILURE', 'unavailable'],
  [504, 'RECOVERY_ON_TIMER_EXPIRE', 'no-response'],
  [600, 'USER_BUSY', 'busy'],
  [603, 'CALL_REJECTED', 'rejected'],
  [604, 'NO_ROUTE_DESTINATION', 'unknown-number'],
  [606, 'INCOMPATIBLE_DESTINATION', 'no-codec'],
]

const ending = (cause: EndCause): Behaviour => ({
  name: `a ringing caller ended as ${cause} gets ${CAUSES[cause].sip} and the leg ends as ${CAUSES[cause].freeswitch}`,
  async run(scene) {
    const { uuid, talk } = await scene.ringingCaller()
    await scene.perform({ type: 'hang-up-leg', legId: uuid, cause })
    assert.equal(await talk.refused(), CAUSES[cause].sip)
    const complete = await scene.event(uuid, 'CHANNEL_HANGUP_COMPLETE')
    assert.equal(complete.get('Hangup-Cause'), CAUSES[cause].freeswitch)
    assert.equal(complete.get('variable_hangup_cause_q850'), String(CAUSES[cause].q850))
    const ended = await scene.fact(uuid, 'leg-ended')
    assert.equal(ended.cause, cause)
    assert.equal(ended.endedBy, 'switch')
  },
})

const refusal = ([status, hangupCause, cause]: (typeof REFUSALS)[number]): Behaviour => ({
  name: `a phone that refuses with ${status} ends its leg as ${hangupCause}`,
  async run(scene) {
    const phone = await scene.phone({ manner: status })
    const uuid = await ringOut(scene, phone.user)
    const complete = await scene.event(uuid, 'CHANNEL_HANGUP_COMPLETE')
    assert.equal(complete.get('Hangup-Cause'), hangupCause)
    const ended = await scene.fact(uuid, 'leg-ended')
    assert.equal(ended.cause, cause)
    assert.equal(ended.sipStatus, status)
    assert.equal(ended.endedBy, 'far-end')
    const job = await scene.esl.wait(
      'the job',
      event => event.name === 'BACKGROUND_JOB' && event.get('Job-UUID') === uuid,
    )
    assert.match(job.body, new RegExp(`^-ERR ${hangupCause}\\b`))
  },
})

export const CAUSE_BEHAVIOURS: readonly Behaviour[] = [
  ...causes.map(ending),
  ...REFUSALS.map(refusal),
  {
    name: 'a phone that rings in vain is cancelled when the time is over, and the leg ends as NO_ANSWER',
    async run(scene) {
      const phone = await scene.phone({ manner: 'ring' })
      const uuid = await ringOut(scene, phone.user, 2000)
      const talk = await phone.next()
      await talk.requested('CANCEL')
      const complete = await scene.event(uuid, 'CHANNEL_HANGUP_COMPLETE')
      assert.equal(complete.get('Hangup-Cause'), 'NO_ANSWER')
      const ended = await scene.fact(uuid, 'leg-ended')
      assert.equal(ended.cause, 'no-answer')
      assert.equal(ended.endedBy, 'switch')
      await scene.fact(uuid, 'leg-rang')
    },
  },
  {
    name: 'a phone that says nothing at all ends as NO_ANSWER when the time is over',
    async run(scene) {
      const phone = await scene.phone({ manner: 'silent' })
      const uuid = await ringOut(scene, phone.user, 2000)
      const complete = await scene.event(uuid, 'CHANNEL_HANGUP_COMPLETE')
      assert.equal(complete.get('Hangup-Cause'), 'NO_ANSWER')
      assert.equal((await scene.fact(uuid, 'leg-ended')).cause, 'no-answer')
    },
  },
  {
    name: 'an agent without a phone ends the leg as not registered',
    async run(scene) {
      const uuid = await ringOut(scene, '3999')
      assert.equal((await scene.fact(uuid, 'leg-ended')).cause, 'not-registered')
    },
  },
  {
    name: 'a leg we end while its phone rings is cancelled there',
    async run(scene) {
      const phone = await scene.phone({ manner: 'ring' })
      const uuid = await ringOut(scene, phone.user)
      const talk = await phone.next()
      await scene.fact(uuid, 'leg-rang')
      await scene.perform({ type: 'hang-up-leg', legId: uuid, cause: 'picked' })
      await talk.requested('CANCEL')
      await talk.ended()
      const ended = await scene.fact(uuid, 'leg-ended')
      assert.equal(ended.cause, 'picked')
      assert.equal(ended.endedBy, 'switch')
    },
  },
  {
    name: 'a caller’s CANCEL ends the leg as ORIGINATOR_CANCEL and gets 487',
    async run(scene) {
      const { uuid, talk } = await scene.ringingCaller()
      talk.cancel()
      assert.equal(await talk.refused(), 487)
      const complete = await scene.event(uuid, 'CHANNEL_HANGUP_COMPLETE')
      assert.equal(complete.get('Hangup-Cause'), 'ORIGINATOR_CANCEL')
      assert.equal(complete.get('variable_sip_hangup_disposition'), 'recv_cancel')
      const ended = await scene.fact(uuid, 'leg-ended')
      assert.equal(ended.cause, 'cancelled')
      assert.equal(ended.endedBy, 'far-end')
    },
  },
  {
    name: 'a caller’s BYE ends the leg as NORMAL_CLEARING by the far end',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      await talk.hangUp()
      const complete = await scene.event(uuid, 'CHANNEL_HANGUP_COMPLETE')
      assert.equal(complete.get('Hangup-Cause'), 'NORMAL_CLEARING')
      assert.equal(complete.get('variable_sip_hangup_disposition'), 'recv_bye')
      assert.equal(complete.get('variable_sip_term_status'), '200')
    },
  },
  {
    name: 'a BYE with a Reason of Q.850 tells the cause',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      await talk.hangUp(['Reason: Q.850;cause=17;text="busy"'])
      const ended = await scene.fact(uuid, 'leg-ended')
      assert.equal(ended.cause, 'busy')
      assert.equal(ended.endedBy, 'far-end')
    },
  },
  {
    name: 'our BYE says why, and the leg ends by the switch',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      await scene.perform({ type: 'hang-up-leg', legId: uuid, cause: 'normal' })
      const bye = await talk.requested('BYE')
      assert.match(headerOf(bye, 'Reason'), /^Q\.850;cause=16/)
      const complete = await scene.event(uuid, 'CHANNEL_HANGUP_COMPLETE')
      assert.equal(complete.get('variable_sip_hangup_disposition'), 'send_bye')
      const ended = await scene.fact(uuid, 'leg-ended')
      assert.equal(ended.cause, 'normal')
      assert.equal(ended.endedBy, 'switch')
    },
  },
  {
    name: 'a caller whose codecs we do not speak gets 488',
    async run(scene) {
      const carrier = await scene.carrier()
      const talk = await carrier.call({
        to: scene.subject.number,
        sdp: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n',
      })
      assert.equal(await talk.refused(), 488)
    },
  },
]
