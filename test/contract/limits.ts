// Where a switch says no.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import { newTag, statusOf } from './stage/text.ts'

export const LIMITS: readonly Behaviour[] = [
  {
    name: 'a paused switch refuses new calls with 503, keeps those it has, and takes calls again',
    requirement: 'N-4',
    isAlone: true,
    async run(scene) {
      const caller = await scene.caller()
      scene.defer(() => scene.api('fsctl resume'))
      assert.match(await scene.api('fsctl pause'), /^\+OK/)
      const carrier = await scene.carrier()
      assert.equal(await (await carrier.call({ to: scene.subject.number })).refused(), 503)
      assert.equal(await scene.api(`uuid_exists ${caller.uuid}`), 'true')
      assert.match(await scene.api('fsctl resume'), /^\+OK/)
      await scene.caller()
    },
  },
  {
    name: 'an INVITE without credentials is challenged where phones call',
    requirement: 'N-5',
    async run(scene) {
      const stranger = await scene.stranger()
      const talk = await stranger.call({ to: '0085290000000', from: '3001' })
      const status = await talk.refused()
      assert.ok([401, 403, 404, 407].includes(status), String(status))
    },
  },
  {
    name: 'thirty calls at once are all parked, answered, and ended',
    requirement: 'W-CAP-1',
    isAlone: true,
    async run(scene) {
      const callers = await Promise.all(Array.from({ length: 30 }, () => scene.caller()))
      const live = await scene.liveLegs()
      for (const { uuid } of callers)
        assert.ok(live.some(leg => leg.legId === uuid && leg.state === 'parked'))
      await Promise.all(callers.map(({ talk }) => talk.hangUp()))
      for (const { uuid } of callers)
        assert.equal((await scene.fact(uuid, 'leg-ended')).cause, 'normal')
    },
  },
  {
    name: 'a request for a call that is unknown is answered 481',
    async run(scene) {
      const carrier = await scene.carrier()
      const { host, port } = scene.subject.trunk
      const answer = await carrier.ask([
        `BYE sip:${scene.subject.number}@${host}:${port} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${carrier.port};branch=z9hG4bK${newTag()};rport`,
        'Max-Forwards: 70',
        `From: <sip:nobody@127.0.0.1:${carrier.port}>;tag=${newTag()}`,
        `To: <sip:${scene.subject.number}@${host}:${port}>;tag=${newTag()}`,
        `Call-ID: ${newTag()}@gone`,
        'CSeq: 2 BYE',
      ])
      assert.equal(statusOf(answer), 481)
    },
  },
]
