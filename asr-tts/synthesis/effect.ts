// Effects (音效) on a finished voice, by sox and ffmpeg as programs of their own.
import { level, type Sound, TELEPHONE_RATE_HZ, trim } from '../audio.ts'
import { runProgram } from '../program.ts'
import type { Effect } from '../synthesizer.ts'

export interface EffectTools {
  readonly sox?: string
  readonly ffmpeg?: string
  /** Default 20 s. */
  readonly limitMs?: number
  /** Path of the sound that lies under the voice; a WAV. */
  readonly bed: () => Promise<string>
}

interface Recipe {
  readonly program: 'sox' | 'ffmpeg'
  /** For sox its effects, for ffmpeg its filter. */
  readonly chain: readonly string[]
  /** RMS afterwards, dB below full scale. */
  readonly levelDb: number
}

const RAW_SOX = ['-t', 'raw', '-r', '8000', '-e', 'signed', '-b', '16', '-c', '1', '-']
const RAW_FFMPEG = ['-f', 's16le', '-ar', '8000', '-ac', '1']
const EDGE_MS = 80
/** Counted up when an effect is to sound different. */
export const EFFECT_FORM = 1

const RECIPES: Readonly<Record<Exclude<Effect, 'background'>, Recipe>> = {
  reverb: { program: 'sox', chain: words('pad 0 1.5 reverb 60 50 80'), levelDb: -20 },
  echo: { program: 'sox', chain: words('pad 0 1 echos 0.8 0.7 250 0.5 500 0.3'), levelDb: -20 },
  chorus: {
    program: 'sox',
    chain: words('pad 0 0.1 chorus 0.6 0.7 45 0.5 0.6 2 -s 60 0.45 0.4 2.3 -s 52 0.4 0.5 1.9 -s'),
    levelDb: -20,
  },
  near: {
    program: 'sox',
    chain: words('bass +4 180 treble +2 compand 0.01,0.1 6:-40,-20,-10 -3'),
    levelDb: -17,
  },
  far: { program: 'sox', chain: words('pad 0 0.8 lowpass 1800 reverb 35 50 60'), levelDb: -29 },
  // Every window of 32 ms begins anew in phase, so that it repeats every 8 ms: 125 Hz, whatever was said (ffmpeg-filters, afftfilt).
  robot: {
    program: 'ffmpeg',
    chain: [
      "afftfilt=real='hypot(re,im)*sin(0)':imag='hypot(re,im)*cos(0)':win_size=256:overlap=0.75",
    ],
    levelDb: -20,
  },
}

/** @throws {SynthesisFailed} */
export async function withEffect(sound: Sound, effect: Effect, tools: EffectTools): Promise<Sound> {
  if (effect === 'background') return onBed(sound, tools)
  const { program, chain, levelDb } = RECIPES[effect]
  const { sox = 'sox', ffmpeg = 'ffmpeg', limitMs = 20_000 } = tools
  const out = await runProgram({
    program: program === 'sox' ? sox : ffmpeg,
    debianPackage: program,
    args:
      program === 'sox'
        ? ['-D', ...RAW_SOX, ...RAW_SOX, ...chain]
        : ['-v', 'error', ...RAW_FFMPEG, '-i', 'pipe:0', '-af', ...chain, ...RAW_FFMPEG, 'pipe:1'],
    input: toPcm(sound),
    limitMs,
  })
  return level(trim(fromPcm(out), EDGE_MS), levelDb)
}

/** The bed begins before the voice and ends after it. */
async function onBed(sound: Sound, { ffmpeg = 'ffmpeg', limitMs = 20_000, bed }: EffectTools) {
  const seconds = sound.samples.length / sound.sampleRateHz + 1.6
  const filter =
    `[1:a]volume=0.16,afade=t=in:d=0.5,afade=t=out:st=${(seconds - 0.8).toFixed(3)}:d=0.8[bed];` +
    `[0:a]adelay=800,apad=pad_dur=0.8[voice];[voice][bed]amix=inputs=2:duration=first:normalize=0`
  const out = await runProgram({
    program: ffmpeg,
    debianPackage: 'ffmpeg',
    args: [
      ...['-v', 'error', ...RAW_FFMPEG, '-i', 'pipe:0', '-stream_loop', '-1', '-i', await bed()],
      ...['-filter_complex', filter, ...RAW_FFMPEG, 'pipe:1'],
    ],
    input: toPcm(sound),
    limitMs,
  })
  return fromPcm(out)
}

/** 16 bit, little endian. */
export function toPcm({ samples }: Sound): Buffer {
  const pcm = Buffer.alloc(2 * samples.length)
  for (const [i, sample] of samples.entries())
    pcm.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(sample * 32767))), 2 * i)
  return pcm
}

function fromPcm(pcm: Buffer): Sound {
  const samples = new Float32Array(Math.floor(pcm.length / 2))
  for (let i = 0; i < samples.length; i += 1) samples[i] = pcm.readInt16LE(2 * i) / 32768
  return { sampleRateHz: TELEPHONE_RATE_HZ, samples }
}

/** MPEG-2.5 layer III at the telephone's rate. @throws {SynthesisFailed} */
export const toMp3 = (
  sound: Sound,
  { ffmpeg = 'ffmpeg', limitMs = 20_000 }: Omit<EffectTools, 'bed'>,
): Promise<Buffer> =>
  runProgram({
    program: ffmpeg,
    debianPackage: 'ffmpeg',
    args: [
      ...['-v', 'error', ...RAW_FFMPEG, '-i', 'pipe:0', '-codec:a', 'libmp3lame', '-b:a', '32k'],
      ...['-f', 'mp3', 'pipe:1'],
    ],
    input: toPcm(sound),
    limitMs,
  })

function words(text: string): string[] {
  return text.split(' ')
}
