// The waveform as bars, and where a click on it lands.
import type { Waveform } from './protocol.ts'

/** Loudest peak of each of `count` columns, 0–1. */
export function toBars(peaks: readonly number[], count: number): readonly number[] {
  if (peaks.length === 0 || count <= 0) return []
  return Array.from({ length: count }, (_unused, column) => {
    const from = Math.floor((column * peaks.length) / count)
    const to = Math.max(from + 1, Math.floor(((column + 1) * peaks.length) / count))
    return peaks.slice(from, to).reduce((loudest, peak) => Math.max(loudest, Math.abs(peak)), 0)
  })
}

/** Length by sound, else by buckets: a recording that still grows has no length of its own. */
export const waveLengthMs = (wave: Waveform): number =>
  wave.durationMs || Math.max(wave.caller.length, wave.agent.length) * wave.bucketMs

/** Seconds of `?t=83`: a permalink to a moment. */
export function momentOf(query: unknown): number | null {
  if (typeof query !== 'string' || !/^\d{1,6}$/.test(query)) return null
  return Number(query)
}
