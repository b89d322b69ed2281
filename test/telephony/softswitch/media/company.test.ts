// More than two at a time: rooms, supervisors, digits, pictures; and strangers.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { parseRtcp, type RtcpItem } from '../../../../telephony/softswitch/media/rtcp.ts'
import { createFarEnd, rtpPacket } from '../../../fixtures/far-end.ts'
import { startMediaFloor, type Party } from '../../../fixtures/media-floor.ts'
import { goertzel, rms, toneSamples, toG711 } from '../../../fixtures/sound.ts'

const SILENT_AFTER_MS = 1500
const { media, party, happened, events } = await startMediaFloor(
  t,
  { first: 17_100, last: 17_199 },
  SILENT_AFTER_MS,
)

/** Which of the tones are in the last 300 ms heard, once they are exactly these; what was heard last otherwise. */
const hears = async ({ end }: Party, ...expectedHz: number[]): Promise<number[]> => {
  const now = () => {
    const sound = end.sound(Math.max(0, end.packets.length - 15))
    return rms(sound) < 50
      ? []
      : [440, 700, 1000, 1500].filter(hz => goertzel(sound, 8000, hz) > 0.15)
  }
  await end
    .until('tones', () => end.packets.length > 15 && now().join() === expectedHz.join(), 8000)
    .catch(() => undefined)
  return now()
}

t.test('in a room everybody hears the others and not themselves', async t => {
  const [a, b, c] = [await party(t), await party(t, 'PCMU'), await party(t)]
  a.end.speak(a.rtpPort, 440)
  b.end.speak(b.rtpPort, 1000)
  c.end.speak(c.rtpPort, 1500)
  for (const { port } of [a, b, c]) media.joinRoom(port, 'conference')
  t.same(await hears(a, 1000, 1500), [1000, 1500])
  t.same(await hears(b, 440, 1500), [440, 1500])
  t.same(await hears(c, 440, 1000), [440, 1000])
  media.joinRoom(c.port, 'conference', { muted: true })
  t.same(await hears(a, 1000), [1000], 'who is muted in the room listens only')
  t.same(await hears(c, 440, 1000), [440, 1000])
  media.leaveRoom(b.port)
  t.same(await hears(c, 440), [440])
})

t.test('a supervisor listens, whispers to one side, speaks to both, and goes', async t => {
  const [caller, agent, supervisor] = [await party(t), await party(t), await party(t)]
  caller.end.speak(caller.rtpPort, 440)
  agent.end.speak(agent.rtpPort, 1000)
  supervisor.end.speak(supervisor.rtpPort, 1500)
  media.bridge(caller.port, agent.port)
  media.eavesdrop(supervisor.port, agent.port, 'listen')
  t.same(await hears(supervisor, 440, 1000), [440, 1000])
  t.same(await hears(agent, 440), [440])
  media.eavesdrop(supervisor.port, agent.port, 'whisper')
  t.same(await hears(agent, 440, 1500), [440, 1500], 'the agent hears the whisper')
  t.same(await hears(caller, 1000), [1000], 'the caller does not')
  media.eavesdrop(supervisor.port, agent.port, 'barge')
  t.same(await hears(caller, 1000, 1500), [1000, 1500])
  t.same(await hears(agent, 440, 1500), [440, 1500])
  t.same(await hears(supervisor, 440, 1000), [440, 1000], 'nobody hears themselves')
  media.play(agent.port, 'music', ['tone_stream://%(1000,0,700);loops=-1'], true)
  t.same(
    await hears(supervisor, 700, 1000),
    [700, 1000],
    'the supervisor hears what is played to the agent',
  )
  media.stopPlay(agent.port)
  media.endEavesdrop(supervisor.port)
  t.same(await hears(caller, 1000), [1000])
  t.same(await hears(agent, 440), [440])
})

t.test('who is muted is heard by nobody, and the stream goes on', async t => {
  const [a, b] = [await party(t), await party(t)]
  a.end.speak(a.rtpPort, 440)
  media.bridge(a.port, b.port)
  t.same(await hears(b, 440), [440])
  media.mute(a.port, true)
  t.same(await hears(b), [])
  media.mute(a.port, false)
  t.same(await hears(b, 440), [440])
})

t.test('a held far end is sent nothing and what it says reaches nobody', async t => {
  const [a, b] = [await party(t), await party(t)]
  a.end.speak(a.rtpPort, 440)
  b.end.speak(b.rtpPort, 1000)
  media.bridge(a.port, b.port)
  t.same(await hears(a, 1000), [1000])
  const remote = { address: '127.0.0.1', port: a.end.port, rtcpPort: a.end.rtcpPort }
  media.connect(a.port, remote, { codec: 'PCMA', direction: 'inactive' })
  await b.end.until('silence', () => performance.now() - b.end.packets.at(-1)!.atMs > 200)
  t.ok(performance.now() - a.end.packets.at(-1)!.atMs > 100)
  media.connect(a.port, remote, { codec: 'PCMA', direction: 'sendrecv' })
  t.same(await hears(a, 1000), [1000])
  t.equal(new Set(a.end.packets.map(packet => packet.ssrc)).size, 1)
})

