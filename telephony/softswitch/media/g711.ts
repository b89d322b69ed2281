// ITU-T G.711 as tables: 8 bit to 16 bit linear, 16 bit linear to 8 bit, and one law to the other.
import type { AudioCodec } from './media.ts'

const MU_BIAS = 0x84
const MU_CLIP = 32_635

const muLawToLinear = (code: number): number => {
  const inverted = ~code & 0xff
  const magnitude = (((inverted & 0x0f) << 3) + MU_BIAS) << ((inverted & 0x70) >> 4)
  return inverted & 0x80 ? MU_BIAS - magnitude : magnitude - MU_BIAS
}

const linearToMuLaw = (sample: number): number => {
  const sign = sample < 0 ? 0x80 : 0
  const magnitude = Math.min(Math.abs(sample), MU_CLIP) + MU_BIAS
  const exponent = 31 - Math.clz32(magnitude) - 7
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff
}

const aLawToLinear = (code: number): number => {
  const even = code ^ 0x55
  const exponent = (even & 0x70) >> 4
  const mantissa = (even & 0x0f) << 4
  const magnitude = exponent === 0 ? mantissa + 8 : (mantissa + 0x108) << (exponent - 1)
  return even & 0x80 ? magnitude : -magnitude
}

const linearToALaw = (sample: number): number => {
  const sign = sample >= 0 ? 0x80 : 0
  const magnitude = Math.min((sample >= 0 ? sample : -sample - 1) >> 3, 4095)
  const exponent = magnitude < 32 ? 0 : 31 - Math.clz32(magnitude) - 4
  const mantissa = (magnitude >> (exponent === 0 ? 1 : exponent)) & 0x0f
  return (sign | (exponent << 4) | mantissa) ^ 0x55
}

const decodeTable = (decode: (code: number) => number) =>
  Int16Array.from({ length: 256 }, (_, code) => decode(code))
const encodeTable = (encode: (sample: number) => number) =>
  Uint8Array.from({ length: 65_536 }, (_, index) => encode(index - 32_768))
const crossTable = (decode: (code: number) => number, encode: (sample: number) => number) =>
  Uint8Array.from({ length: 256 }, (_, code) => encode(decode(code)))

const DECODE = { PCMU: decodeTable(muLawToLinear), PCMA: decodeTable(aLawToLinear) } as const
const ENCODE = { PCMU: encodeTable(linearToMuLaw), PCMA: encodeTable(linearToALaw) } as const
const CROSS = {
  PCMU: crossTable(muLawToLinear, linearToALaw),
  PCMA: crossTable(aLawToLinear, linearToMuLaw),
} as const

/** The code of digital silence. */
export const SILENCE_CODE = { PCMU: 0xff, PCMA: 0xd5 } as const

/** RFC 3551 §6. */
export const PAYLOAD_TYPE = { PCMU: 0, PCMA: 8 } as const

export const codecOf = (payloadType: number): AudioCodec | undefined =>
  payloadType === 0 ? 'PCMU' : payloadType === 8 ? 'PCMA' : undefined

/** Decodes `bytes[start, end)` into `samples`; returns the count, at most the room there is. */
export const decode = (
  codec: AudioCodec,
  bytes: Uint8Array,
  start: number,
  end: number,
  samples: Int16Array,
): number => {
  const table = DECODE[codec]
  const count = Math.min(end - start, samples.length)
  for (let i = 0; i < count; i++) samples[i] = table[bytes[start + i] ?? 0] ?? 0
  return count
}

/** Encodes `count` samples into `bytes` from `start`. */
export const encode = (
  codec: AudioCodec,
  samples: Int16Array,
  count: number,
  bytes: Uint8Array,
  start: number,
): void => {
  const table = ENCODE[codec]
  for (let i = 0; i < count; i++) bytes[start + i] = table[(samples[i] ?? 0) + 32_768] ?? 0
}

/** Copies `from[start, end)` to `to` at `at`, from one law to the other where they differ. */
export const transcode = (
  source: AudioCodec,
  target: AudioCodec,
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
): void => {
  if (source === target) {
    to.set(from.subarray(start, end), at)
    return
  }
  const table = CROSS[source]
  for (let i = start; i < end; i++) to[at + i - start] = table[from[i] ?? 0] ?? 0
}
