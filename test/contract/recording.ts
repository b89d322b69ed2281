// Recordings: caller left, agent right, playable while they grow, masked where nobody may listen.
import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import { goertzel, readWav, rms } from '../fixtures/sound.ts'
import type { Behaviour } from './stage/behaviour.ts'
import { hears, TONES, voicesIn } from './stage/ears.ts'
import type { Scene } from './stage/scene.ts'

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

async function talking(scene: Scene) {
  const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
  await scene.bridge(caller, agent)
  await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])

  return { caller, agent }
}

const start = (scene: Scene, legId: string, path: string) =>
  scene.perform({ type: 'start-recording', legId, path })
const stop = (scene: Scene, legId: string, path: string) =>
  scene.perform({ type: 'stop-recording', legId, path })

/** Share of 100 ms windows in which a channel holds a tone, and in which it is silent. */
function windows(samples: Int16Array, rateHz: number, hz: number) {
  const size = rateHz / 10
  let tone = 0
  let silent = 0
  let all = 0
  for (let from = 0; from + size <= samples.length; from += size) {
    const piece = samples.subarray(from, from + size)
    all++
    if (rms(piece) < 30) silent++
    else if (goertzel(piece, rateHz, hz) > 0.5) tone++
  }

  return { tone, silent, all }
}