/** One key as a telephone sends it: packets of one timestamp, the end three times. */
const pressKey = (
  { end, rtpPort }: Party,
  event: number,
  timestamp: number,
  sequence: number,
  options = { ends: 3 },
) => {
  const durations = [160, 320, 480, 640, 800]
  const packets = [...durations, ...Array<number>(options.ends).fill(800)]
  packets.forEach((duration, i) => {
    const payload = Buffer.from([
      event,
      i >= durations.length ? 0x8a : 0x0a,
      duration >> 8,
      duration & 0xff,
    ])
    end.send(rtpPort, {
      payloadType: 101,
      payload,
      timestamp,
      sequence: sequence + i,
      marker: i === 0,
    })
  })
}

t.test('each key is told once, repeated or without an end, and passed on once', async t => {
  const [a, b, c] = [
    await party(t),
    await party(t),
    await party(t, 'PCMA', { direction: 'sendrecv' }),
  ]
  media.bridge(a.port, b.port)
  const digitsOf = (party: Party) =>
    events.flatMap(event => (event.type === 'digit' && event.port === party.port ? [event] : []))
  pressKey(a, 5, 1000, 100)
  pressKey(a, 5, 5000, 120)
  pressKey(a, 11, 9000, 140, { ends: 0 })
  await a.end.until('three digits', () => digitsOf(a).length === 3)
  t.same(
    digitsOf(a).map(event => event.digit),
    ['5', '5', '#'],
  )
  t.same(
    digitsOf(a).map(event => event.durationMs),
    [100, 100, 100],
  )
  const passed = b.end.packets.filter(packet => packet.payloadType === 101)
  t.equal(new Set(passed.map(packet => packet.timestamp)).size, 3, 'three events at the other side')
  t.equal(passed.length, 8 + 8 + 5)
  media.sendDigits(c.port, '1*', 100)
  await c.end.until(
    'two events',
    () => c.end.packets.filter(packet => (packet.payload[1]! & 0x80) !== 0).length === 6,
  )
  const sent = c.end.packets.filter(packet => packet.payloadType === 101)
  t.same([...new Set(sent.map(packet => packet.payload[0]))], [1, 10])
  t.equal(sent.filter(packet => packet.marker).length, 2, 'the first packet of each is marked')
  t.equal(new Set(sent.map(packet => packet.timestamp)).size, 2)
  t.same(
    sent.filter(packet => packet.payload[0] === 1).map(packet => packet.payload.readUInt16BE(2)),
    [160, 320, 480, 640, 800, 800, 800, 800],
  )
})

t.test('where no events were agreed, keys are tones in both directions', async t => {
  const end = await createFarEnd()
  const { port, rtpPort } = await media.openPort('audio')
  t.teardown(() => (end.close(), media.close(port)))
  media.connect(
    port,
    { address: '127.0.0.1', port: end.port, rtcpPort: end.rtcpPort },
    { codec: 'PCMA', direction: 'sendrecv' },
  )
  media.sendDigits(port, '5', 120)
  const sound = await end.hear(120, 0)
  t.ok(
    goertzel(sound.subarray(0, 800), 8000, 770) > 0.35 &&
      goertzel(sound.subarray(0, 800), 8000, 1336) > 0.35,
  )
  const [low, high] = [toneSamples(852, 0.1), toneSamples(1477, 0.1)]
  const key = toG711(
    'PCMA',
    low.map((sample, i) => sample + high[i]!),
  )
  for (let from = 0; from < key.length; from += 160)
    end.send(rtpPort, { payload: key.subarray(from, from + 160) })
  for (let i = 0; i < 6; i++) end.send(rtpPort)
  t.match(await happened('digit', event => event.port === port), { digit: '9' })
})

t.test('a far end behind NAT is found by its packets, strangers are not heard', async t => {
  const [a, b] = [await party(t), await party(t)]
  const moved = await createFarEnd()
  const stranger = await createFarEnd()
  t.teardown(() => (moved.close(), stranger.close()))
  media.bridge(a.port, b.port)
  moved.speak(a.rtpPort, 1000)
  b.end.speak(b.rtpPort, 700)
  t.same(await hears(b, 1000), [1000])
  await moved.until('sound at the place it sends from', () => moved.packets.length > 5)
  stranger.speak(a.rtpPort, 440)
  for (let i = 0; i < 200; i++) {
    const header = {
      marker: false,
      payloadType: 8,
      sequence: i,
      timestamp: i * 160,
      ssrc: 1000 + i,
    }
    moved.sendRaw(a.rtpPort, rtpPacket({ ...header, payload: Buffer.alloc(160, 0x12) }))
    stranger.sendRaw(a.rtpPort, randomBytes(i))
    stranger.sendRaw(a.rtpPort + 1, randomBytes(i), true)
  }
  t.same(await hears(b, 1000), [1000], 'a flood of new sources changes nothing')
  t.equal(stranger.packets.length, 0, 'nothing is sent to a stranger')
  let stats = await media.stats(a.port)
  for (let i = 0; i < 500 && (stats.junk < 50 || stats.strangers < 20); i++) {
    await new Promise(resolve => setTimeout(resolve, 10))
    stats = await media.stats(a.port)
  }
  t.ok(stats.junk >= 50, `${stats.junk} junk`)
  t.ok(stats.strangers >= 20, `${stats.strangers} from strangers`)
})

