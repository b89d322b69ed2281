// Taps against a switch of a few lines that speaks as mod_audio_stream and mod_audio_fork do.
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { callId, legId } from '../../../telephony/call/id.ts'
import type { TapEnd, TapSound } from '../../../telephony/call/tap.ts'
import { CommandRefused, SwitchUnreachable } from '../../../telephony/esl/errors.ts'
import { wavHeader } from '../../../telephony/softswitch/media/wav-writer.ts'
import { createTaps, type TapSettings } from '../../../telephony/tap/taps.ts'
import { until } from '../../fixtures/until.ts'

const LEG = legId('leg-1')
const FRAME_BYTES = 640

interface Stage {
  readonly modules?: readonly string[]
  readonly isSteady?: boolean
  readonly settings?: TapSettings
  readonly folder?: string
  /** The answer to a start, by how many there were before. */
  readonly onStart?: (before: number) => '+OK' | '-ERR' | 'deaf'
}

function stage(
  t: Test,
  { modules = ['mod_audio_stream'], isSteady = true, settings, folder, onStart }: Stage = {},
) {
  const asked: string[] = []
  const sockets: WebSocket[] = []
  const errors: unknown[] = []
  let starts = 0
  let isUp = true
  const ended = new Set<string>()
  const ask = async (text: string): Promise<string> => {
    if (!isUp) throw new SwitchUnreachable('closed')
    asked.push(text.replace(/ws:\S+/, 'ws'))
    if (text.startsWith('module_exists ')) return String(modules.includes(text.slice(14)))
    const url = /(ws:\S+)/.exec(text)?.[1]
    if (url === undefined) return '+OK Success\n'
    const answer = onStart?.(starts++) ?? '+OK'
    if (answer === '-ERR') throw new CommandRefused('api', '-ERR Operation Failed')
    if (answer === '+OK')
      sockets.push(
        new WebSocket(url, isSteady ? { headers: { 'X-Audio-Stream': 'steady' } } : {}).on(
          'error',
          () => undefined,
        ),
      )
    return '+OK Success\n'
  }
  const taps = createTaps({
    ask,
    address: () => (isUp ? '127.0.0.1' : undefined),
    hasEnded: id => ended.has(id),
    now: () => Date.now(),
    log: { warn: () => undefined, error: fields => void errors.push(fields) },
    ...(settings && { settings }),
    ...(folder !== undefined && { folder: { ours: folder, theirs: folder } }),
  })
  taps.onConnected()
  t.teardown(() => {
    for (const socket of sockets) socket.terminate()
    taps.close()
  })

  return {
    taps,
    asked,
    sockets,
    errors,
    listen(onSound?: (sound: TapSound) => void) {
      const sounds: TapSound[] = []
      const ends: TapEnd[] = []
      const tap = taps.open(LEG, {
        onSound(sound) {
          sounds.push(sound)
          onSound?.(sound)
        },
        onEnd: end => void ends.push(end),
      })
      return { tap, sounds, ends }
    },
    async socket(index = 0) {
      const socket = await until('the switch to connect', () => sockets[index])
      if (socket.readyState === socket.CONNECTING) await once(socket, 'open')
      return socket
    },
    legEnds() {
      ended.add(LEG)
      taps.hear({
        type: 'leg-ended',
        at: Date.now(),
        legId: LEG,
        callId: callId(LEG),
        cause: 'normal',
        endedBy: 'far-end',
      })
    },
    linkBreaks() {
      isUp = false
      taps.onDisconnected()
    },
  }
}

const frames = (count: number, value = 1) => {
  const bytes = Buffer.alloc(count * FRAME_BYTES)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeInt16LE(value, at)
  return bytes
}

t.test('the switch is asked once a connection how its sound comes', async t => {
  const cases = [
    {
      modules: ['mod_audio_stream', 'mod_audio_fork'],
      way: 'stream',
      start: /^uuid_audio_stream leg-1 start ws stereo 8k$/,
    },
    {
      modules: ['mod_audio_fork'],
      way: 'stream',
      start: /^uuid_audio_fork leg-1 start ws stereo 8k hotline_tap$/,
    },
  ]
  for (const { modules, way, start } of cases) {
    const { listen, asked, socket } = stage(t, { modules })
    const [one] = [listen(), listen()]
    await socket()
    t.equal(one.tap.way, way)
    t.equal(asked.filter(text => start.test(text)).length, 1, 'both share one stream')
    t.ok(asked.filter(text => text.startsWith('module_exists')).length <= 2)
    t.ok(asked.includes('global_setvar send_silence_when_idle=-1'))
  }
  const bare = stage(t, { modules: [] })
  const tap = bare.listen()
  await until('the end', () => tap.ends.length > 0)
  t.equal(tap.tap.way, 'recording')
  t.same(tap.ends, ['failed'], 'no folder to record into')
})

t.test('a stream that an earlier server has left behind is replaced', async t => {
  const { listen, asked, socket } = stage(t, { onStart: before => (before === 0 ? '-ERR' : '+OK') })
  const tap = listen()
  ;(await socket()).send(frames(2))
  await until('sound', () => tap.sounds.length > 0)
  t.same(
    asked.filter(text => text.startsWith('uuid')).map(text => text.split(' ')[2]),
    ['start', 'stop', 'start'],
  )
})

t.test('a leg that can’t be listened to fails once', async t => {
  const { listen, legEnds } = stage(t, { onStart: () => '-ERR' })
  const [one, other] = [listen(), listen()]
  await until('the end', () => one.ends.length + other.ends.length === 2)
  legEnds()
  t.same([one.ends, other.ends], [['failed'], ['failed']])
})

