// One stream of RTP, both ways, as pure decisions.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { DigitReceiver } from '../../../../telephony/softswitch/media/digit-receiver.ts'
import { DigitSender } from '../../../../telephony/softswitch/media/digit-sender.ts'
import { hearingOf, type Ties } from '../../../../telephony/softswitch/media/hearing.ts'
import { Latch } from '../../../../telephony/softswitch/media/latch.ts'
import type { PortId } from '../../../../telephony/softswitch/media/media.ts'
import {
  emptyRtpHeader,
  isRtcp,
  parseRtp,
  writeRtpHeader,
} from '../../../../telephony/softswitch/media/packet.ts'
import { Reception } from '../../../../telephony/softswitch/media/reception.ts'
import {
  buildGoodbye,
  buildPictureLoss,
  buildReport,
  ntpMiddle,
  parseRtcp,
  type RtcpItem,
} from '../../../../telephony/softswitch/media/rtcp.ts'
import { Timeline } from '../../../../telephony/softswitch/media/timeline.ts'

const headerOf = (fields: { sequence?: number; timestamp?: number; ssrc?: number } = {}) => ({
  ...emptyRtpHeader(),
  ssrc: 1,
  ...fields,
})

t.test('packets are read with padding, extension and contributing sources', async t => {
  const payload = Buffer.from('sound')
  const plain = Buffer.alloc(12)
  writeRtpHeader(plain, true, 8, 65_536 + 7, 2 ** 32 + 9, 0xfedcba98)
  const rich = Buffer.concat([
    plain,
    Buffer.from('00000001' + '00000002' + 'bede0001' + '10ff0000', 'hex'),
    payload,
    Buffer.from([0, 0, 3]),
  ])
  rich[0] = 0x80 | 0x20 | 0x10 | 2
  const expected = { marker: true, payloadType: 8, sequence: 7, timestamp: 9, ssrc: 0xfedcba98 }
  for (const [name, packet] of [
    ['plain', Buffer.concat([plain, payload])],
    ['rich', rich],
  ] as const) {
    const header = emptyRtpHeader()
    t.ok(parseRtp(packet, header), name)
    t.match(header, expected, name)
    t.equal(packet.toString('latin1', header.payloadStart, header.payloadEnd), 'sound', name)
  }
})

t.test('what is no RTP packet is told from one', async t => {
  const good = Buffer.alloc(20)
  writeRtpHeader(good, false, 0, 1, 1, 1)
  const broken: [string, (packet: Buffer) => Buffer][] = [
    ['too short', packet => packet.subarray(0, 11)],
    ['another version', packet => (packet.fill(0x40, 0, 1), packet)],
    ['more sources than bytes', packet => (packet.fill(0x8f, 0, 1), packet)],
    [
      'an extension beyond the end',
      packet => (packet.fill(0x90, 0, 1), packet.writeUInt16BE(9, 14), packet),
    ],
    ['padding of nothing', packet => (packet.fill(0xa0, 0, 1), packet)],
    ['more padding than payload', packet => (packet.fill(0xa0, 0, 1), packet.fill(9, 19), packet)],
  ]
  for (const [name, spoil] of broken)
    t.notOk(parseRtp(spoil(Buffer.from(good)), emptyRtpHeader()), name)
  for (let i = 0; i < 2000; i++) {
    const noise = randomBytes(i % 64)
    const header = emptyRtpHeader()
    if (parseRtp(noise, header) && header.payloadEnd > noise.length)
      t.fail('reads beyond the packet')
    parseRtcp(noise, () => undefined)
  }
})

t.test('order, loss, duplicates and restarts are judged (RFC 3550 A.1)', async t => {
  const reception = new Reception(8000)
  const accept = (sequence: number, ssrc = 1) =>
    reception.accept(headerOf({ sequence, timestamp: sequence * 160, ssrc }), sequence * 20)
  t.equal(accept(65_534), 'accepted')
  t.equal(accept(65_535), 'accepted')
  t.equal(accept(1), 'accepted', 'across the wrap')
  t.equal(reception.lost, 1)
  t.equal(accept(0), 'accepted', 'a little late')
  t.equal(reception.lost, 0)
  t.equal(accept(0), 'duplicate')
  t.equal(accept(40), 'accepted')
  t.equal(accept(10), 'late')
  t.match(reception, { late: 1, duplicate: 1, received: 6, generation: 1 })
  t.equal(accept(20_000), 'probation', 'a jump is believed at its second packet')
  t.equal(accept(20_001), 'accepted')
  t.equal(reception.generation, 2)
  for (let ssrc = 100; ssrc < 200; ssrc++) t.equal(accept(ssrc * 7, ssrc), 'probation')
  t.equal(accept(20_002), 'accepted', 'a flood of sources changes nothing')
  accept(5, 9)
  t.equal(accept(6, 9), 'accepted', 'a new source is believed at its second packet')
  t.equal(reception.ssrc, 9)
})