t.test(
  'duplicates and late packets are dropped and counted, a small disorder is passed on',
  async t => {
    const [a, b] = [await party(t), await party(t)]
    media.bridge(a.port, b.port)
    for (const [sequence, mark] of [
      [10, 1],
      [11, 2],
      [13, 4],
      [12, 3],
      [13, 9],
      [40, 5],
      [14, 9],
    ] as const)
      a.end.send(a.rtpPort, {
        sequence,
        timestamp: sequence * 160,
        payload: Buffer.alloc(160, mark),
      })
    await b.end.until('five packets', () => b.end.packets.length >= 5)
    t.same(
      b.end.packets.map(packet => packet.payload[0]),
      [1, 2, 4, 3, 5],
    )
    const first = b.end.packets[0]!
    t.same(
      b.end.packets.map(packet => packet.sequence - first.sequence),
      [0, 1, 3, 2, 30],
    )
    t.same(
      b.end.packets.map(packet => (packet.timestamp - first.timestamp) / 160),
      [0, 1, 3, 2, 30],
      'gaps stay gaps',
    )
    t.match(await media.stats(a.port), { duplicate: 1, late: 1, lost: 25 })
  },
)

t.test('silence of a far end is told, and its reports are answered', async t => {
  const a = await party(t)
  a.end.speak(a.rtpPort, 440)
  await happened('heard', event => event.port === a.port)
  a.end.silence()
  const silent = await happened('silent', event => event.port === a.port)
  t.ok(silent.forMs >= SILENT_AFTER_MS)
  media.play(a.port, 'tone', ['tone_stream://%(200,0,440);loops=-1'], false)
  await a.end.until('a report', () => a.end.reports.length > 0, 15_000)
  const items: RtcpItem[] = []
  t.ok(parseRtcp(a.end.reports[0]!, item => items.push(item)))
  const block = items.find(item => item.type === 'report')
  t.match(block, { block: { lost: 0, fraction: 0 } })
  t.match(items[0], { type: 'sender-report', ssrc: a.end.packets[0]!.ssrc })
})

t.test(
  'pictures pass through with their own numbers, and requests for a whole one go back',
  async t => {
    const [a, b] = [await createFarEnd(), await createFarEnd()]
    t.teardown(() => (a.close(), b.close()))
    const [portA, portB] = [await media.openPort('video'), await media.openPort('video')]
    t.teardown(() => Promise.all([media.close(portA.port), media.close(portB.port)]))
    media.connect(
      portA.port,
      { address: '127.0.0.1', port: a.port, rtcpPort: a.rtcpPort },
      { payloadTypes: [102, 96] },
    )
    media.connect(
      portB.port,
      { address: '127.0.0.1', port: b.port, rtcpPort: b.rtcpPort },
      { payloadTypes: [97, 98] },
    )
    media.bridge(portA.port, portB.port)
    const payload = randomBytes(1100)
    for (let i = 0; i < 3; i++)
      a.send(portA.rtpPort, {
        payloadType: 102,
        payload,
        sequence: 7 + i,
        timestamp: 90_000,
        marker: i === 2,
      })
    await b.until('three packets', () => b.packets.length === 3)
    t.ok(b.packets.every(packet => packet.payloadType === 97 && packet.payload.equals(payload)))
    t.same(
      b.packets.map(packet => packet.marker),
      [false, false, true],
    )
    t.equal(
      new Set(b.packets.map(packet => packet.timestamp)).size,
      1,
      'one picture, one timestamp',
    )
    const report = Buffer.from(
      '81c90007000000010000000200000000000000000000000000000000000000008' +
        '1ce00020000000100000002',
      'hex',
    )
    b.sendRaw(portB.rtpPort + 1, report, true)
    const wantsKeyFrame = (packet: Buffer) => {
      let isWanted = false
      parseRtcp(packet, item => void (isWanted ||= item.type === 'key-frame-wanted'))
      return isWanted
    }
    await a.until('the request', () => a.reports.some(wantsKeyFrame))
  },
)

t.test('a refusal has a name', async t => {
  await t.rejects(media.stats('nobody' as never), { code: 'MEDIA_PORT_UNKNOWN' })
  const opened = []
  for (let i = 0; i < 51; i++)
    opened.push(await media.openPort('audio').catch((error: { code: string }) => error))
  t.match(opened.at(-1), { code: 'RTP_PORTS_USED_UP' })
  for (const port of opened) if ('port' in port) await media.close(port.port)
})
