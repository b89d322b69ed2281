// What the switch does when nobody controls it, and what is to be done later.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import { hears } from './stage/ears.ts'

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

export const GUARDING: readonly Behaviour[] = [
  {
    name: 'a call that nobody claims gets 503 after three seconds',
    requirement: 'N-6',
    async run(scene) {
      const startedAt = performance.now()
      const { talk, uuid } = await scene.ringingCaller({ isUnclaimed: true })
      assert.equal(await talk.refused(), 503)
      const tookMs = performance.now() - startedAt
      assert.ok(tookMs > 1900, `after ${tookMs} ms`)
      const complete = await scene.event(uuid, 'CHANNEL_HANGUP_COMPLETE')
      assert.equal(complete.get('Hangup-Cause'), 'NORMAL_TEMPORARY_FAILURE')
    },
  },
  {
    name: 'a claimed call is not ended by that',
    requirement: 'N-6',
    async run(scene) {
      const { talk, uuid } = await scene.ringingCaller()
      await pause(4000)
      assert.deepEqual(
        talk.statuses().filter(status => status >= 200),
        [],
      )
      assert.equal(await scene.api(`uuid_exists ${uuid}`), 'true')
    },
  },
  {
    name: 'a guard that is not renewed plays the apology and ends the call as orphaned',
    requirement: 'N-6',
    async run(scene) {
      const { talk, uuid } = await scene.caller()
      await scene.perform({ type: 'guard-leg', legId: uuid, callId: uuid, forMs: 1500 })
      await hears(talk.ear, ['apology'])
      await talk.requested('BYE')
      const ended = await scene.fact(uuid, 'leg-ended')
      assert.equal(ended.cause, 'orphaned')
    },
  },
  {
    name: 'a guard that fires ends a prompt, and takes a caller not answered yet',
    requirement: 'N-6',
    async run(scene) {
      const { talk, uuid } = await scene.ringingCaller()
      await scene.perform({
        type: 'play',
        legId: uuid,
        playId: scene.newId(),
        files: [scene.tone('prompt', 20)],
        loop: true,
      })
      await hears(talk.ear, ['prompt'])
      await scene.perform({ type: 'guard-leg', legId: uuid, callId: uuid, forMs: 1000 })
      await hears(talk.ear, ['apology'])
      assert.equal(await talk.refused(), 504)
      assert.equal((await scene.fact(uuid, 'leg-ended')).cause, 'orphaned')
    },
  },
  {
    name: 'a guard that is renewed or taken off does not fire',
    requirement: 'N-6',
    async run(scene) {
      const [renewed, freed] = await Promise.all([scene.caller(), scene.caller()])
      for (const { uuid } of [renewed, freed])
        await scene.perform({ type: 'guard-leg', legId: uuid, callId: uuid, forMs: 2000 })
      await scene.perform({ type: 'unguard-leg', legId: freed.uuid })
      await pause(1000)
      await scene.perform({
        type: 'guard-leg',
        legId: renewed.uuid,
        callId: renewed.uuid,
        forMs: 60_000,
      })
      await pause(2500)
      for (const { uuid, talk } of [renewed, freed]) {
        assert.equal(talk.isEnded, false)
        assert.equal(
          scene.eventsOf(uuid).some(event => event.name === 'PLAYBACK_START'),
          false,
        )
      }
    },
  },
  {
    name: 'a guard does not fire in a talk, and there is one again when the talk ends',
    requirement: 'N-6',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
      await scene.perform({
        type: 'guard-leg',
        legId: caller.uuid,
        callId: caller.uuid,
        forMs: 2000,
      })
      await scene.bridge(caller, agent)
      await pause(3500)
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
      const after = scene.mark()
      await agent.talk.hangUp()
      await scene.event(caller.uuid, 'CHANNEL_PARK', { after })
      assert.match(await scene.api(`sched_del ${caller.uuid}`), /^\+OK Deleted: [1-9]/)
    },
  },
  {
    name: 'sched_hangup ends a call with its cause, and sched_del by the call’s id takes it back',
    async run(scene) {
      const [ended, kept] = await Promise.all([scene.caller(), scene.caller()])
      assert.match(await scene.api(`sched_hangup +1 ${ended.uuid} USER_BUSY`), /^\+OK/)
      assert.match(await scene.api(`sched_hangup +1 ${kept.uuid} USER_BUSY`), /^\+OK/)
      assert.match(await scene.api(`sched_del ${kept.uuid}`), /^\+OK Deleted: [12]/)
      const complete = await scene.event(ended.uuid, 'CHANNEL_HANGUP_COMPLETE')
      assert.equal(complete.get('Hangup-Cause'), 'USER_BUSY')
      await pause(1500)
      assert.equal(kept.talk.isEnded, false)
    },
  },
  {
    name: 'the guard of a caller not answered yet shows in what the leg says of its call',
    async run(scene) {
      const { uuid } = await scene.ringingCaller()
      await scene.until(
        'the variable',
        async () => (await scene.api(`uuid_getvar ${uuid} hotline_call`)) === uuid,
      )
      const after = scene.mark()
      await scene.perform({ type: 'answer-leg', legId: uuid })
      const answered = await scene.event(uuid, 'CHANNEL_ANSWER', { after })
      assert.equal(answered.get('variable_hotline_call'), uuid)
    },
  },
]
