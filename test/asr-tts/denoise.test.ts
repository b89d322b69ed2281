import t from 'tap'
import { rootMeanSquare, type Sound } from '../../asr-tts/audio.ts'
import { createDenoiser } from '../../asr-tts/denoise.ts'
import { ABSENT, sampleOf } from '../fixtures/speech/model.ts'
import { joined, mixed, pinkNoise, silence } from '../fixtures/speech/sounds.ts'

t.setTimeout(120_000)

const toSound = (samples: Int16Array): Sound => ({
  sampleRateHz: 8000,
  samples: Float32Array.from(samples, sample => sample / 32_768),
})
const levelDb = ({ samples }: Sound, fromMs: number, toMs: number) =>
  20 * Math.log10(rootMeanSquare(samples.subarray(fromMs * 8, toMs * 8)) + 1e-9)

t.test('noise falls away', async t => {
  const denoiser = await createDenoiser()
  const noisy = toSound(pinkNoise(2000, -35))
  const cleaned = await denoiser.clean(noisy)
  t.equal(cleaned.samples.length, noisy.samples.length)
  t.equal(cleaned.sampleRateHz, 8000)
  t.ok(levelDb(cleaned, 500, 2000) < levelDb(noisy, 500, 2000) - 20)
})

t.test('a person stays as loud, at the same place', async t => {
  const sample = sampleOf('fa0')
  if (!sample) return void t.pass(ABSENT)
  const denoiser = await createDenoiser()
  const spoken = joined(silence(1000), sample)
  const clean = toSound(spoken)
  const cleaned = await denoiser.clean(toSound(mixed(spoken, pinkNoise(6500, -35))))
  t.ok(Math.abs(levelDb(cleaned, 2000, 5800) - levelDb(clean, 2000, 5800)) < 2)
  t.ok(levelDb(cleaned, 200, 900) < -60)
  const likeness = (lag: number) =>
    clean.samples
      .subarray(16_000, 40_000)
      .reduce((sum, value, i) => sum + value * (cleaned.samples[16_000 + i + lag] ?? 0), 0)
  t.ok([-40, -16, 16, 40].every(lag => likeness(lag) < likeness(0)))
})
