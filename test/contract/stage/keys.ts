// Keys of a telephone, sent as it sends them.
import type { FarEnd } from '../../fixtures/far-end.ts'

const DIGITS = '0123456789*#ABCD'
const EVENT = 101

/** RFC 4733 §2.5: one timestamp, a growing duration, the end said three times. */
export async function pressOne(ear: FarEnd, port: number, digit: string, durationMs: number) {
  const timestamp = ear.timestamp()
  const packets = Math.max(1, Math.round(durationMs / 20))
  for (let i = 1; i <= packets + 2; i++) {
    const duration = Math.min(i, packets) * 160
    const isEnd = i >= packets
    const payload = Buffer.from([
      DIGITS.indexOf(digit),
      isEnd ? 0x8a : 0x0a,
      duration >> 8,
      duration & 255,
    ])
    ear.send(port, { payloadType: EVENT, payload, timestamp, marker: i === 1 })
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  await new Promise(resolve => setTimeout(resolve, 100))
}
