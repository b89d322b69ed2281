// Sound made of sines: FreeSWITCH's tone_stream and silence_stream, and the tones of telephone keys.

const RATE_HZ = 8000
/** Level of one sine of a tone, of 32767. */
const AMPLITUDE = 8000

export interface Tone {
  readonly frequenciesHz: readonly number[]
}

/** One cycle of a tone stream: sound, then silence. */
export interface Cadence extends Tone {
  readonly onMs: number
  readonly offMs: number
}

export type Stream =
  | { readonly type: 'silence'; /** Without end when negative. */ readonly durationMs: number }
  | {
      readonly type: 'tone'
      readonly cadences: readonly Cadence[]
      /** Without end when negative. */ readonly loops: number
    }

const DIGIT_ROWS_HZ = [697, 770, 852, 941]
const DIGIT_COLUMNS_HZ = [1209, 1336, 1477, 1633]
const KEYPAD = ['123A', '456B', '789C', '*0#D']

/** The two tones of a key (ITU-T Q.23). */
export const digitTone = (digit: string): Tone => {
  const row = KEYPAD.findIndex(keys => keys.includes(digit.toUpperCase()))
  const column = KEYPAD[row]?.indexOf(digit.toUpperCase()) ?? -1
  return { frequenciesHz: [DIGIT_ROWS_HZ[row] ?? 0, DIGIT_COLUMNS_HZ[column] ?? 0] }
}

/** Reads `tone_stream://%(on,off,hz[,hz])[;loops=n]` and `silence_stream://ms[,noise]`; undefined for anything else. */
export const parseStream = (name: string): Stream | undefined => {
  const silence = /^silence_stream:\/\/(-?\d+)(?:,\d+)?$/.exec(name)
  if (silence) return { type: 'silence', durationMs: Number(silence[1]) }
  const tone = /^tone_stream:\/\/([^%]*)((?:%\([^)]*\);?)+)(?:loops=(-?\d+))?$/.exec(name)
  if (!tone) return undefined
  const cadences: Cadence[] = []
  for (const [, body = ''] of (tone[2] ?? '').matchAll(/%\(([^)]*)\)/g)) {
    const [onMs = Number.NaN, offMs = 0, ...frequenciesHz] = body.split(',').map(Number)
    if (![onMs, offMs, ...frequenciesHz].every(value => Number.isFinite(value) && value >= 0))
      return undefined
    cadences.push({ onMs, offMs, frequenciesHz })
  }
  if (!cadences.some(cadence => cadence.onMs + cadence.offMs >= 1)) return undefined
  return { type: 'tone', cadences, loops: tone[3] === undefined ? 1 : Number(tone[3]) }
}

/** Adds nothing and keeps no state: `count` samples of a tone from `position` samples after its start. */
export const writeTone = (
  tone: Tone,
  position: number,
  samples: Int16Array,
  from: number,
  count: number,
): void => {
  for (let i = 0; i < count; i++) {
    let value = 0
    for (const hz of tone.frequenciesHz)
      value += Math.sin((2 * Math.PI * hz * (position + i)) / RATE_HZ)
    samples[from + i] = Math.round(value * AMPLITUDE)
  }
}

const toSamples = (ms: number): number => Math.round((ms * RATE_HZ) / 1000)

/** Pieces of at most one second each, for ever where the stream has no end. */
export function* renderStream(stream: Stream): Generator<Int16Array> {
  if (stream.type === 'silence') {
    yield* renderSilence(
      stream.durationMs < 0 ? Number.POSITIVE_INFINITY : toSamples(stream.durationMs),
    )
    return
  }
  for (let loop = 0; stream.loops < 0 || loop < stream.loops; loop++)
    for (const cadence of stream.cadences) {
      yield* renderTone(cadence, toSamples(cadence.onMs))
      yield* renderSilence(toSamples(cadence.offMs))
    }
}

function* renderTone(tone: Tone, total: number): Generator<Int16Array> {
  for (let done = 0; done < total; done += RATE_HZ) {
    const piece = new Int16Array(Math.min(RATE_HZ, total - done))
    writeTone(tone, done, piece, 0, piece.length)
    yield piece
  }
}

function* renderSilence(total: number): Generator<Int16Array> {
  for (let done = 0; done < total; done += RATE_HZ)
    yield new Int16Array(Math.min(RATE_HZ, total - done))
}
