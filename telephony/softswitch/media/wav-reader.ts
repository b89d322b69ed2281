// WAV files as linear samples at 8 kHz: PCM 16 bit and G.711, 8 or 16 kHz; several channels become one.
import { decode } from './g711.ts'

/** WAVE format tags (RFC 2361). */
const FORMATS: Readonly<Record<number, 'PCM' | 'PCMA' | 'PCMU'>> = {
  1: 'PCM',
  6: 'PCMA',
  7: 'PCMU',
}
/** WAVE_FORMAT_EXTENSIBLE keeps the real tag 24 bytes into the chunk. */
const EXTENSIBLE = 0xfffe

export interface WavFormat {
  readonly encoding: 'PCM' | 'PCMA' | 'PCMU'
  readonly rateHz: 8000 | 16000
  readonly channels: number
  /** Bytes of one sample of all channels. */
  readonly blockBytes: number
  readonly dataStart: number
  /** Infinity where the header does not say (a file still written). */
  readonly dataBytes: number
}

/** Reads the chunks up to the sound. A sentence for what can't be played. */
export const parseWavHeader = (head: Buffer): WavFormat | string => {
  if (
    head.length < 12 ||
    head.toString('latin1', 0, 4) !== 'RIFF' ||
    head.toString('latin1', 8, 12) !== 'WAVE'
  )
    return 'not a WAV file'
  let format: Omit<WavFormat, 'dataStart' | 'dataBytes'> | string = 'no format chunk'
  for (let at = 12; at + 8 <= head.length;) {
    const name = head.toString('latin1', at, at + 4)
    const bytes = head.readUInt32LE(at + 4)
    if (name === 'fmt ' && at + 24 <= head.length) format = parseFormat(head, at + 8, bytes)
    if (name === 'data') {
      if (typeof format === 'string') return format
      const isOpenEnded = bytes === 0 || bytes === 0xffffffff
      return {
        ...format,
        dataStart: at + 8,
        dataBytes: isOpenEnded ? Number.POSITIVE_INFINITY : bytes,
      }
    }
    // Chunks begin at even places.
    at += 8 + bytes + (bytes & 1)
  }
  return typeof format === 'string' ? format : 'no sound in the first 64 kB'
}

const parseFormat = (
  head: Buffer,
  at: number,
  bytes: number,
): Omit<WavFormat, 'dataStart' | 'dataBytes'> | string => {
  let tag = head.readUInt16LE(at)
  if (tag === EXTENSIBLE && bytes >= 26 && at + 26 <= head.length) tag = head.readUInt16LE(at + 24)
  const channels = head.readUInt16LE(at + 2)
  const rateHz = head.readUInt32LE(at + 4)
  const bits = head.readUInt16LE(at + 14)
  const encoding = FORMATS[tag]
  if (encoding === undefined) return `sound format ${tag} is not supported`
  if (bits !== (encoding === 'PCM' ? 16 : 8)) return `${bits} bit samples are not supported`
  if (channels < 1 || channels > 8) return `${channels} channels are not supported`
  if (rateHz !== 8000 && rateHz !== 16_000) return `a sample rate of ${rateHz} Hz is not supported`
  return { encoding, rateHz, channels, blockBytes: (channels * bits) / 8 }
}

/** Half-band low pass of 11 taps: what is above 4 kHz must not fold into speech. */
const TAPS = [0.0098, 0, -0.0605, 0, 0.3003, 0.5, 0.3003, 0, -0.0605, 0, 0.0098]

/** Turns pieces of a file into samples at 8 kHz, keeping what belongs to the next piece. */
export class WavDecoder {
  readonly #format: WavFormat
  #rest: Buffer = Buffer.alloc(0)
  #history = new Float64Array(TAPS.length - 1)
  /** Whether the next input sample is one of those kept at half the rate. */
  #keepsNext = true

  constructor(format: WavFormat) {
    this.#format = format
  }

  decode(piece: Buffer): Int16Array {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece
    const count = Math.floor(bytes.length / this.#format.blockBytes)
    // Copied: the caller may use its buffer again.
    this.#rest = Buffer.from(bytes.subarray(count * this.#format.blockBytes))
    const samples = this.#mono(bytes, count)
    return this.#format.rateHz === 8000 ? samples : this.#halve(samples)
  }

  #mono(bytes: Buffer, count: number): Int16Array {
    const { encoding, channels } = this.#format
    const all = new Int16Array(count * channels)
    if (encoding === 'PCM') for (let i = 0; i < all.length; i++) all[i] = bytes.readInt16LE(i * 2)
    else decode(encoding, bytes, 0, all.length, all)
    if (channels === 1) return all
    return Int16Array.from({ length: count }, (_, i) => {
      let sum = 0
      for (let channel = 0; channel < channels; channel++) sum += all[i * channels + channel] ?? 0
      return sum / channels
    })
  }

  #halve(samples: Int16Array): Int16Array {
    const input = new Float64Array(this.#history.length + samples.length)
    input.set(this.#history)
    input.set(samples, this.#history.length)
    const kept: number[] = []
    for (let i = 0; i < samples.length; i++) {
      if (this.#keepsNext) {
        let sum = 0
        for (let tap = 0; tap < TAPS.length; tap++) sum += (TAPS[tap] ?? 0) * (input[i + tap] ?? 0)
        kept.push(Math.max(-32_768, Math.min(32_767, Math.round(sum))))
      }
      this.#keepsNext = !this.#keepsNext
    }
    this.#history = input.slice(input.length - this.#history.length)
    return Int16Array.from(kept)
  }
}
