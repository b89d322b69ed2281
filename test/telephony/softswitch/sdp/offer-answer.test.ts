import t from 'tap'
import {
  answerAudio,
  makeOffer,
  readAnswer,
  type LocalMedia,
} from '../../../../telephony/softswitch/sdp/offer-answer.ts'
import { isWebRtcOffer, parseSdp } from '../../../../telephony/softswitch/sdp/sdp.ts'

const local: LocalMedia = {
  address: '192.0.2.10',
  audioPort: 30000,
  sessionId: '7',
  sessionVersion: 1,
}

function offer(...media: string[]): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 192.0.2.20',
    's=-',
    'c=IN IP4 192.0.2.20',
    't=0 0',
    ...media,
    '',
  ].join('\r\n')
}

function agreed(text: string, own: Partial<LocalMedia> = {}) {
  const answer = answerAudio(text, { ...local, ...own })
  if (answer === 'no-common-codec') throw new Error(answer)
  return answer
}

t.test('the first codec of the caller that we know is taken', async t => {
  for (const [formats, codec] of [
    ['0 8', 'PCMU'],
    ['8 0', 'PCMA'],
    ['18 3 8', 'PCMA'],
    ['96 0', 'PCMU'],
  ] as const) {
    const answer = agreed(offer(`m=audio 4000 RTP/AVP ${formats}`, 'a=rtpmap:96 opus/48000/2'))
    t.equal(answer.codec, codec, formats)
    t.match(answer.sdp, new RegExp(`m=audio 30000 RTP/AVP ${codec === 'PCMA' ? 8 : 0}\r\n`))
    t.same(answer.remote, { address: '192.0.2.20', port: 4000, rtcpPort: 4001 })
  }
})

t.test('without a common codec there is no answer', async t => {
  for (const text of [
    offer('m=audio 4000 RTP/AVP 18'),
    offer('m=audio 0 RTP/AVP 0'),
    offer('m=audio 4000 RTP/SAVP 0'),
    offer('m=video 4000 RTP/AVP 31'),
    offer(),
    'v=0\r\nrubbish\r\n',
    '',
    'm=audio 4000 RTP/AVP 0',
  ]) {
    t.equal(answerAudio(text, local), 'no-common-codec', JSON.stringify(text))
  }
})

t.test('digits are agreed under the payload type of the caller, at 8 kHz only', async t => {
  const answer = agreed(
    offer(
      'm=audio 4000 RTP/AVP 8 110 126',
      'a=rtpmap:110 telephone-event/48000',
      'a=rtpmap:126 telephone-event/8000',
      'a=fmtp:126 0-16',
    ),
  )
  t.equal(answer.digitPayloadType, 126)
  t.match(answer.sdp, 'm=audio 30000 RTP/AVP 8 126\r\n')
  t.match(answer.sdp, 'a=fmtp:126 0-15\r\n')
  t.equal(agreed(offer('m=audio 4000 RTP/AVP 8')).digitPayloadType, undefined)
})

t.test('directions answer each other', async t => {
  for (const [lines, wanted, ours] of [
    [[], 'sendrecv', 'sendrecv'],
    [['a=sendrecv'], 'sendrecv', 'sendrecv'],
    [['a=sendonly'], 'sendrecv', 'recvonly'],
    [['a=recvonly'], 'sendrecv', 'sendonly'],
    [['a=inactive'], 'sendrecv', 'inactive'],
    [['c=IN IP4 0.0.0.0'], 'sendrecv', 'recvonly'],
    [['a=sendrecv'], 'sendonly', 'sendonly'],
    [['a=sendonly'], 'sendonly', 'inactive'],
    [['a=sendrecv'], 'inactive', 'inactive'],
  ] as const) {
    const answer = agreed(offer('m=audio 4000 RTP/AVP 8', ...lines), { direction: wanted })
    t.equal(answer.direction, ours, `${lines.join()} wanting ${wanted}`)
    t.match(answer.sdp, `a=${ours}\r\n`)
  }
  const session = offer('m=audio 4000 RTP/AVP 8').replace('t=0 0', 't=0 0\r\na=sendonly')
  t.equal(agreed(session).direction, 'recvonly', 'a direction of the session counts for its media')
})

