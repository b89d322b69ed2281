// Two legs that hear each other, and what becomes of them when they are parted.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import { hears } from './stage/ears.ts'
import type { Leg, Scene } from './stage/scene.ts'

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** A caller and an agent who talk. */
async function talking(scene: Scene) {
  const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
  await scene.bridge(caller, agent)
  await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])

  return { caller, agent }
}

const isBridged = async (scene: Scene, a: Leg, b: Leg) => {
  const calls = JSON.parse(await scene.api('show calls as json')) as {
    rows?: Record<string, string>[]
  }

  return (calls.rows ?? []).some(
    row =>
      (row['uuid'] === a.uuid && row['b_uuid'] === b.uuid) ||
      (row['uuid'] === b.uuid && row['b_uuid'] === a.uuid),
  )
}

export const BRIDGING: readonly Behaviour[] = [
  {
    name: 'uuid_bridge lets two legs hear each other, and one event names both',
    requirement: 'W-TEL-2',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const bridges = scene.esl.events.filter(
        event =>
          event.name === 'CHANNEL_BRIDGE' &&
          (event.uuid === caller.uuid || event.uuid === agent.uuid),
      )
      assert.equal(bridges.length, 1)
      const [bridged] = bridges
      assert.deepEqual(
        [bridged?.get('Bridge-A-Unique-ID'), bridged?.get('Bridge-B-Unique-ID')].sort(),
        [caller.uuid, agent.uuid].sort(),
      )
      const facts = [...scene.facts(caller.uuid), ...scene.facts(agent.uuid)]
      assert.equal(facts.filter(fact => fact.type === 'legs-bridged').length, 1)
      await scene.until('the bridge among the calls', () => isBridged(scene, caller, agent))
    },
  },
  {
    name: 'the agent hangs up: the caller is parked again and hears nothing',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const after = scene.mark()
      await agent.talk.hangUp()
      await scene.event(caller.uuid, 'CHANNEL_PARK', { after })
      await scene.fact(agent.uuid, 'leg-ended')
      await hears(caller.talk.ear, [])
      assert.equal(caller.talk.isEnded, false)
      await scene.until('one fact that they are parted', () =>
        [...scene.facts(caller.uuid), ...scene.facts(agent.uuid)].some(
          fact => fact.type === 'legs-unbridged',
        ),
      )
      const ended = scene.eventsOf(agent.uuid).find(e => e.name === 'CHANNEL_HANGUP_COMPLETE')
      assert.equal(ended?.get('Hangup-Cause'), 'NORMAL_CLEARING')
    },
  },
  {
    name: 'the caller hangs up: the agent’s leg is parked and can be bridged again',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const after = scene.mark()
      await caller.talk.hangUp()
      await scene.event(agent.uuid, 'CHANNEL_PARK', { after })
      assert.equal(agent.talk.isEnded, false)
      const next = await scene.caller({ voice: 'third' })
      await scene.bridge(next, agent)
      await Promise.all([hears(next.talk.ear, ['agent']), hears(agent.talk.ear, ['third'])])
    },
  },
  {
    name: 'park-legs parts a bridge, parks both, and both can be bridged to others at once',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const third = await scene.agent({ voice: 'third' })
      const after = scene.mark()
      await scene.perform({ type: 'park-legs', legId: caller.uuid })
      await Promise.all([
        scene.event(caller.uuid, 'CHANNEL_PARK', { after }),
        scene.event(agent.uuid, 'CHANNEL_PARK', { after }),
      ])
      await Promise.all([hears(caller.talk.ear, []), hears(agent.talk.ear, [])])
      await scene.until('both facts', () =>
        [caller, agent].every(
          leg => scene.facts(leg.uuid).filter(fact => fact.type === 'leg-parked').length === 2,
        ),
      )
      await scene.bridge(caller, third)
      await Promise.all([hears(caller.talk.ear, ['third']), hears(third.talk.ear, ['caller'])])
    },
  },
  {
    name: 'a bridge asked for right after the parting stands',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      await Promise.all([
        scene.perform({ type: 'park-legs', legId: caller.uuid }),
        scene.perform({ type: 'bridge-legs', legId: caller.uuid, otherLegId: agent.uuid }),
      ])
      await pause(500)
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
      await scene.until('the bridge among the calls', () => isBridged(scene, caller, agent))
    },
  },
  {
    name: 'a leg of a bridge is bridged to a third: the one left behind is parked',
    requirement: 'W-TEL-4',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const third = await scene.agent({ voice: 'third' })
      const after = scene.mark()
      await scene.perform({ type: 'bridge-legs', legId: caller.uuid, otherLegId: third.uuid })
      await Promise.all([hears(caller.talk.ear, ['third']), hears(third.talk.ear, ['caller'])])
      await scene.event(agent.uuid, 'CHANNEL_PARK', { after })
      await hears(agent.talk.ear, [])
    },
  },
  {
    name: 'a bridge ends what plays, and its play is told as stopped',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
      const play = scene.newId()
      await scene.perform({
        type: 'play',
        legId: caller.uuid,
        playId: play,
        files: [scene.tone('prompt', 20)],
        loop: true,
      })
      await hears(caller.talk.ear, ['prompt'])
      await scene.bridge(caller, agent)
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
      const ended = await scene.fact(caller.uuid, 'play-ended')
      assert.equal(ended.playId, play)
      assert.equal(ended.outcome, 'stopped')
    },
  },
  {
    name: 'a caller not answered yet can be bridged with an agent once answered by the command before',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.ringingCaller(), scene.agent()])
      await Promise.all([
        scene.perform({ type: 'answer-leg', legId: caller.uuid }),
        scene.perform({ type: 'bridge-legs', legId: caller.uuid, otherLegId: agent.uuid }),
      ])
      await caller.talk.answered()
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
    },
  },
  {
    name: 'a bridge with a leg that is gone is refused, and the other leg stays',
    async run(scene) {
      const caller = await scene.caller()
      assert.match(await scene.api(`uuid_bridge ${caller.uuid} ${scene.newId()}`), /^-ERR/)
      await scene.perform({
        type: 'bridge-legs',
        legId: caller.uuid,
        otherLegId: scene.newId(),
      })
      const failed = await scene.fact(caller.uuid, 'command-failed')
      assert.equal(failed.command, 'bridge-legs')
      assert.equal(await scene.api(`uuid_exists ${caller.uuid}`), 'true')
    },
  },
  {
    name: 'the partner of a leg that we end is parked, and its bridge is told as ended once',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const after = scene.mark()
      await scene.perform({ type: 'hang-up-leg', legId: agent.uuid, cause: 'normal' })
      await scene.event(caller.uuid, 'CHANNEL_PARK', { after })
      await agent.talk.requested('BYE')
      await pause(300)
      const unbridged = [...scene.facts(caller.uuid), ...scene.facts(agent.uuid)].filter(
        fact => fact.type === 'legs-unbridged',
      )
      assert.equal(unbridged.length, 1)
    },
  },
  {
    name: 'keys pressed in a bridge reach the other party and are told',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      await caller.talk.press('7')
      const pressed = await scene.fact(caller.uuid, 'digit-pressed')
      assert.equal(pressed.digit, '7')
      await scene.until('the key at the agent', () =>
        agent.talk.ear.packets.some(
          packet => packet.payloadType === 101 && packet.payload[0] === 7,
        ),
      )
    },
  },
]
