// Who hears whom: each party speaks a tone of its own, and what arrives is searched for all of them.
import type { FarEnd } from '../../fixtures/far-end.ts'
import { fromG711, goertzel, rms } from '../../fixtures/sound.ts'
import { until } from '../../fixtures/until.ts'

/** Tones far enough apart, and no one a multiple of another. */
export const TONES = {
  caller: 440,
  agent: 620,
  third: 810,
  supervisor: 1040,
  music: 1270,
  prompt: 1530,
  second: 1810,
  apology: 2130,
} as const
export type Voice = keyof typeof TONES

const WINDOW_MS = 400
const RATE_HZ = 8000
/** Of the power of all; three voices that speak together have a third each. */
const SHARE = 0.08
/** Of 32767; comfort noise lies below. */
const AUDIBLE = 100

/** Voices in a piece of sound, sorted by name. */
export function voicesIn(samples: Int16Array, rateHz = RATE_HZ): Voice[] {
  if (samples.length === 0 || rms(samples) < AUDIBLE) return []

  return (Object.keys(TONES) as Voice[])
    .filter(voice => goertzel(samples, rateHz, TONES[voice]) >= SHARE)
    .sort()
}

/** What came within the last moments, as it came: a switch may begin its numbering anew at each source. */
export function recentSound(ear: FarEnd, windowMs = WINDOW_MS): Int16Array {
  const since = performance.now() - windowMs
  const pieces: Int16Array[] = []
  for (let at = ear.packets.length - 1; at >= 0; at--) {
    const packet = ear.packets[at]
    if (packet === undefined || packet.atMs < since) break
    if (packet.payloadType === 8) pieces.unshift(fromG711('PCMA', packet.payload))
    if (packet.payloadType === 0) pieces.unshift(fromG711('PCMU', packet.payload))
  }
  const sound = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let to = 0
  for (const piece of pieces) {
    sound.set(piece, to)
    to += piece.length
  }

  return sound
}

/** Waits until exactly these voices are heard, and stay for a moment. */
export async function hears(ear: FarEnd, voices: readonly Voice[], limitMs = 20_000) {
  const wanted = [...voices].sort().join(' ')
  let last = ''
  let since = 0
  await until(
    'voices',
    () => {
      last = voicesIn(recentSound(ear)).join(' ')
      if (last !== wanted) since = 0
      else since ||= performance.now()

      return since > 0 && performance.now() - since >= WINDOW_MS / 2
    },
    limitMs,
    25,
  ).catch(() => {
    throw new Error(`expected to hear [${wanted}], heard [${last}]`)
  })
}
