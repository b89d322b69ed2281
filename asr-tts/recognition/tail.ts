/** The newest samples, for an engine that has to hear them once more. */
export interface Tail {
  push(samples: Int16Array): void
  /** Samples from this moment on, as far as they are kept, in pieces, and when the first of them was. */
  from(atMs: number): { readonly startMs: number; readonly pieces: readonly Int16Array[] }
}

export function createTail(rateHz: number, keepMs: number): Tail {
  const perMs = rateHz / 1000
  const most = keepMs * perMs
  const pieces: Int16Array[] = []
  let kept = 0
  let pushed = 0

  return {
    push(samples) {
      // A copy: whoever writes may use the array again.
      pieces.push(samples.slice())
      kept += samples.length
      pushed += samples.length
      while (kept - (pieces[0]?.length ?? kept) >= most) kept -= pieces.shift()?.length ?? 0
    },
    from(atMs) {
      let begin = pushed - kept
      const wanted = Math.max(begin, Math.min(pushed, Math.round(atMs * perMs)))
      const found: Int16Array[] = []
      for (const piece of pieces) {
        const end = begin + piece.length
        if (end > wanted) found.push(piece.subarray(Math.max(0, wanted - begin)))
        begin = end
      }
      return { startMs: wanted / perMs, pieces: found }
    },
  }
}
