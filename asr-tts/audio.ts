// Sound as numbers: reading WAV, changing its rate, trimming, levelling, writing WAV.
import { setImmediate } from 'node:timers/promises'

export interface Sound {
  readonly sampleRateHz: number
  /** One channel, −1 to 1. */
  readonly samples: Float32Array
}

/** The rate of the telephone network. */
export const TELEPHONE_RATE_HZ = 8000
const HEADER_BYTES = 44

/** A WAV of 16 bit and one channel. A `data` size beyond the end, as programs write it to a pipe, means: to the end. */
export function readWav(wav: Buffer): Sound | undefined {
  if (wav.length < HEADER_BYTES || wav.toString('latin1', 0, 4) !== 'RIFF') return undefined
  let sampleRateHz = 0
  for (let at = 12; at + 8 <= wav.length;) {
    const name = wav.toString('latin1', at, at + 4)
    const size = wav.readUInt32LE(at + 4)
    const body = at + 8
    if (name === 'fmt ') {
      const isPlain = wav.readUInt16LE(body) === 1 && wav.readUInt16LE(body + 2) === 1
      if (!isPlain || wav.readUInt16LE(body + 14) !== 16) return undefined
      sampleRateHz = wav.readUInt32LE(body + 4)
    }
    if (name === 'data') {
      if (sampleRateHz === 0) return undefined
      const count = Math.floor((Math.min(body + size, wav.length) - body) / 2)
      const samples = new Float32Array(count)
      for (let i = 0; i < count; i += 1) samples[i] = wav.readInt16LE(body + 2 * i) / 32768
      return { sampleRateHz, samples }
    }
    at = body + size + (size % 2)
  }
  return undefined
}

/** WAV, 16 bit, one channel. */
export function toWav({ sampleRateHz, samples }: Sound): Buffer {
  const wav = Buffer.alloc(HEADER_BYTES + 2 * samples.length)
  wav.write('RIFF', 0, 'latin1')
  wav.writeUInt32LE(36 + 2 * samples.length, 4)
  wav.write('WAVEfmt ', 8, 'latin1')
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(sampleRateHz, 24)
  wav.writeUInt32LE(2 * sampleRateHz, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36, 'latin1')
  wav.writeUInt32LE(2 * samples.length, 40)
  for (const [i, sample] of samples.entries()) {
    const value = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)))
    wav.writeInt16LE(value, HEADER_BYTES + 2 * i)
  }
  return wav
}

// Zero crossings of the low-pass kernel on each side: 74 dB down 420 Hz above the cut (Blackman).
const CROSSINGS = 24
// Of half the lower rate, 3720 Hz: a telephone carries up to 3400 Hz, and the little that folds back lies above 3850 Hz.
const CUT = 0.93
const BLOCK = 8000

/** Changes the sample rate with a windowed-sinc low-pass; gives way to others after each block. */
export async function resample(sound: Sound, toRateHz: number): Promise<Sound> {
  const { samples, sampleRateHz } = sound
  if (sampleRateHz === toRateHz) return sound
  const kernels = createKernels(sampleRateHz, toRateHz)
  const result = new Float32Array(Math.floor((samples.length * toRateHz) / sampleRateHz))
  for (let from = 0; from < result.length; from += BLOCK) {
    const to = Math.min(from + BLOCK, result.length)
    for (let i = from; i < to; i += 1) result[i] = kernels(samples, i)
    await setImmediate()
  }
  return { sampleRateHz: toRateHz, samples: result }
}

function createKernels(fromRateHz: number, toRateHz: number) {
  const common = greatestCommonDivisor(fromRateHz, toRateHz)
  const phases = toRateHz / common
  const stride = fromRateHz / common
  const cut = CUT * Math.min(1, toRateHz / fromRateHz)
  const reach = Math.ceil(CROSSINGS / cut)
  const taps = Array.from({ length: phases }, (_, phase) => {
    const kernel = new Float32Array(2 * reach)
    for (const i of kernel.keys()) {
      const distance = i - reach + 1 - phase / phases
      kernel[i] = cut * sinc(cut * distance) * blackman(distance / reach)
    }
    return kernel
  })
  return (samples: Float32Array, index: number): number => {
    const position = index * stride
    const first = Math.floor(position / phases) - reach + 1
    const kernel = taps[position % phases] ?? new Float32Array()
    let sum = 0
    for (let i = 0; i < kernel.length; i += 1) sum += (samples[first + i] ?? 0) * (kernel[i] ?? 0)
    return sum
  }
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b)
const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))
/** 1 at 0, 0 at −1 and 1. */
const blackman = (x: number) =>
  Math.abs(x) >= 1 ? 0 : 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x)

const FRAME_MS = 10
const AUDIBLE = 0.004 // −48 dBFS

/** Leaves this much silence before the first and after the last audible frame. */
export function trim(sound: Sound, keepMs: number): Sound {
  const frame = (sound.sampleRateHz * FRAME_MS) / 1000
  const { samples } = sound
  const audible: number[] = []
  for (let at = 0; at < samples.length; at += frame) {
    if (rootMeanSquare(samples.subarray(at, at + frame)) > AUDIBLE) audible.push(at)
  }
  const [first] = audible
  const last = audible.at(-1)
  if (first === undefined || last === undefined) return { ...sound, samples: new Float32Array() }
  const keep = (sound.sampleRateHz * keepMs) / 1000
  const trimmed = new Float32Array(last + frame - first + 2 * keep)
  const from = Math.max(0, first - keep)
  trimmed.set(
    samples.subarray(from, last + frame + keep).subarray(0, trimmed.length),
    keep - (first - from),
  )
  return { ...sound, samples: trimmed }
}

const MAX_PEAK = 0.9

/** Brings the sound to a level in dB below full scale (RMS), without clipping. */
export function level(sound: Sound, toDb: number): Sound {
  const now = rootMeanSquare(sound.samples)
  if (now === 0) return sound
  const peak = sound.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  const gain = Math.min(10 ** (toDb / 20) / now, MAX_PEAK / peak)
  return { ...sound, samples: sound.samples.map(sample => sample * gain) }
}

export const rootMeanSquare = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length))
