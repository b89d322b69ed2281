import t from 'tap'
import {
  isRtcp,
  renameInRtcp,
  toPlainRtp,
} from '../../../../telephony/softswitch/browser/rewrite.ts'
import {
  answeredAudio,
  chooseAudio,
  chooseVideo,
  fitToOffer,
  parseDescription,
  restrict,
  renderDescription,
  reversed,
  shapeLocal,
  turn,
  withoutSections,
} from '../../../../telephony/softswitch/browser/sdp.ts'
import { parseRtcp, type RtcpItem } from '../../../../telephony/softswitch/media/rtcp.ts'

const text = (...lines: string[]) => lines.map(line => `${line}\r\n`).join('')

/** As Chromium writes it, shortened. */
const offer = text(
  'v=0',
  'o=- 42 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'a=extmap-allow-mixed',
  'm=audio 40000 UDP/TLS/RTP/SAVPF 111 9 0 8 110 126',
  'c=IN IP4 127.0.0.1',
  'a=rtcp:9 IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  'a=setup:actpass',
  'a=mid:0',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=sendonly',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 transport-cc',
  'a=fmtp:111 minptime=10',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
  'm=video 40000 UDP/TLS/RTP/SAVPF 96 97 102 103 104',
  'a=mid:1',
  'a=sendrecv',
  'a=rtpmap:96 VP8/90000',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  'a=rtpmap:102 H264/90000',
  'a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f',
  'a=rtpmap:103 H264/90000',
  'a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f',
  'a=rtpmap:104 H264/90000',
  'a=fmtp:104 packetization-mode=1;profile-level-id=640c1f',
)

t.test('of all that a browser offers, G.711 and keys of the same clock are chosen', async t => {
  const [audio, video] = parseDescription(offer).sections
  t.match(audio, { kind: 'audio', port: 40_000, mid: '0', direction: 'sendonly' })
  t.match(chooseAudio(audio!.codecs), {
    codec: 'PCMA',
    digitPayloadType: 126,
    codecs: [{ payloadType: 8 }, { payloadType: 126 }],
  })
  t.same(
    chooseVideo(video!.codecs).map(codec => codec.payloadType),
    [103, 102, 96],
  )
  t.equal(chooseAudio(audio!.codecs.slice(0, 2)), undefined)
  t.same(
    answeredAudio([
      { payloadType: 0, name: 'PCMU/8000' },
      { payloadType: 8, name: 'PCMA/8000' },
    ]),
    { codec: 'PCMU' },
  )
  t.match(parseDescription(text('v=0', 'm=audio 1 RTP/AVP 8')).sections[0], {
    direction: 'sendrecv',
    codecs: [{ name: 'PCMA/8000' }],
  })
})

t.test('a restricted section keeps nothing of other codecs and no header extensions', async t => {
  const description = parseDescription(offer)
  const [audio] = description.sections
  const restricted = restrict(audio!, chooseAudio(audio!.codecs)!.codecs)
  t.equal(restricted.lines[0], 'm=audio 40000 UDP/TLS/RTP/SAVPF 8 126')
  t.notMatch(restricted.lines.join('\n'), /opus|extmap|:111|48000/)
  t.ok(restricted.lines.includes('a=rtcp-mux'))
  const alone = renderDescription(withoutSections(description, section => section.kind === 'audio'))
  t.match(alone, /a=group:BUNDLE 0\r\n/)
  t.notMatch(alone, /m=video/)
})

const local = text(
  'v=0',
  'o=rtc 7 0 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'a=group:LS 0',
  'm=audio 17590 UDP/TLS/RTP/SAVPF 8 126',
  'a=mid:0',
  'a=rtcp-fb:8 nack',
  'a=rtcp-fb:8 nack pli',
  'a=setup:active',
  'a=candidate:1 1 UDP 2114977791 10.1.1.1 17590 typ host',
  'a=candidate:2 1 UDP 1 198.51.100.9 17590 typ srflx raddr 0.0.0.0 rport 0',
)

t.test('what the library writes is made fit for browsers behind NAT', async t => {
  const shaped = shapeLocal(local, { version: 3, publicAddress: '203.0.113.5' })
  t.match(shaped, /o=rtc 7 3 IN/)
  t.match(shaped, /2114977791 203\.0\.113\.5 17590 typ host/)
  t.match(shaped, /198\.51\.100\.9 17590 typ srflx/)
  t.match(shaped, /a=sendrecv/)
  t.match(shaped, /nack pli/)
  t.notMatch(shaped, /nack\r\n/)
})

t.test('a turn changes direction, version and role, and nothing else', async t => {
  const before = shapeLocal(local, { version: 1 })
  const after = turn(before, { version: 2, setup: 'actpass', directionOf: () => 'inactive' })
  const changed = after.split('\r\n').filter(line => !before.split('\r\n').includes(line))
  t.same(changed.sort(), ['a=inactive', 'a=setup:actpass', 'o=rtc 7 2 IN IP4 127.0.0.1'])
  t.same((['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const).map(reversed), [
    'sendrecv',
    'recvonly',
    'sendonly',
    'inactive',
  ])
})

t.test('an answer has the sections of its offer, refused where we have no part', async t => {
  const answer = fitToOffer(shapeLocal(local, { version: 1 }), offer)
  t.same(
    parseDescription(answer).sections.map(({ kind, port, mid }) => [kind, port, mid]),
    [
      ['audio', 17_590, '0'],
      ['video', 0, '1'],
    ],
  )
  t.match(answer, /a=group:BUNDLE 0\r\n/)
})

t.test('packets of a browser lose their extensions', async t => {
  const rich = Buffer.from('9208000100000002000000030000000400000005bede000110ff0000aabb', 'hex')
  rich[0] = 0x80 | 0x10 | 2
  t.equal(toPlainRtp(Buffer.from(rich))?.toString('hex'), '800800010000000200000003aabb')
  t.equal(
    toPlainRtp(Buffer.from('800800010000000200000003aabb', 'hex'))?.toString('hex'),
    '800800010000000200000003aabb',
  )
  t.equal(toPlainRtp(rich.subarray(0, 20)), undefined)
  t.equal(toPlainRtp(Buffer.alloc(5)), undefined)
})

t.test('an SSRC has one name on each side of the relay', async t => {
  const report = Buffer.from(
    '81c90007' + '00000001' + '00000002' + '00'.repeat(20) + '81ce0002' + '00000001' + '00000002',
    'hex',
  )
  t.ok(isRtcp(report))
  renameInRtcp(report, 2, 9)
  renameInRtcp(report, 1, 8)
  const items: RtcpItem[] = []
  parseRtcp(report, item => items.push(item))
  t.match(items, [{ type: 'report', block: { ssrc: 9 } }, { type: 'key-frame-wanted' }])
  t.equal(report.readUInt32BE(4), 8)
  t.equal(report.readUInt32BE(40), 9)
  const junk = Buffer.from('ffffffffffffffff', 'hex')
  renameInRtcp(junk, 0xffffffff, 0)
  t.equal(junk.toString('hex'), 'ffffffffffffffff')
})
