// What crosses on the way: CANCEL and 200, BYE and everything, a phone that answers when nobody waits any more.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import type { Scene } from './stage/scene.ts'

async function ring(scene: Scene, user: string, timeoutMs = 20_000): Promise<string> {
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

const once = (scene: Scene, uuid: string, type: string) =>
  assert.equal(scene.facts(uuid).filter(fact => fact.type === type).length, 1, type)

export const RACES: readonly Behaviour[] = [
  {
    name: 'a phone whose answer crosses our CANCEL is hung up, and its leg ends once',
    async run(scene) {
      const phone = await scene.phone({ manner: 'ring' })
      const uuid = await ring(scene, phone.user)
      const talk = await phone.next()
      await scene.fact(uuid, 'leg-rang')
      // It answers as if the CANCEL had come too late.
      talk.take = message => {
        if (!message.startsWith('CANCEL')) return false
        talk.reply(message, '200 OK')
        talk.answer()

        return true
      }
      await scene.perform({ type: 'hang-up-leg', legId: uuid, cause: 'cancelled' })
      await talk.requested('BYE')
      await scene.fact(uuid, 'leg-ended')
      await new Promise(resolve => setTimeout(resolve, 300))
      once(scene, uuid, 'leg-ended')
      assert.equal(await scene.api(`uuid_exists ${uuid}`), 'false')
    },
  },
  {
    name: 'a caller’s CANCEL that crosses our answer leaves no leg behind',
    async run(scene) {
      const { uuid, talk } = await scene.ringingCaller()
      talk.cancel()
      await scene.perform({ type: 'answer-leg', legId: uuid })
      await talk.ended()
      await scene.fact(uuid, 'leg-ended')
      once(scene, uuid, 'leg-ended')
    },
  },
  {
    name: 'a caller who cancels at once leaves no leg behind',
    async run(scene) {
      const carrier = await scene.carrier()
      const talk = await carrier.call({ to: scene.subject.number })
      await scene.until('a first word', () => talk.statuses().length > 0)
      talk.cancel()
      assert.equal(await talk.refused(), 487)
      await scene.until('no leg of this call', () => {
        const created = scene.esl.events.find(
          event =>
            event.name === 'CHANNEL_CREATE' && event.get('variable_sip_call_id') === talk.callId,
        )

        return (
          created === undefined ||
          scene.eventsOf(created.uuid).some(event => event.name === 'CHANNEL_DESTROY')
        )
      })
    },
  },
  {
    name: 'a phone that answers and hangs up at once: answered and ended are told, in this order',
    async run(scene) {
      const phone = await scene.phone({ manner: 'ring' })
      const uuid = await ring(scene, phone.user)
      const talk = await phone.next()
      talk.answer()
      await scene.until('our ACK', () => talk.acks.length > 0)
      await talk.hangUp()
      await scene.fact(uuid, 'leg-ended')
      const types = scene.facts(uuid).map(({ type }) => type)
      assert.ok(types.indexOf('leg-answered') < types.indexOf('leg-ended'), types.join(' '))
      once(scene, uuid, 'leg-ended')
    },
  },
  {
    name: 'both parties hang up at once: each leg ends once',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
      await scene.bridge(caller, agent)
      await Promise.all([caller.talk.hangUp(), agent.talk.hangUp()])
      for (const { uuid } of [caller, agent]) {
        await scene.fact(uuid, 'leg-ended')
        once(scene, uuid, 'leg-ended')
      }
    },
  },
  {
    name: 'a bridge asked for while the caller hangs up leaves the agent’s leg parked',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
      await Promise.all([
        caller.talk.hangUp(),
        scene.perform({ type: 'bridge-legs', legId: caller.uuid, otherLegId: agent.uuid }),
      ])
      await scene.fact(caller.uuid, 'leg-ended')
      const next = await scene.caller({ voice: 'third' })
      await scene.bridge(next, agent)
      assert.equal(agent.talk.isEnded, false)
    },
  },
  {
    name: 'two orders to hang up do no harm',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      await Promise.all([
        scene.perform({ type: 'hang-up-leg', legId: uuid, cause: 'normal' }),
        scene.perform({ type: 'hang-up-leg', legId: uuid, cause: 'busy' }),
      ])
      await talk.ended()
      assert.equal((await scene.fact(uuid, 'leg-ended')).cause, 'normal')
      once(scene, uuid, 'leg-ended')
      assert.equal(
        scene.facts(uuid).some(({ type }) => type === 'command-failed'),
        false,
      )
    },
  },
]
