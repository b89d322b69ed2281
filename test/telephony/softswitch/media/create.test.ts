import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startMediaFloor } from '../../../fixtures/media-floor.ts'
import { containsTone, gaps, goertzel, makeToneWav, readWav, rms } from '../../../fixtures/sound.ts'

const { media, folder, events, party, happened } = await startMediaFloor(t, {
  first: 17_000,
  last: 17_099,
})
const music = makeToneWav(join(folder, 'music.wav'), 700, 0.5)

t.test('two bridged parties hear each other and not themselves, whatever their codecs', async t => {
  const a = await party(t, 'PCMA')
  const b = await party(t, 'PCMU')
  a.end.speak(a.rtpPort, 440)
  b.end.speak(b.rtpPort, 1000)
  media.bridge(a.port, b.port)
  const [atA, atB] = await Promise.all([a.end.hear(1000), b.end.hear(1000)])
  t.ok(goertzel(atB, 8000, 440) > 0.9 && goertzel(atB, 8000, 1000) < 0.02, 'B hears A')
  t.ok(goertzel(atA, 8000, 1000) > 0.9 && goertzel(atA, 8000, 440) < 0.02, 'A hears B')
  t.ok(gaps(atA, 8000, 1000, 20) <= 60)
  t.ok(a.end.packets.every(packet => packet.payloadType === 8))
  t.ok(b.end.packets.every(packet => packet.payloadType === 0))
  await happened('heard', event => event.port === a.port)
  t.match(await media.stats(a.port), { lost: 0, duplicate: 0, late: 0, strangers: 0, junk: 0 })
})

t.test('one stream goes on through play, bridge, hold and room', async t => {
  const a = await party(t)
  const b = await party(t)
  const prompt = makeToneWav(join(folder, 'prompt.wav'), 600, 0.4, 16_000)
  b.end.speak(b.rtpPort, 1000)
  media.play(a.port, 'first', [prompt, prompt], false)
  t.match(await happened('play-ended', event => event.playId === 'first'), {
    outcome: 'finished',
  })
  media.bridge(a.port, b.port)
  await a.end.hear(300)
  media.unbridge(a.port)
  media.bridge(a.port, b.port)
  await a.end.hear(300)
  media.hold(a.port, music)
  await a.end.hear(1200)
  media.hold(a.port, undefined)
  await a.end.hear(300)
  media.joinRoom(a.port, 'room')
  media.joinRoom(b.port, 'room')
  await a.end.hear(300)
  const { packets } = a.end
  t.equal(new Set(packets.map(packet => packet.ssrc)).size, 1, 'one SSRC')
  packets.slice(1).forEach((packet, i) => {
    const before = packets[i]!
    if (packet.sequence !== ((before.sequence + 1) & 0xffff))
      t.fail(`sequence ${before.sequence} → ${packet.sequence}`)
    const step = (packet.timestamp - before.timestamp) | 0
    if (step < 160 || step > 160 + 8 * 400) t.fail(`timestamp step ${step}`)
    // Timestamps follow the clock: what is heard lies where it was sent.
    const elapsedMs = packet.atMs - packets[0]!.atMs
    const mediaMs = ((packet.timestamp - packets[0]!.timestamp) >>> 0) / 8
    if (Math.abs(mediaMs - elapsedMs) > 400) t.fail(`${mediaMs} ms of sound after ${elapsedMs} ms`)
  })
  t.ok(packets[0]!.marker, 'the first packet begins a talk spurt')
  const sound = a.end.sound()
  for (const hz of [600, 700, 1000]) t.ok(containsTone(sound, 8000, hz, 0.8), `${hz} Hz was heard`)
})

t.test('music on hold repeats without a hole', async t => {
  const a = await party(t)
  media.hold(a.port, music)
  const sound = await a.end.hear(1800)
  t.equal(gaps(sound, 8000, 700, 20), 0)
})

t.test('no gap beyond 60 ms when a bridge is parted and made again', async t => {
  const a = await party(t)
  const b = await party(t)
  b.end.speak(b.rtpPort, 1000)
  media.bridge(a.port, b.port)
  const from = a.end.packets.length
  await a.end.hear(200)
  for (let i = 0; i < 5; i++) {
    media.unbridge(b.port)
    media.bridge(b.port, a.port)
    await a.end.hear(100)
  }
  t.ok(gaps(a.end.sound(from), 8000, 1000, 20) <= 60)
})

