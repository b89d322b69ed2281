// RNNoise (weights in @echogarden/rnnoise-wasm) as a stage before recognition. Off unless asked for: see asr-tts/README.md.
import createRnnoise, { type RnnoiseModule } from '@echogarden/rnnoise-wasm'
import { resample, type Sound } from './audio.ts'

/** RNNoise knows this rate and these frames only. */
const RATE_HZ = 48_000
const FRAME = 480
/** It takes floats of the range of 16-bit samples. */
const FULL_SCALE = 32_768
const FLOAT_BYTES = 4
/** What it gives lags behind what it is given by one frame (denoise.c: overlapping windows). */
const DELAY = FRAME

export interface Denoiser {
  /** The same sound with less noise, at its rate and of its length. */
  clean(sound: Sound): Promise<Sound>
}

export async function createDenoiser(): Promise<Denoiser> {
  const rnnoise: RnnoiseModule = await createRnnoise()
  return {
    async clean(sound) {
      const wide = await resample(sound, RATE_HZ)
      const cleaned = await resample(run(rnnoise, wide), sound.sampleRateHz)
      const samples = new Float32Array(sound.samples.length)
      samples.set(cleaned.samples.subarray(0, samples.length))
      return { sampleRateHz: sound.sampleRateHz, samples }
    },
  }
}

function run(rnnoise: RnnoiseModule, { samples }: Sound): Sound {
  const state = rnnoise._rnnoise_create(0)
  const at = rnnoise._malloc(FRAME * FLOAT_BYTES)
  const cleaned = new Float32Array(samples.length + DELAY)
  try {
    for (let from = 0; from < cleaned.length; from += FRAME) {
      // The memory moves when it grows.
      const frame = new Float32Array(rnnoise.HEAPU8.buffer, at, FRAME)
      frame.fill(0)
      frame.set(samples.subarray(from, from + FRAME).map(sample => sample * FULL_SCALE))
      rnnoise._rnnoise_process_frame(state, at, at)
      const heard = new Float32Array(rnnoise.HEAPU8.buffer, at, FRAME)
      cleaned.set(heard.subarray(0, Math.min(FRAME, cleaned.length - from)), from)
    }
  } finally {
    rnnoise._free(at)
    rnnoise._rnnoise_destroy(state)
  }
  return {
    sampleRateHz: RATE_HZ,
    samples: cleaned.subarray(DELAY).map(value => value / FULL_SCALE),
  }
}
