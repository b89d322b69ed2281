// HEP as others write it, as we write it, and as nobody should.
import t from 'tap'
import { decodeHep, encodeHep, type HepPacket } from '../../../telephony/capture/hep.ts'

/** A 100 Trying as FreeSWITCH 1.11.1 (sofia-sip 1.13.17) sent it: chunks of addresses after the rest. */
const FREESWITCH =
  '48455033019a000000010007020000000200071100000007000861e400000008000885a700000009000a6b0262230000' +
  '000a000a000e3b150000000b0007010000000c000a0000000700000003000a7f00000100000004000a7f000001000000' +
  '0f013d5349502f322e302031303020547279696e670d0a5669613a205349502f322e302f554450203132372e302e302e' +
  '313a33343231353b6272616e63683d7a39684734624b656438646534356138353065333030353b72706f72743d333432' +
  '31350d0a46726f6d3a203c7369703a3133383030303031313131403132372e302e302e313a33343231353e3b7461673d' +
  '6230383339396430396464320d0a546f3a203c7369703a6563686f403132372e302e302e313a32353036303e0d0a4361' +
  '6c6c2d49443a203861323034383262303636623766653740746573740d0a435365713a203120494e564954450d0a5573' +
  '65722d4167656e743a20467265655357495443482d6d6f645f736f6669612f312e31312e312d72656c656173657e3634' +
  '6269740d0a436f6e74656e742d4c656e6774683a20300d0a0d0a'

const packet: HepPacket = {
  protocol: 17,
  from: { address: '192.0.2.1', port: 5060 },
  to: { address: '198.51.100.7', port: 40_000 },
  atUs: 1_795_318_182_104_084,
  kind: 1,
  captureId: 7,
  payload: Buffer.from('OPTIONS sip:a SIP/2.0\r\n\r\n'),
}

t.test('what FreeSWITCH sends is read', async t => {
  const read = decodeHep(Buffer.from(FREESWITCH, 'hex'))
  t.match(read, {
    protocol: 17,
    from: { address: '127.0.0.1', port: 25_060 },
    to: { address: '127.0.0.1' },
    kind: 1,
    captureId: 7,
  })
  t.match(read?.payload.toString(), /^SIP\/2\.0 100 Trying\r\n/)
  t.ok((read?.atUs ?? 0) > 1.79e15 && (read?.atUs ?? 0) < 1.8e15)
})

t.test('the bytes are those of the specification', async t => {
  const hex = encodeHep(packet)?.toString('hex') ?? ''
  t.equal(hex.slice(0, 8), Buffer.from('HEP3').toString('hex'))
  t.equal(Number.parseInt(hex.slice(8, 12), 16), hex.length / 2, 'the length is the whole')
  // Vendor 0, type, length of the chunk, value.
  for (const chunk of [
    '0000' + '0001' + '0007' + '02',
    '0000' + '0002' + '0007' + '11',
    '0000' + '0003' + '000a' + 'c0000201',
    '0000' + '0004' + '000a' + 'c6336407',
    '0000' + '0007' + '0008' + '13c4',
    '0000' + '0008' + '0008' + '9c40',
    '0000' + '000b' + '0007' + '01',
    '0000' + '000c' + '000a' + '00000007',
  ])
    t.match(hex, chunk)
})

t.test('what is written is read again', async t => {
  const rows: HepPacket[] = [
    packet,
    { ...packet, correlationId: '来电-1' },
    {
      ...packet,
      from: { address: '2001:db8::1', port: 1 },
      to: { address: '::1', port: 65_535 },
    },
    { ...packet, payload: Buffer.alloc(60_000, 0x41) },
  ]
  for (const row of rows) t.same(decodeHep(encodeHep(row)!), row)
  t.equal(encodeHep({ ...packet, payload: Buffer.alloc(65_500) }), undefined, 'too long to say')
})

t.test('the older versions are read', async t => {
  const ip = Buffer.from([192, 0, 2, 1, 198, 51, 100, 7])
  const head = (version: number, length: number) =>
    Buffer.from([version, length, 2, 17, 0x13, 0xc4, 0x9c, 0x40])
  const time = Buffer.alloc(12)
  time.writeUInt32LE(1_795_318_182, 0)
  time.writeUInt32LE(104_084, 4)
  time.writeUInt16LE(7, 8)
  t.same(decodeHep(Buffer.concat([head(2, 28), ip, time, packet.payload])), packet)
  t.match(decodeHep(Buffer.concat([head(1, 16), ip, packet.payload])), {
    atUs: 0,
    payload: packet.payload,
  })
})

t.test('what is cut, stretched or wrong is nothing', async t => {
  const whole = encodeHep(packet)!
  for (let length = 0; length < whole.length; length++)
    t.equal(decodeHep(whole.subarray(0, length)), undefined)
  for (let at = 0; at < whole.length; at++) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const broken = Buffer.from(whole)
      broken[at] = value
      t.doesNotThrow(() => decodeHep(broken))
    }
  }
  let state = 1
  for (let round = 0; round < 2000; round++) {
    const noise = Buffer.alloc(round % 200)
    for (let i = 0; i < noise.length; i++)
      noise[i] = (state = (state * 48_271) % 2_147_483_647) & 0xff
    if (round % 3 === 0) noise.write('HEP3')
    if (round % 3 === 1 && noise.length > 0) noise[0] = 2
    t.doesNotThrow(() => decodeHep(noise))
  }
})
