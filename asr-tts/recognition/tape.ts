/** The last seconds of a sound, by the time since its first sample. */
export interface Tape {
  push(samples: Int16Array): void
  /** What is kept between the two. */
  cut(fromMs: number, toMs: number): Int16Array
  /** What is earlier is not needed any more. */
  forget(beforeMs: number): void
  /** ms since the first sample. */
  readonly endMs: number
}

export function createTape(rateHz: number): Tape {
  const pieces: Int16Array[] = []
  let from = 0
  let end = 0
  const toIndex = (ms: number) => Math.round((ms * rateHz) / 1000)

  return {
    push(samples) {
      // The caller may fill the same memory again.
      pieces.push(samples.slice())
      end += samples.length
    },
    cut(fromMs, toMs) {
      const first = Math.max(from, toIndex(fromMs))
      const last = Math.min(end, toIndex(toMs))
      const whole = new Int16Array(Math.max(0, last - first))
      let at = from
      for (const piece of pieces) {
        const begin = Math.max(first, at)
        const stop = Math.min(last, at + piece.length)
        if (begin < stop) whole.set(piece.subarray(begin - at, stop - at), begin - first)
        at += piece.length
      }
      return whole
    },
    forget(beforeMs) {
      const before = toIndex(beforeMs)
      while (pieces[0] !== undefined && from + pieces[0].length <= before)
        from += pieces.shift()?.length ?? 0
    },
    get endMs() {
      return (end * 1000) / rateHz
    },
  }
}