t.test('masks and ends are each one’s own; the stream ends with the last', async t => {
  const { listen, asked, socket } = stage(t)
  const [one, other] = [listen(), listen()]
  const open = await socket()
  one.tap.mask(true)
  open.send(frames(2, 7))
  await until('sound', () => one.sounds.length > 0 && other.sounds.length > 0)
  t.same([one.sounds[0]?.said[0], other.sounds[0]?.said[0]], [0, 7])
  const late = listen()
  open.send(frames(2, 8))
  await until('sound', () => late.sounds.length > 0)
  t.same([late.sounds[0]?.atMs, other.sounds[1]?.atMs], [0, 40])
  for (const { tap } of [one, other]) tap.stop()
  t.notOk(asked.some(text => text.includes('stop')))
  late.tap.stop()
  await until('the stop', () => asked.includes('uuid_audio_stream leg-1 stop'))
  t.same([one.ends, other.ends, late.ends], [['stopped'], ['stopped'], ['stopped']])
})

t.test('what the switch says it has lost is silence in its place', async t => {
  const { listen, socket } = stage(t)
  const tap = listen()
  const open = await socket()
  open.send(frames(2, 5))
  open.send('{"type":"lost","forMs":1000}')
  open.send('what is no word of ours is passed over')
  open.send(frames(2, 6))
  await until('sound', () => tap.sounds.some(({ said }) => said[0] === 6))
  t.equal(tap.sounds.at(-1)?.atMs, 1040)
  t.ok(tap.sounds.slice(1, -1).every(({ said }) => said[0] === 0 && said.length <= 1600))
})

t.test('a leg’s end is told once, after the last sound', async t => {
  const { listen, socket, legEnds } = stage(t)
  const tap = listen()
  const open = await socket()
  legEnds()
  open.send(frames(2, 9))
  open.close(1000)
  await until('the end', () => tap.ends.length > 0)
  legEnds()
  t.same([tap.ends, tap.sounds[0]?.said[0]], [['leg-ended'], 9])
  const after = listen()
  await until('the end', () => after.ends.length > 0)
  t.same(after.ends, ['leg-ended'], 'there is nothing to listen to any more')
})

t.test('a stream that breaks off while the leg lives is a failure', async t => {
  const { listen, socket } = stage(t)
  const tap = listen()
  ;(await socket()).terminate()
  await until('the end', () => tap.ends.length > 0)
  t.same(tap.ends, ['failed'])
})

t.test(
  'a broken connection to the switch fails every tap, also one that has not begun',
  async t => {
    const { listen, socket, linkBreaks, legEnds } = stage(t)
    const tap = listen()
    await socket()
    linkBreaks()
    const late = listen()
    await until('the end', () => late.ends.length > 0)
    legEnds()
    t.same([tap.ends, late.ends], [['failed'], ['failed']])
  },
)

t.test('a listener that throws harms nobody', async t => {
  const { listen, socket, errors } = stage(t)
  const bad = listen(() => {
    throw new Error('mine')
  })
  const good = listen()
  const open = await socket()
  for (let i = 0; i < 3; i++) open.send(frames(2))
  await until('sound', () => good.sounds.length === 3)
  t.equal(bad.sounds.length, 3)
  t.equal(errors.length, 3)
})

t.test('a module that has held sound back is told to let it go', async t => {
  const { listen, socket, asked } = stage(t, { isSteady: false })
  const tap = listen()
  const open = await socket()
  const speak = async (forMs: number) => {
    for (const fromMs = performance.now(); performance.now() - fromMs < forMs;) {
      open.send(frames(1, 3))
      await new Promise(resolve => setTimeout(resolve, 19))
    }
  }
  await speak(300)
  await new Promise(resolve => setTimeout(resolve, 1500))
  const before = tap.sounds.at(-1)
  t.equal(before?.said[0], 0, 'the gap is filled with silence')
  await speak(800)
  t.same(asked.filter(text => /pause|resume/.test(text)).slice(0, 2), [
    'uuid_audio_stream leg-1 pause',
    'uuid_audio_stream leg-1 resume',
  ])
  let atMs = 0
  for (const sound of tap.sounds) {
    if (sound.atMs !== atMs) t.fail(`a gap at ${atMs}`)
    atMs += sound.said.length / 8
  }
  t.ok(atMs > 1800, `${atMs} ms`)
})

t.test('where streams do not reach us the leg is recorded, and the next at once', async t => {
  const folder = t.testdir({ taps: {} })
  const { listen, asked } = stage(t, { onStart: () => 'deaf', folder })
  const tap = listen()
  const recorded = () => asked.filter(text => /^uuid_record \S+ start/.test(text))
  await until('the recording', () => recorded().length === 1)
  t.ok(asked.includes('uuid_audio_stream leg-1 stop'))
  t.match(recorded()[0], /\/taps\/leg-1_\w+\.wav 0 \{RECORD_STEREO=true,/)
  const path = /start (\S+)/.exec(recorded()[0] ?? '')?.[1] ?? ''
  writeFileSync(path, Buffer.concat([wavHeader(0), frames(10, 4)]))
  await until('sound', () => tap.sounds.length > 0)
  t.same([tap.tap.way, tap.sounds[0]?.said[0], tap.ends], ['recording', 4, []])
  tap.tap.stop()
  await until('the file to be gone', () => !existsSync(path))
  listen()
  await until('the next recording', () => recorded().length === 2)
})
