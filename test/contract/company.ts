// More than two: supervisors who listen, whisper and barge in, conferences of three, and a muted party.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import { hears } from './stage/ears.ts'
import type { Scene } from './stage/scene.ts'

async function talking(scene: Scene) {
  const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
  await scene.bridge(caller, agent)
  await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])

  return { caller, agent }
}

async function supervised(scene: Scene, mode: 'listen' | 'whisper' | 'barge') {
  const { caller, agent } = await talking(scene)
  const supervisor = await scene.agent({ voice: 'supervisor' })
  await scene.perform({
    type: 'monitor-leg',
    legId: supervisor.uuid,
    targetLegId: agent.uuid,
    mode,
  })

  return { caller, agent, supervisor }
}

export const COMPANY: readonly Behaviour[] = [
  {
    name: 'listen: the supervisor hears both, nobody hears the supervisor',
    requirement: 'W-MON-1',
    async run(scene) {
      const { caller, agent, supervisor } = await supervised(scene, 'listen')
      await Promise.all([
        hears(supervisor.talk.ear, ['agent', 'caller']),
        hears(caller.talk.ear, ['agent']),
        hears(agent.talk.ear, ['caller']),
      ])
    },
  },
  {
    name: 'whisper: the agent hears the supervisor, the caller does not',
    requirement: 'W-MON-1',
    async run(scene) {
      const { caller, agent, supervisor } = await supervised(scene, 'whisper')
      await Promise.all([
        hears(supervisor.talk.ear, ['agent', 'caller']),
        hears(agent.talk.ear, ['caller', 'supervisor']),
        hears(caller.talk.ear, ['agent']),
      ])
    },
  },
  {
    name: 'barge: all three hear each other',
    requirement: 'W-MON-1',
    async run(scene) {
      const { caller, agent, supervisor } = await supervised(scene, 'barge')
      await Promise.all([
        hears(supervisor.talk.ear, ['agent', 'caller']),
        hears(agent.talk.ear, ['caller', 'supervisor']),
        hears(caller.talk.ear, ['agent', 'supervisor']),
      ])
    },
  },
  {
    name: 'the mode of a monitor changes while it goes on',
    async run(scene) {
      const { caller, agent, supervisor } = await supervised(scene, 'listen')
      await hears(supervisor.talk.ear, ['agent', 'caller'])
      for (const mode of ['whisper', 'barge', 'listen'] as const) {
        await scene.perform({
          type: 'monitor-leg',
          legId: supervisor.uuid,
          targetLegId: agent.uuid,
          mode,
        })
        await Promise.all([
          hears(agent.talk.ear, mode === 'listen' ? ['caller'] : ['caller', 'supervisor']),
          hears(caller.talk.ear, mode === 'barge' ? ['agent', 'supervisor'] : ['agent']),
          hears(supervisor.talk.ear, ['agent', 'caller']),
        ])
      }
    },
  },
  {
    name: 'a supervisor who leaves disturbs nobody',
    async run(scene) {
      const { caller, agent, supervisor } = await supervised(scene, 'barge')
      await hears(caller.talk.ear, ['agent', 'supervisor'])
      await supervisor.talk.hangUp()
      await scene.fact(supervisor.uuid, 'leg-ended')
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
    },
  },
  {
    name: 'the keys of a supervisor change nothing',
    async run(scene) {
      const { caller, agent, supervisor } = await supervised(scene, 'listen')
      await hears(supervisor.talk.ear, ['agent', 'caller'])
      await supervisor.talk.press('3')
      await new Promise(resolve => setTimeout(resolve, 500))
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
    },
  },
  {
    name: 'the target of a monitor hangs up: the supervisor’s leg stays and can be used again',
    async run(scene) {
      const { caller, agent, supervisor } = await supervised(scene, 'listen')
      await hears(supervisor.talk.ear, ['agent', 'caller'])
      await agent.talk.hangUp()
      await scene.fact(agent.uuid, 'leg-ended')
      await hears(supervisor.talk.ear, [])
      assert.equal(supervisor.talk.isEnded, false)
      await scene.bridge(caller, supervisor)
      await Promise.all([
        hears(caller.talk.ear, ['supervisor']),
        hears(supervisor.talk.ear, ['caller']),
      ])
    },
  },
  {
    name: 'a conference of three: each hears the two others',
    requirement: 'W-TEL-4',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const third = await scene.agent({ voice: 'third' })
      const room = scene.newId()
      await scene.perform({ type: 'park-legs', legId: caller.uuid })
      for (const leg of [caller, agent, third])
        await scene.perform({ type: 'join-conference', legId: leg.uuid, room })
      await Promise.all([
        hears(caller.talk.ear, ['agent', 'third']),
        hears(agent.talk.ear, ['caller', 'third']),
        hears(third.talk.ear, ['agent', 'caller']),
      ])
    },
  },
  {
    name: 'one leaves a conference: the two others go on, and a leg taken out can be bridged',
    async run(scene) {
      const [caller, agent, third] = await Promise.all([
        scene.caller(),
        scene.agent(),
        scene.agent({ voice: 'third' }),
      ])
      const room = scene.newId()
      for (const leg of [caller, agent, third])
        await scene.perform({ type: 'join-conference', legId: leg.uuid, room })
      await hears(caller.talk.ear, ['agent', 'third'])
      await agent.talk.hangUp()
      await Promise.all([hears(caller.talk.ear, ['third']), hears(third.talk.ear, ['caller'])])
      const other = await scene.agent({ voice: 'supervisor' })
      await scene.bridge(caller, other)
      await Promise.all([
        hears(caller.talk.ear, ['supervisor']),
        hears(other.talk.ear, ['caller']),
        hears(third.talk.ear, []),
      ])
    },
  },
  {
    name: 'two conferences do not hear each other',
    async run(scene) {
      const legs = await Promise.all([
        scene.caller(),
        scene.agent(),
        scene.caller({ voice: 'third' }),
        scene.agent({ voice: 'supervisor' }),
      ])
      const [caller, agent, third, supervisor] = legs
      for (const [i, leg] of legs.entries())
        await scene.perform({
          type: 'join-conference',
          legId: leg.uuid,
          room: `${caller.uuid}-${i < 2 ? 'a' : 'b'}`,
        })
      await Promise.all([
        hears(caller.talk.ear, ['agent']),
        hears(agent.talk.ear, ['caller']),
        hears(third.talk.ear, ['supervisor']),
        hears(supervisor.talk.ear, ['third']),
      ])
    },
  },
  {
    name: 'uuid_break ends neither a conference nor a monitor',
    async run(scene) {
      const { caller, agent, supervisor } = await supervised(scene, 'listen')
      await hears(supervisor.talk.ear, ['agent', 'caller'])
      await scene.perform({ type: 'stop-play', legId: supervisor.uuid })
      await hears(supervisor.talk.ear, ['agent', 'caller'])
      const room = scene.newId()
      for (const leg of [caller, agent])
        await scene.perform({ type: 'join-conference', legId: leg.uuid, room })
      await hears(caller.talk.ear, ['agent'])
      await scene.perform({ type: 'stop-play', legId: caller.uuid })
      await new Promise(resolve => setTimeout(resolve, 300))
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
    },
  },
  {
    name: 'a muted party is not heard, hears all the same, and is heard again',
    requirement: 'W-TEL-4',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      await scene.perform({ type: 'mute-leg', legId: agent.uuid, muted: true })
      await Promise.all([hears(caller.talk.ear, []), hears(agent.talk.ear, ['caller'])])
      await scene.perform({ type: 'mute-leg', legId: agent.uuid, muted: false })
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
    },
  },
  {
    name: 'a muted party of a conference is not heard',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
      const room = scene.newId()
      for (const leg of [caller, agent])
        await scene.perform({ type: 'join-conference', legId: leg.uuid, room })
      await hears(caller.talk.ear, ['agent'])
      await scene.perform({ type: 'mute-leg', legId: agent.uuid, muted: true })
      await Promise.all([hears(caller.talk.ear, []), hears(agent.talk.ear, ['caller'])])
      await scene.perform({ type: 'mute-leg', legId: agent.uuid, muted: false })
      await hears(caller.talk.ear, ['agent'])
    },
  },
]