t.test('jitter is measured as RFC 3550 §6.4.1 says', async t => {
  const reception = new Reception(8000)
  for (let i = 0; i < 500; i++)
    reception.accept(headerOf({ sequence: i, timestamp: i * 160 }), i * 20 + (i % 2) * 10)
  t.ok(Math.abs(reception.jitterMs - 10) < 0.5, `${reception.jitterMs} ms`)
  t.match(reception.report(), { fraction: 0, lost: 0 })
  for (let i = 500; i < 600; i += 2)
    reception.accept(headerOf({ sequence: i, timestamp: i * 160 }), i * 20)
  t.match(
    reception.report(),
    { fraction: 126, lost: 49 },
    'half of the packets since the last report',
  )
})

t.test('the far end is where its first valid packets come from', async t => {
  const latch = new Latch()
  const from = (port: number, sequence: number, nowMs: number, ssrc = 1) =>
    latch.admits('10.0.0.1', port, headerOf({ sequence, ssrc }), nowMs)
  t.notOk(from(4000, 1, 0), 'nothing is taken before we know whom to expect')
  latch.expect('10.0.0.1', 4000)
  t.ok(from(4000, 1, 0), 'the place in the SDP is believed at once')
  t.notOk(from(5000, 2, 20), 'then nobody else')
  latch.expect('10.0.0.1', 6000)
  t.same(
    [from(7000, 10, 0), from(7000, 11, 20), from(7000, 12, 40)],
    [false, false, true],
    'another place from its third packet',
  )
  t.match(latch, { port: 7000, isLatched: true })
  latch.expect('10.0.0.1', 6000)
  t.ok(latch.isLatched, 'the same SDP again forgets nothing')
  t.same([from(8000, 13, 500), from(8000, 14, 520), from(8000, 15, 540)], [false, false, false])
  t.same(
    [from(8000, 16, 2000), from(8000, 17, 2020), from(8000, 18, 2040)],
    [false, false, true],
    'after a second of silence it may have moved',
  )
})

t.test('what we send is one stream, whatever it is made of', async t => {
  const line = new Timeline(8000, 0, () => 0.5)
  const sent: [number, number][] = []
  const place = (...values: Parameters<Timeline['place']>) => {
    const isPlaced = line.place(...values)
    if (isPlaced) sent.push([line.sequence, line.timestamp])
    return isPlaced
  }
  place(-1, undefined, 160, 160, 20)
  t.ok(line.isSpurtStart)
  place(-1, undefined, 320, 160, 40)
  t.notOk(line.isSpurtStart)
  place(7, 1000, 99_000, 160, 45)
  t.ok(place(7, 1002, 99_320, 160, 85), 'a hole of theirs stays a hole')
  t.ok(place(7, 1001, 99_160, 160, 86), 'and is filled when the packet comes')
  t.notOk(place(7, 998, 98_680, 160, 87), 'what belongs before the change has no place')
  place(8, 5, 1_000_000, 160, 1000)
  t.ok(line.isSpurtStart, 'after a pause a new spurt begins')
  const [first] = sent
  t.same(
    sent.map(([sequence]) => sequence - first![0]),
    [0, 1, 2, 4, 3, 5],
  )
  const steps = sent.map(([, timestamp]) => timestamp - first![1])
  t.same(steps.slice(0, 5), [0, 160, 320, 640, 480])
  t.equal(steps[5], 8000 - 160, 'the timestamp follows the clock')
  place(8, 6, 1_000_000 - 500_000, 160, 1020)
  t.equal(line.sequence - first![0], 6, 'a source whose timestamps jump goes on in order')
  t.ok(line.timestamp > sent[5]![1])
})

t.test('reports say what was lost and when, and are read again', async t => {
  const block = {
    ssrc: 7,
    fraction: 12,
    lost: -3,
    highest: 70_000,
    jitter: 5,
    lastReport: 0x12345678,
    delay: 99,
  }
  const sent = { ssrc: 42, timestamp: 800, packets: 3, bytes: 480 }
  const read = (packet: Buffer) => {
    const items: RtcpItem[] = []
    t.ok(isRtcp(packet))
    t.equal(packet.length % 4, 0)
    t.ok(parseRtcp(packet, item => items.push(item)))
    return items
  }
  const atMs = Date.UTC(2030, 0, 1)
  t.same(read(buildReport(sent, true, block, 'port@hotline', atMs)), [
    { type: 'sender-report', ssrc: 42, ntpMiddle: ntpMiddle(atMs) },
    { type: 'report', block },
  ])
  t.same(read(buildReport(sent, false, undefined, 'x', atMs)), [])
  t.same(read(buildPictureLoss(1, 2)), [{ type: 'key-frame-wanted' }])
  t.same(read(buildGoodbye(1)), [{ type: 'goodbye', ssrc: 1 }])
  t.notOk(parseRtcp(Buffer.from('80c8ffff00000000', 'hex'), () => t.fail('longer than the packet')))
})

