// Prompts: one, several, again and again, broken off, missing; and keys meanwhile.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import { hears } from './stage/ears.ts'
import type { Scene } from './stage/scene.ts'

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

async function play(scene: Scene, uuid: string, files: readonly string[], loop = false) {
  const playId = scene.newId()
  await scene.perform({ type: 'play', legId: uuid, playId, files, loop })

  return playId
}

export const PLAYING: readonly Behaviour[] = [
  {
    name: 'a prompt is heard, begins and ends with the id we gave, and ends as finished',
    requirement: 'W-IVR-1',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      const file = scene.tone('prompt', 1)
      const id = await play(scene, uuid, [file])
      await hears(talk.ear, ['prompt'])
      const begun = await scene.event(uuid, 'CHANNEL_EXECUTE', {
        test: event => event.get('Application-UUID') === id,
      })
      assert.equal(begun.get('Application'), 'playback')
      assert.equal(begun.get('Application-Data'), file)
      const complete = await scene.event(uuid, 'CHANNEL_EXECUTE_COMPLETE', {
        test: event => event.get('Application-UUID') === id,
      })
      assert.equal(complete.get('Application-Response'), 'FILE PLAYED')
      assert.equal((await scene.fact(uuid, 'play-started')).playId, id)
      const ended = await scene.fact(uuid, 'play-ended')
      assert.equal(ended.playId, id)
      assert.equal(ended.outcome, 'finished')
      assert.ok(
        Number(complete.get('Event-Date-Timestamp')) - Number(begun.get('Event-Date-Timestamp')) >
          900_000,
      )
    },
  },
  {
    name: 'files of one play sound one after another',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      const id = await play(scene, uuid, [scene.tone('prompt', 1.5), scene.tone('second', 1.5)])
      await hears(talk.ear, ['prompt'])
      await hears(talk.ear, ['second'])
      assert.equal((await scene.fact(uuid, 'play-ended')).playId, id)
    },
  },
  {
    name: 'plays asked for one after another wait for each other',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      const first = await play(scene, uuid, [scene.tone('prompt', 1.5)])
      const second = await play(scene, uuid, [scene.tone('second', 1.5)])
      await hears(talk.ear, ['prompt'])
      await hears(talk.ear, ['second'])
      await scene.fact(uuid, 'play-ended', fact => fact.playId === second)
      assert.deepEqual(
        scene
          .facts(uuid)
          .flatMap(fact =>
            'playId' in fact ? [`${fact.type} ${fact.playId === first ? 1 : 2}`] : [],
          ),
        ['play-started 1', 'play-ended 1', 'play-started 2', 'play-ended 2'],
      )
    },
  },
  {
    name: 'a looped play goes on until it is stopped, and ends once',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      const id = await play(scene, uuid, [scene.tone('prompt', 1.2)], true)
      await hears(talk.ear, ['prompt'])
      await pause(3000)
      await hears(talk.ear, ['prompt'])
      assert.equal(
        scene.facts(uuid).some(({ type }) => type === 'play-ended'),
        false,
      )
      await scene.perform({ type: 'stop-play', legId: uuid })
      const ended = await scene.fact(uuid, 'play-ended')
      assert.equal(ended.playId, id)
      assert.equal(ended.outcome, 'stopped')
      await hears(talk.ear, [])
      assert.equal(scene.facts(uuid).filter(({ type }) => type === 'play-ended').length, 1)
    },
  },
  {
    name: 'stopping ends what plays and what waits, and the next play begins at once',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      const first = await play(scene, uuid, [scene.tone('prompt', 20)])
      const second = await play(scene, uuid, [scene.tone('second', 20)])
      await hears(talk.ear, ['prompt'])
      await Promise.all([
        scene.perform({ type: 'stop-play', legId: uuid }),
        play(scene, uuid, [scene.tone('apology', 3)]),
      ])
      await hears(talk.ear, ['apology'])
      for (const id of [first, second]) {
        const ended = await scene.fact(uuid, 'play-ended', fact => fact.playId === id)
        assert.equal(ended.outcome, 'stopped')
      }
    },
  },
  {
    name: 'a file that is missing ends its play as failed, and the next one sounds',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      const id = await play(scene, uuid, [scene.newFile()])
      const ended = await scene.fact(uuid, 'play-ended')
      assert.equal(ended.playId, id)
      assert.equal(ended.outcome, 'failed')
      await play(scene, uuid, [scene.tone('second', 2)])
      await hears(talk.ear, ['second'])
    },
  },
  {
    name: 'a prompt to a caller not answered yet is early media',
    async run(scene) {
      const { uuid, talk } = await scene.ringingCaller()
      await play(scene, uuid, [scene.tone('prompt', 3)])
      await hears(talk.ear, ['prompt'])
      assert.ok(talk.statuses().includes(183), talk.statuses().join(' '))
      assert.ok(!talk.statuses().includes(200))
      await scene.perform({ type: 'answer-leg', legId: uuid })
      await talk.answered()
    },
  },
  {
    name: 'the caller hangs up while a prompt plays: the play ends before the leg does',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      const id = await play(scene, uuid, [scene.tone('prompt', 20)])
      await hears(talk.ear, ['prompt'])
      await talk.hangUp()
      await scene.fact(uuid, 'leg-ended')
      const ended = await scene.fact(uuid, 'play-ended')
      assert.equal(ended.playId, id)
      assert.equal(ended.outcome, 'stopped')
      const types = scene.facts(uuid).map(({ type }) => type)
      assert.ok(types.indexOf('play-ended') < types.indexOf('leg-ended'))
    },
  },
  {
    name: 'a key does not break a prompt off, not even the star',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      const id = await play(scene, uuid, [scene.tone('prompt', 4)])
      await hears(talk.ear, ['prompt'])
      await talk.press('*')
      await scene.fact(uuid, 'digit-pressed')
      const ended = await scene.fact(uuid, 'play-ended')
      assert.equal(ended.playId, id)
      assert.equal(ended.outcome, 'finished')
    },
  },
  {
    name: 'a prompt played into a bridge is heard by that party alone, and the talk goes on after it',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
      await scene.bridge(caller, agent)
      await hears(caller.talk.ear, ['agent'])
      await play(scene, caller.uuid, [scene.tone('prompt', 3)])
      await Promise.all([hears(caller.talk.ear, ['prompt']), hears(agent.talk.ear, [])])
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
    },
  },
  {
    name: 'silence and tones are played as files are',
    async run(scene) {
      const { uuid, talk } = await scene.caller()
      await play(scene, uuid, ['silence_stream://500', scene.tone('prompt', 2)])
      await hears(talk.ear, ['prompt'])
      await scene.fact(uuid, 'play-ended')
      await play(scene, uuid, ['tone_stream://%(2000,0,1530)'])
      await hears(talk.ear, ['prompt'])
    },
  },
]
