import t from 'tap'
import { blotSecrets, readSipHead } from '../../../telephony/capture/sip-text.ts'
import { pcapOf, tsharkFields } from '../../fixtures/pcap.ts'

const lines = (...all: string[]) => all.join('\r\n')
const HASH = '0123456789abcdef0123456789abcdef'
const SDP = lines(
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 4000 RTP/SAVP 8',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:verysecretpassword123',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz',
  '',
)
const INVITE = lines(
  'INVITE sip:12393@192.0.2.9 SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1',
  'From: <sip:1001@hotline>;tag=1',
  'To: <sip:12393@hotline>',
  'i: 1234@192.0.2.1',
  'CSeq: 2 INVITE',
  'Proxy-Authorization: Digest username="1001", realm="hotline",',
  ` nonce="n", uri="sip:12393@192.0.2.9", response="${HASH}"`,
  'Content-Type: application/sdp',
  `Content-Length: ${SDP.length}`,
  '',
  SDP,
)

t.test('whose dialog, and what it says', async t => {
  t.same(readSipHead(INVITE), { callId: '1234@192.0.2.1', method: 'INVITE' })
  t.same(readSipHead('SIP/2.0 486 Busy Here\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\r\n'), {
    callId: 'a',
    method: 'INVITE',
    status: 486,
    reason: 'Busy Here',
  })
  for (const nonsense of [
    '',
    'HTTP/1.1 200 OK\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\r\n',
    'INVITE sip:a SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n',
    'INVITE sip:a SIP/2.0\r\nCall-ID: a\r\n\r\n',
    `INVITE sip:a SIP/2.0\r\nCall-ID: ${'x'.repeat(300)}\r\nCSeq: 1 INVITE\r\n\r\n`,
    'INVITE sip:a SIP/2.0\r\n\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n',
  ])
    t.equal(readSipHead(nonsense), undefined, JSON.stringify(nonsense.slice(0, 40)))
})

t.test('secrets are blotted out, and the message is whole to others', async t => {
  const blotted = blotSecrets(INVITE)
  t.equal(blotted.length, INVITE.length)
  for (const secret of [HASH, 'verysecret', 'WVNfX19']) t.notMatch(blotted, secret)
  t.match(blotted, 'Proxy-Authorization: Digest ')
  t.match(blotted, 'a=ice-ufrag:abcd', 'what is no secret stays')
  t.match(blotSecrets('Authorization: Basic dXNlcjpwYXNz\r\n\r\n'), /Basic \*+\r\n/)
  t.match(blotSecrets('\r\n\r\nSignal=5\r\nDuration=160\r\n'), 'Signal=*\r\nDuration=160')
  const [row] = await tsharkFields(pcapOf([Buffer.from(blotted)], 5060), [
    'sip.Method',
    'sip.Call-ID',
    'sip.Content-Length',
    'sdp.media.port',
    '_ws.malformed',
  ])
  t.same(row, ['INVITE', '1234@192.0.2.1', String(SDP.length), '4000'].concat(row?.slice(4) ?? []))
  t.notOk(row?.[4], 'nothing is malformed')
})
