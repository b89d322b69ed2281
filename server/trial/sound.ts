// How loud a recording is. Pure.
const HEADER_BYTES = 44
const WINDOW_SAMPLES = 4000 // half a second at 8 kHz

/** RMS of the loudest half second of a 16-bit WAV; 0 of nothing. Speech at the usual level has 1000 and more, line noise below 50. */
export function loudestRms(wav: Buffer): number {
  const count = Math.max(0, Math.floor((wav.length - HEADER_BYTES) / 2))
  let loudest = 0
  for (let from = 0; from < count; from += WINDOW_SAMPLES) {
    const until = Math.min(count, from + WINDOW_SAMPLES)
    let sum = 0
    for (let index = from; index < until; index++)
      sum += wav.readInt16LE(HEADER_BYTES + index * 2) ** 2
    loudest = Math.max(loudest, Math.sqrt(sum / Math.max(1, until - from)))
  }
  return Math.round(loudest)
}