t.test(
  'a recording has each party on its own side, aligned, and can be read while it grows',
  async t => {
    const a = await party(t)
    const b = await party(t)
    const path = join(folder, 'new', 'talk.wav')
    media.record(a.port, path)
    a.end.speak(a.rtpPort, 440)
    b.end.speak(b.rtpPort, 1000)
    media.bridge(a.port, b.port)
    await a.end.hear(1500)
    const growing = readWav(path)
    t.ok(growing.durationMs >= 500, `${growing.durationMs} ms while it grows`)
    t.ok(containsTone(growing.channels[0]!, 8000, 440, 0.9))
    media.unbridge(a.port)
    media.play(a.port, 'during', [music], true)
    await a.end.hear(300)
    media.stopPlay(a.port)
    media.stopRecording(a.port, path)
    const stopped = await happened('recording-stopped', event => event.path === path)
    t.notOk(stopped.fault)
    const { channels, durationMs, rateHz } = readWav(path)
    t.equal(rateHz, 8000)
    t.equal(durationMs, stopped.durationMs)
    const [left, right] = [channels[0]!, channels[1]!]
    t.ok(containsTone(left, 8000, 440, 0.9) && !containsTone(left, 8000, 1000, 0.1), 'left: said')
    t.ok(
      containsTone(right, 8000, 1000, 0.9) && !containsTone(right, 8000, 440, 0.1),
      'right: heard',
    )
    t.ok(containsTone(right, 8000, 700, 0.9), 'right: played')
    t.ok(gaps(left, 8000, 440, 20) <= 60, `left gap ${gaps(left, 8000, 440, 20)}`)
    const heardFrom = right.findIndex(sample => Math.abs(sample) > 1000)
    const saidFrom = left.findIndex(sample => Math.abs(sample) > 1000)
    t.ok(
      Math.abs(heardFrom - saidFrom) < 8 * 250,
      `sides begin ${(heardFrom - saidFrom) / 8} ms apart`,
    )
  },
)

t.test(
  'a port is closed when its recordings are, those that were stopped just before too',
  async t => {
    const a = await party(t)
    const path = join(folder, 'last.wav')
    a.end.speak(a.rtpPort, 440)
    media.record(a.port, path)
    await a.end.until('the file', () => existsSync(path))
    media.stopRecording(a.port, path)
    await media.close(a.port)
    const told = events.filter(event => event.type === 'recording-stopped' && event.path === path)
    t.equal(told.length, 1)
    t.notMatch(told[0], { fault: String })
  },
)

t.test('a masked stretch is silence in the file only', async t => {
  const a = await party(t)
  const b = await party(t)
  const path = join(folder, 'masked.wav')
  a.end.speak(a.rtpPort, 440)
  media.bridge(a.port, b.port)
  await b.end.hear(200)
  media.record(a.port, path)
  media.maskRecording(a.port, path, true)
  const during = await b.end.hear(800)
  t.ok(goertzel(during, 8000, 440) > 0.9)
  media.maskRecording(a.port, path, false)
  await b.end.hear(800)
  media.stopRecording(a.port, path)
  await happened('recording-stopped', event => event.path === path)
  const left = readWav(path).channels[0]!
  t.equal(rms(left.subarray(0, 8 * 300)), 0, 'masked')
  t.ok(goertzel(left.subarray(-8 * 300), 8000, 440) > 0.9, 'unmasked')
})

t.test('a recording that cannot be written is told, and the talk goes on', async t => {
  const a = await party(t)
  const b = await party(t)
  a.end.speak(a.rtpPort, 440)
  media.bridge(a.port, b.port)
  media.record(a.port, '/proc/nowhere/talk.wav')
  t.match(await happened('recording-stopped', event => event.path === '/proc/nowhere/talk.wav'), {
    fault: /ENOENT|EACCES/,
  })
  media.record(a.port, '/dev/full')
  t.match(await happened('recording-stopped', event => event.path === '/dev/full'), {
    fault: /ENOSPC/,
  })
  t.ok(goertzel(await b.end.hear(300), 8000, 440) > 0.9)
})
