// Taps: both sides of a leg apart, while it lives, in the path of nothing.
import assert from 'node:assert/strict'
import { createTelephony } from '../../telephony/index.ts'
import type { Behaviour } from './stage/behaviour.ts'
import { hears } from './stage/ears.ts'
import type { Scene } from './stage/scene.ts'
import { openTapEar } from './stage/tap-ear.ts'

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** Longer than a tap may ever be behind. */
const HELD_MS = 4000

async function talking(scene: Scene) {
  const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
  await scene.bridge(caller, agent)
  await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])

  return { caller, agent }
}

const goesOn = (scene: Scene, { caller, agent }: Awaited<ReturnType<typeof talking>>) =>
  Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])

export const TAPPING: readonly Behaviour[] = [
  {
    name: 'a tap has what the party says and what it hears apart, in order and without a gap',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const [ofCaller, ofAgent] = [scene.tap(caller.uuid), scene.tap(agent.uuid)]
      await Promise.all([
        ofCaller.hears(['caller'], ['agent']),
        ofAgent.hears(['agent'], ['caller']),
      ])
      ofCaller.isWhole()
      ofAgent.isWhole()
    },
  },
  {
    name: 'a tap of a parked leg has the prompt on the side of what is heard, and goes on in silence after it',
    async run(scene) {
      const caller = await scene.caller()
      const tap = scene.tap(caller.uuid)
      await tap.hears(['caller'], [])
      await scene.perform({
        type: 'play',
        legId: caller.uuid,
        playId: scene.newId(),
        files: [scene.tone('prompt', 2)],
        loop: false,
      })
      await tap.hears(['caller'], ['prompt'])
      await tap.hears(['caller'], [])
      caller.talk.ear.silence()
      await tap.hears([], [])
      const before = tap.pieces.length
      await scene.until('more silence', () => tap.pieces.length > before + 20)
      tap.isWhole()
    },
  },
  {
    name: 'a tap follows its leg from one partner through hold to the next',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const tap = scene.tap(caller.uuid)
      await tap.hears(['caller'], ['agent'])
      await scene.perform({ type: 'hold-leg', legId: agent.uuid })
      await tap.hears(['caller'], ['music'])
      await scene.perform({ type: 'retrieve-leg', legId: agent.uuid })
      await tap.hears(['caller'], ['agent'])
      await scene.perform({ type: 'park-legs', legId: caller.uuid })
      await tap.hears(['caller'], [])
      const third = await scene.agent({ voice: 'third' })
      await scene.bridge(caller, third)
      await tap.hears(['caller'], ['third'])
      tap.isWhole()
    },
  },
  {
    name: 'what is said after a hold, and after a quiet wait, is heard as soon as before',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const tap = scene.tap(agent.uuid)
      await tap.hears(['agent'], ['caller'])
      await scene.perform({ type: 'hold-leg', legId: agent.uuid })
      await hears(caller.talk.ear, ['music'])
      await pause(HELD_MS)
      await scene.perform({ type: 'retrieve-leg', legId: agent.uuid })
      await tap.hears(['agent'], ['caller'])
      await scene.perform({ type: 'park-legs', legId: agent.uuid })
      await tap.hears(['agent'], [])
      await pause(HELD_MS)
      await scene.bridge(agent, caller)
      await tap.hears(['agent'], ['caller'])
      const before = tap.pieces.length
      agent.talk.speak('third')
      const spokenAt = performance.now()
      await tap.hears(['third'], ['caller'])
      const tookMs = performance.now() - spokenAt
      // What the switch had kept while it sent the leg nothing would come this much later, for ever.
      assert.ok(tookMs < HELD_MS, `${tookMs} ms`)
      assert.ok(tap.pieces.length > before)
      tap.isWhole()
    },
  },
  {
    name: 'a masked tap is silence on both sides for as long, and nobody else is masked by it',
    async run(scene) {
      const both = await talking(scene)
      const [masked, other] = [scene.tap(both.caller.uuid), scene.tap(both.caller.uuid)]
      await Promise.all([masked.hears(['caller'], ['agent']), other.hears(['caller'], ['agent'])])
      masked.tap.mask(true)
      await masked.hears([], [])
      await other.hears(['caller'], ['agent'])
      masked.tap.mask(false)
      await masked.hears(['caller'], ['agent'])
      masked.isWhole()
      await goesOn(scene, both)
    },
  },
  {
    name: 'two taps of one leg begin and end each by itself',
    async run(scene) {
      const both = await talking(scene)
      const first = scene.tap(both.caller.uuid)
      await first.hears(['caller'], ['agent'])
      const second = scene.tap(both.caller.uuid)
      await second.hears(['caller'], ['agent'])
      first.tap.stop()
      first.tap.stop()
      assert.deepEqual(first.ends, [{ end: 'stopped' }])
      const [heardByFirst, heardBySecond] = [first.pieces.length, second.pieces.length]
      await scene.until('the second to go on', () => second.pieces.length > heardBySecond + 20)
      assert.equal(first.pieces.length, heardByFirst)
      second.isWhole()
      second.tap.stop()
      const third = scene.tap(both.caller.uuid)
      await third.hears(['caller'], ['agent'])
      third.isWhole()
      await goesOn(scene, both)
    },
  },
  {
    name: 'a tap ends with its leg, once, and the partner’s goes on',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const [ofCaller, ofAgent] = [scene.tap(caller.uuid), scene.tap(agent.uuid)]
      await Promise.all([
        ofCaller.hears(['caller'], ['agent']),
        ofAgent.hears(['agent'], ['caller']),
      ])
      await caller.talk.hangUp()
      await scene.until('the end', () => ofCaller.ends.length > 0)
      await ofAgent.hears(['agent'], [])
      assert.deepEqual(ofCaller.ends, [{ end: 'leg-ended' }])
      ofCaller.isWhole()
    },
  },
  {
    name: 'a tap of a leg that is none fails, and says why',
    async run(scene) {
      const tap = scene.tap(scene.newId())
      await scene.until('the end', () => tap.ends.length > 0)
      assert.equal(tap.ends[0]?.end, 'failed')
      assert.notEqual(tap.ends[0]?.detail ?? '', '')
      assert.deepEqual(tap.pieces, [])
    },
  },
  {
    name: 'a tap is nobody’s recording, and stands beside one',
    async run(scene) {
      const { caller } = await talking(scene)
      const tap = scene.tap(caller.uuid)
      await tap.hears(['caller'], ['agent'])
      const path = scene.newFile()
      await scene.perform({ type: 'start-recording', legId: caller.uuid, path })
      await scene.fact(caller.uuid, 'recording-started')
      const before = tap.pieces.length
      await scene.until('more sound', () => tap.pieces.length > before + 20)
      await scene.perform({ type: 'stop-recording', legId: caller.uuid, path })
      await scene.fact(caller.uuid, 'recording-stopped')
      await tap.hears(['caller'], ['agent'])
      tap.isWhole()
      tap.tap.stop()
      await hears(caller.talk.ear, ['agent'])
      const told = scene.facts(caller.uuid).filter(({ type }) => type.startsWith('recording'))
      assert.equal(told.length, 2, JSON.stringify(told))
    },
  },
  {
    name: 'another server taps a leg whose tap was left behind, and one that goes disturbs no call',
    async run(scene) {
      const both = await talking(scene)
      const left = scene.tap(both.caller.uuid)
      await left.hears(['caller'], ['agent'])
      const quiet = () => undefined
      const other = createTelephony({
        url: scene.subject.eslUrl,
        nodeName: 'other',
        clock: { now: () => Date.now() },
        mediaFolder: scene.subject.mediaFolder,
        log: { info: quiet, warn: quiet, error: quiet },
      })
      scene.defer(() => other.close())
      await scene.until('the other server to connect', () => other.connected)
      const taken = openTapEar(other, both.caller.uuid)
      await taken.hears(['caller'], ['agent'])
      taken.isWhole()
      other.close()
      await scene.until('its end', () => taken.ends.length > 0)
      await goesOn(scene, both)
      const again = scene.tap(both.agent.uuid)
      await again.hears(['agent'], ['caller'])
    },
  },
]
