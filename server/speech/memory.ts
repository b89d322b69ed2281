// The sound that no engine has put into a final sentence yet; another engine hears it again.

export interface SoundMemory {
  add(samples: Int16Array): void
  /** What was said up to there is told; ms since the first sample. */
  forgetUntil(ms: number): void
  /** From `fromMs` on, in order. */
  rest(): { readonly fromMs: number; readonly pieces: readonly Int16Array[] }
  /** All that was ever added, in ms. */
  readonly heardMs: number
}

export function createSoundMemory(rateHz: number, longestMs: number): SoundMemory {
  const perMs = rateHz / 1000
  let pieces: Int16Array[] = []
  /** Sample at which the first piece begins, and after the last one. */
  let from = 0
  let end = 0

  const cutTo = (sample: number) => {
    while (pieces[0] && from + pieces[0].length <= sample) from += pieces.shift()?.length ?? 0
    const [first] = pieces
    if (first && from < sample) {
      pieces[0] = first.subarray(sample - from)
      from = sample
    }
    if (pieces.length === 0) from = end
  }

  return {
    add(samples) {
      // Whoever gave them, or an engine, may use the buffer again.
      pieces.push(samples.slice())
      end += samples.length
      cutTo(end - longestMs * perMs)
    },
    forgetUntil: ms => cutTo(Math.min(end, Math.round(ms * perMs))),
    rest: () => ({ fromMs: from / perMs, pieces: [...pieces] }),
    get heardMs() {
      return end / perMs
    },
  }
}