export const RECORDING: readonly Behaviour[] = [
  {
    name: 'a recording has the caller left and the agent right, and its length is told',
    requirement: 'W-REC-1',
    async run(scene) {
      const { caller } = await talking(scene)
      const path = scene.newFile()
      await start(scene, caller.uuid, path)
      assert.equal((await scene.fact(caller.uuid, 'recording-started')).path, path)
      await pause(3000)
      await stop(scene, caller.uuid, path)
      const stopped = await scene.fact(caller.uuid, 'recording-stopped')
      assert.equal(stopped.path, path)
      assert.equal(stopped.fault, undefined)
      assert.ok(
        stopped.durationMs >= 2500 && stopped.durationMs <= 4500,
        `${stopped.durationMs} ms`,
      )
      const wav = readWav(path)
      assert.equal(wav.rateHz, 8000)
      assert.equal(wav.channels.length, 2)
      assert.ok(Math.abs(wav.durationMs - stopped.durationMs) < 500, `${wav.durationMs} ms`)
      const [left = new Int16Array(), right = new Int16Array()] = wav.channels
      assert.deepEqual(voicesIn(left.subarray(8000, 16_000)), ['caller'])
      assert.deepEqual(voicesIn(right.subarray(8000, 16_000)), ['agent'])
      const whole = windows(left, 8000, TONES.caller)
      assert.ok(whole.tone >= whole.all * 0.85, `${whole.tone} of ${whole.all}`)
    },
  },
  {
    name: 'a masked stretch is silence on both sides, and the length stays true',
    requirement: 'W-REC-4',
    async run(scene) {
      const { caller } = await talking(scene)
      const path = scene.newFile()
      await start(scene, caller.uuid, path)
      await pause(1200)
      await scene.perform({ type: 'mask-recording', legId: caller.uuid, path, masked: true })
      const maskedAt = performance.now()
      await pause(1500)
      await scene.perform({ type: 'mask-recording', legId: caller.uuid, path, masked: false })
      const windowsMasked = (performance.now() - maskedAt) / 100
      await pause(1200)
      await stop(scene, caller.uuid, path)
      const stopped = await scene.fact(caller.uuid, 'recording-stopped')
      assert.ok(stopped.durationMs >= 3500, `${stopped.durationMs} ms`)
      const wav = readWav(path)
      for (const [at, hz] of [
        [0, TONES.caller],
        [1, TONES.agent],
      ] as const) {
        const { tone, silent } = windows(wav.channels[at] ?? new Int16Array(), 8000, hz)
        assert.ok(
          Math.abs(silent - windowsMasked) <= 4,
          `${silent} silent windows on side ${at}, ${windowsMasked} masked`,
        )
        assert.ok(tone >= 18, `${tone} windows with the tone on side ${at}`)
      }
    },
  },
  {
    name: 'a recording can be read while it grows',
    requirement: 'W-REC-2',
    async run(scene) {
      const { caller } = await talking(scene)
      const path = scene.newFile()
      await start(scene, caller.uuid, path)
      await scene.until('two seconds on the disk', () => {
        if (!existsSync(path) || statSync(path).size < 1000) return false

        return readWav(path).durationMs > 2000
      })
      await stop(scene, caller.uuid, path)
      await scene.fact(caller.uuid, 'recording-stopped')
    },
  },
  {
    name: 'a recording ends with its leg, and that is told before the leg’s end',
    async run(scene) {
      const { caller } = await talking(scene)
      const path = scene.newFile()
      await start(scene, caller.uuid, path)
      await scene.fact(caller.uuid, 'recording-started')
      await pause(1200)
      await caller.talk.hangUp()
      await scene.fact(caller.uuid, 'leg-ended')
      const stopped = await scene.fact(caller.uuid, 'recording-stopped')
      assert.ok(stopped.durationMs >= 800, `${stopped.durationMs} ms`)
      const types = scene.facts(caller.uuid).map(({ type }) => type)
      assert.ok(types.indexOf('recording-stopped') < types.indexOf('leg-ended'), types.join(' '))
      assert.ok(readWav(path).durationMs >= 800)
    },
  },
  {
    name: 'a recording goes on while its leg is parted and bridged to another',
    async run(scene) {
      const { caller } = await talking(scene)
      const path = scene.newFile()
      await start(scene, caller.uuid, path)
      await pause(800)
      await scene.perform({ type: 'park-legs', legId: caller.uuid })
      await hears(caller.talk.ear, [])
      const third = await scene.agent({ voice: 'third' })
      await scene.bridge(caller, third)
      await hears(caller.talk.ear, ['third'])
      await pause(1000)
      await stop(scene, caller.uuid, path)
      await scene.fact(caller.uuid, 'recording-stopped')
      const [left = new Int16Array(), right = new Int16Array()] = readWav(path).channels
      assert.ok(windows(left, 8000, TONES.caller).tone >= 15)
      assert.ok(windows(right, 8000, TONES.agent).tone >= 4)
      assert.ok(windows(right, 8000, TONES.third).tone >= 6)
    },
  },
  {
    name: 'a held caller’s recording goes on',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const path = scene.newFile()
      await start(scene, caller.uuid, path)
      await scene.perform({ type: 'hold-leg', legId: agent.uuid })
      await hears(caller.talk.ear, ['music'])
      await pause(1000)
      await scene.perform({ type: 'retrieve-leg', legId: agent.uuid })
      await hears(caller.talk.ear, ['agent'])
      await pause(500)
      await stop(scene, caller.uuid, path)
      const stopped = await scene.fact(caller.uuid, 'recording-stopped')
      const [left = new Int16Array()] = readWav(path).channels
      const { tone } = windows(left, 8000, TONES.caller)
      assert.ok(tone >= Math.floor(stopped.durationMs / 100) * 0.8, `${tone} windows`)
    },
  },
  {
    name: 'a recording where none can be written is refused or told as a fault, and the call goes on',
    async run(scene) {
      const { caller, agent } = await talking(scene)
      const path = '/proc/no-such-folder/x.wav'
      await start(scene, caller.uuid, path)
      await scene.until('a word about it', () =>
        scene
          .facts(caller.uuid)
          .some(
            fact =>
              fact.type === 'command-failed' ||
              (fact.type === 'recording-stopped' && fact.fault !== undefined),
          ),
      )
      await Promise.all([hears(caller.talk.ear, ['agent']), hears(agent.talk.ear, ['caller'])])
    },
  },
  {
    name: 'stopping a recording that is none is refused',
    async run(scene) {
      const caller = await scene.caller()
      assert.match(await scene.api(`uuid_record ${caller.uuid} stop /no/such/file.wav`), /^-ERR/)
    },
  },
]