t.test('RTCP goes where the far end says', async t => {
  const rtcp = (...lines: string[]) => {
    const text = offer('m=audio 4000 RTP/AVP 8', ...lines)
    return agreed(text, { rtcpMux: true })
  }
  t.equal(rtcp().remote.rtcpPort, 4001)
  t.equal(rtcp('a=rtcp:5055 IN IP4 192.0.2.20').remote.rtcpPort, 5055)
  t.equal(rtcp('a=rtcp-mux').remote.rtcpPort, 4000)
  t.match(rtcp('a=rtcp-mux').sdp, 'a=rtcp-mux')
  t.notMatch(agreed(offer('m=audio 4000 RTP/AVP 8', 'a=rtcp-mux')).sdp, 'rtcp-mux')
})

const VIDEO = [
  'm=video 5000 RTP/AVP 96 97 98',
  'a=rtpmap:96 H264/90000',
  'a=fmtp:96 profile-level-id=42e01f;packetization-mode=1',
  'a=rtcp-fb:96 nack pli',
  'a=rtpmap:97 VP8/90000',
  'a=rtpmap:98 H265/90000',
]

t.test('video is refused at its place, or passed with its lines', async t => {
  const text = offer(...VIDEO, 'm=audio 4000 RTP/AVP 8', 'm=application 9 TCP/BFCP *')
  const refused = agreed(text)
    .sdp.split('\r\n')
    .filter(line => line.startsWith('m='))
  t.same(refused, [
    'm=video 0 RTP/AVP 96 97 98',
    'm=audio 30000 RTP/AVP 8',
    'm=application 0 TCP/BFCP *',
  ])

  const taken = agreed(text, { video: { port: 30002 } })
  t.same(
    taken.video?.formats.map(format => [format.payloadType, format.name]),
    [
      [96, 'H264'],
      [97, 'VP8'],
    ],
  )
  t.match(taken.sdp, 'm=video 30002 RTP/AVP 96 97\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 profile')
  t.match(taken.sdp, 'a=rtcp-fb:96 nack pli\r\n')
  t.same(taken.video?.remote, { address: '192.0.2.20', port: 5000, rtcpPort: 5001 })

  const vp8 = { payloadType: 120, name: 'VP8', feedback: [] } as const
  const limited = agreed(text, { video: { port: 30002, formats: [vp8] } })
  t.same(
    limited.video?.formats.map(format => format.payloadType),
    [97],
  )
  const single = {
    payloadType: 99,
    name: 'H264',
    fmtp: 'profile-level-id=42e01f',
    feedback: [],
  } as const
  t.equal(agreed(text, { video: { port: 30002, formats: [single] } }).video, undefined)
})

t.test('our offer and the answer to it agree', async t => {
  const video = { port: 30002, formats: [{ payloadType: 97, name: 'VP8', feedback: [] }] } as const
  const ours = makeOffer({ ...local, video })
  t.match(ours, 'm=audio 30000 RTP/AVP 8 0 101\r\n')
  const theirs = agreed(ours, { address: '192.0.2.30', audioPort: 7000, video: { port: 7002 } })
  const read = readAnswer(theirs.sdp, { ...local, video })
  t.match(read, {
    codec: 'PCMA',
    digitPayloadType: 101,
    direction: 'sendrecv',
    remote: { address: '192.0.2.30', port: 7000, rtcpPort: 7001 },
    video: { remote: { port: 7002 }, formats: [{ payloadType: 97, name: 'VP8' }] },
  })
  t.equal(readAnswer(offer('m=audio 0 RTP/AVP 8'), local), 'no-common-codec')
  t.equal(readAnswer(offer('m=audio 9 RTP/AVP 18'), local), 'no-common-codec')
  t.match(readAnswer(offer('m=audio 9 RTP/AVP 8', 'm=video 0 RTP/AVP 97'), { ...local, video }), {
    codec: 'PCMA',
    video: undefined,
  })
  t.match(
    makeOffer({ ...local, direction: 'sendonly', sessionVersion: 2 }),
    /o=hotline 7 2 .*a=sendonly/s,
  )
})

t.test('a browser is known by its description', async t => {
  t.equal(isWebRtcOffer(offer('m=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=fingerprint:sha-256 AA')), true)
  t.equal(isWebRtcOffer(offer('m=audio 4000 RTP/AVP 8')), false)
})

t.test('a description survives sloppy line ends and nonsense does not pass', async t => {
  t.equal(parseSdp(offer('m=audio 4000 RTP/AVP 8').replaceAll('\r\n', '\n'))?.media.length, 1)
  for (const text of ['', 'hello', 'v=0\r\nm=audio', 'v=0\r\nm=audio 99999 RTP/AVP 0', '\0\0\0']) {
    t.equal(parseSdp(text), undefined, JSON.stringify(text))
  }
})
