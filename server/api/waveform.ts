// The picture of a recording: the loudest sample of each stretch, caller and agent apart.
import { createReadStream } from 'node:fs'

/** About a pixel each on a wide screen. */
const BUCKETS = 800
const HEADER_BYTES = 44
const SAMPLE_RATE_HZ = 8000
/** Stereo, 16 bit: caller left, agent right. */
const FRAME_BYTES = 4
const FULL_SCALE = 32_768

export interface Waveform {
  readonly durationMs: number
  readonly bucketMs: number
  readonly caller: number[]
  readonly agent: number[]
}

export async function toWaveform(path: string, size: number): Promise<Waveform> {
  const frames = Math.max(0, Math.floor((size - HEADER_BYTES) / FRAME_BYTES))
  const perBucket = Math.max(1, Math.ceil(frames / BUCKETS))
  const count = Math.ceil(frames / perBucket)
  const caller = new Array<number>(count).fill(0)
  const agent = new Array<number>(count).fill(0)
  if (frames === 0) return { durationMs: 0, bucketMs: 0, caller, agent }

  let frame = 0
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, {
    start: HEADER_BYTES,
    end: HEADER_BYTES + frames * FRAME_BYTES - 1,
  })) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const whole = bytes.length - (bytes.length % FRAME_BYTES)
    for (let at = 0; at < whole; at += FRAME_BYTES) {
      const bucket = Math.floor(frame++ / perBucket)
      caller[bucket] = louder(caller[bucket], bytes.readInt16LE(at))
      agent[bucket] = louder(agent[bucket], bytes.readInt16LE(at + 2))
    }
    rest = bytes.subarray(whole)
  }
  const scale = (peaks: number[]) =>
    peaks.map(peak => Math.round((peak / FULL_SCALE) * 1000) / 1000)
  return {
    durationMs: (frames / SAMPLE_RATE_HZ) * 1000,
    bucketMs: (perBucket / SAMPLE_RATE_HZ) * 1000,
    caller: scale(caller),
    agent: scale(agent),
  }
}

const louder = (peak: number | undefined, sample: number) =>
  Math.abs(sample) > Math.abs(peak ?? 0) ? sample : (peak ?? 0)