t.test('a key is one key, however long and however many packets', async t => {
  const event = (digit: number, isEnd: boolean, duration: number) =>
    Buffer.from([digit, isEnd ? 0x80 : 0, duration >> 8, duration & 0xff])
  const receiver = new DigitReceiver()
  const receive = (
    digit: number,
    isEnd: boolean,
    duration: number,
    timestamp: number,
    isMarked = false,
  ) => receiver.receive(event(digit, isEnd, duration), 0, 4, timestamp, isMarked, 0)
  t.same(receive(1, false, 160, 1000, true), [])
  t.same(receive(1, true, 800, 1000), [{ digit: '1', durationMs: 100 }])
  t.same(receive(1, true, 800, 1000), [], 'the end is repeated')
  receive(2, false, 400, 3000, true)
  t.same(
    receive(3, false, 160, 5000, true),
    [{ digit: '2', durationMs: 50 }],
    'the next key ends one whose end was lost',
  )
  t.same(receiver.expire(100), undefined)
  t.same(receiver.expire(200), { digit: '3', durationMs: 20 })
  receive(10, false, 0xffff, 10_000, true)
  t.same(
    receive(10, true, 800, 10_000 + 0xffff),
    [{ digit: '*', durationMs: 8292 }],
    'RFC 4733 §2.5.1.3: one long key in pieces',
  )
  t.same(receive(99, true, 800, 200_000), [], 'an event that is no key')
  t.same(receiver.receive(Buffer.alloc(2), 0, 2, 300_000, true, 0), [], 'too short')
})

t.test('pressed keys keep their time and their pause', async t => {
  const sender = new DigitSender()
  sender.press('1x2', 60, false)
  const frames = Array.from({ length: 30 }, () => sender.next())
  const events = frames.flatMap(frame => (frame?.type === 'event' ? [frame] : []))
  t.same(
    events.map(frame => frame.event),
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2],
  )
  t.same(
    events.slice(0, 6).map(frame => frame.duration),
    [160, 320, 480, 480, 480, 480],
  )
  t.same(
    events.slice(0, 6).map(frame => frame.isEnd),
    [false, false, false, true, true, true],
  )
  t.equal(frames.at(-1), undefined)
  t.notOk(sender.isBusy)
})

t.test('who hears whom', async t => {
  const [a, b, c, s] = ['a', 'b', 'c', 's'] as PortId[] as [PortId, PortId, PortId, PortId]
  const bridged: [PortId, Ties][] = [
    [a, { bridge: b }],
    [b, { bridge: a }],
  ]
  const whisper: [PortId, Ties] = [s, { eavesdrop: { target: b, mode: 'whisper' } }]
  const cases: [name: string, ties: [PortId, Ties][], port: PortId, expected: object][] = [
    ['nobody', [[a, {}]], a, { type: 'nothing' }],
    ['a partner', bridged, a, { type: 'forward', from: b }],
    ['a partner who is gone', [[a, { bridge: b }]], a, { type: 'nothing' }],
    [
      'a prompt before anything',
      [
        [a, { bridge: b, isPlaying: true, isHeld: true }],
        [b, {}],
      ],
      a,
      { type: 'play' },
    ],
    [
      'music while held',
      [
        [a, { bridge: b, isHeld: true }],
        [b, {}],
      ],
      a,
      { type: 'music' },
    ],
    [
      'the speakers of a room',
      [
        [a, { room: 'x' }],
        [b, { room: 'x' }],
        [c, { room: 'x', isRoomMuted: true }],
        [s, { room: 'y' }],
      ],
      a,
      { type: 'mix', from: [b] },
    ],
    ['a whisper', [...bridged, whisper], b, { type: 'mix', from: [a, s] }],
    ['not the whisper to the other', [...bridged, whisper], a, { type: 'forward', from: b }],
    ['both sides', [...bridged, whisper], s, { type: 'mix', from: [b, a] }],
    [
      'who barges in',
      [...bridged, [s, { eavesdrop: { target: b, mode: 'barge' } }]],
      a,
      { type: 'mix', from: [b, s] },
    ],
    [
      'what is played to the target',
      [[b, { isPlaying: true }], whisper],
      s,
      { type: 'mix', from: [b], hearingOf: [b] },
    ],
  ]
  for (const [name, ties, port, expected] of cases)
    t.match(hearingOf(port, new Map(ties)), expected, name)
})
