// Hold by us and by the phone: what the phone is told, who hears music, what the events say.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import { hears } from './stage/ears.ts'
import type { Scene } from './stage/scene.ts'
import { bodyOf, directionOf, sdpText, statusOf } from './stage/text.ts'

async function talking(scene: Scene) {
  const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
  await scene.bridge(caller, agent)
  await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])

  return { caller, agent }
}

export const HOLDING: readonly Behaviour[] = [
  {
    name: 'hold: the phone is told by a re-INVITE, the caller hears music, and retrieve undoes it',
    requirement: 'W-TEL-4',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      await scene.perform({ type: 'hold-leg', legId: agent.uuid })
      const reinvite = await agent.talk.requested('INVITE')
      assert.equal(directionOf(bodyOf(reinvite)), 'sendonly')
      await scene.fact(agent.uuid, 'leg-held')
      await Promise.all([hears(caller.talk.ear, ['music']), hears(agent.talk.ear, [])])
      await scene.perform({ type: 'retrieve-leg', legId: agent.uuid })
      const back = await agent.talk.requested('INVITE', 2)
      assert.equal(directionOf(bodyOf(back)), 'sendrecv')
      await scene.fact(agent.uuid, 'leg-retrieved')
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
      assert.deepEqual(
        scene.facts(caller.uuid).filter(({ type }) => type === 'leg-held' || type === 'play-ended'),
        [],
      )
    },
  },
  {
    name: 'hold and retrieve three times in a row',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      for (let i = 0; i < 3; i++) {
        await scene.perform({ type: 'hold-leg', legId: agent.uuid })
        await hears(caller.talk.ear, ['music'])
        await scene.perform({ type: 'retrieve-leg', legId: agent.uuid })
        await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
      }
    },
  },
  {
    name: 'a held leg shows as HELD among the channels, and again as active',
    async run(scene) {
      const { agent } = await talking(scene)
      const state = async () => {
        const shown = JSON.parse(await scene.api('show channels as json')) as {
          rows?: Record<string, string>[]
        }
        return shown.rows?.find(row => row['uuid'] === agent.uuid)?.['callstate']
      }
      await scene.perform({ type: 'hold-leg', legId: agent.uuid })
      await scene.until('HELD', async () => (await state()) === 'HELD')
      await scene.perform({ type: 'retrieve-leg', legId: agent.uuid })
      await scene.until('active', async () => /^(ACTIVE|UNHELD)$/.test((await state()) ?? ''))
    },
  },
  {
    name: 'the phone itself holds: the answer mirrors it, the caller hears music, and it is told',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const { ear } = agent.talk
      const sdp = (direction: 'sendonly' | 'sendrecv', version: number) =>
        sdpText({ port: ear.port, rtcpPort: ear.rtcpPort, direction, version })
      const answer = await agent.talk.reinvite(sdp('sendonly', 10))
      assert.equal(statusOf(answer), 200)
      assert.equal(directionOf(bodyOf(answer)), 'recvonly')
      await scene.fact(agent.uuid, 'leg-held')
      await hears(caller.talk.ear, ['music'])
      const again = await agent.talk.reinvite(sdp('sendrecv', 11))
      assert.equal(statusOf(again), 200)
      assert.equal(directionOf(bodyOf(again)), 'sendrecv')
      await scene.fact(agent.uuid, 'leg-retrieved')
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
    },
  },
  {
    name: 'a caller who holds hears nothing of ours, and the agent hears music',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const { ear } = caller.talk
      const sdp = (direction: 'inactive' | 'sendrecv', version: number) =>
        sdpText({ port: ear.port, rtcpPort: ear.rtcpPort, direction, version })
      const answer = await caller.talk.reinvite(sdp('inactive', 10))
      assert.equal(directionOf(bodyOf(answer)), 'inactive')
      await scene.fact(caller.uuid, 'leg-held')
      await hears(agent.talk.ear, ['music'])
      await caller.talk.reinvite(sdp('sendrecv', 11))
      await scene.fact(caller.uuid, 'leg-retrieved')
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
    },
  },
  {
    name: 'a held agent’s leg can be parted: the caller goes on to a third and back',
    requirement: 'W-TEL-4',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      await scene.perform({ type: 'hold-leg', legId: agent.uuid })
      await hears(caller.talk.ear, ['music'])
      const third = await scene.agent({ voice: 'third' })
      await scene.perform({ type: 'retrieve-leg', legId: agent.uuid })
      await scene.perform({ type: 'bridge-legs', legId: agent.uuid, otherLegId: third.uuid })
      await Promise.all([hears(third.talk.ear, ['agent']), hears(agent.talk.ear, ['third'])])
      await scene.perform({ type: 'bridge-legs', legId: caller.uuid, otherLegId: agent.uuid })
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
    },
  },
  {
    name: 'the agent hangs up while holding: the caller is parked and the music ends',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      await scene.perform({ type: 'hold-leg', legId: agent.uuid })
      await hears(caller.talk.ear, ['music'])
      const after = scene.mark()
      await agent.talk.hangUp()
      await scene.event(caller.uuid, 'CHANNEL_PARK', { after })
      await hears(caller.talk.ear, [])
    },
  },
]
