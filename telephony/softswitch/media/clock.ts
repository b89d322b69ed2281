// The 20 ms beat. A loop that catches up with the monotonic clock: a timer alone drifts by seconds a minute under load.

export const FRAME_MS = 20
/** Samples in a frame at 8 kHz. */
export const FRAME = 160

/** After a stop of the whole machine beats are left out rather than sent in one burst. */
const MOST_MISSED = 25

export interface Clock {
  nowMs(): number
  stop(): void
}

/** Calls `onBeat` with rising numbers; beat n stands for the instant n × 20 ms after `originMs`. */
export const startClock = (onBeat: (beat: number, nowMs: number) => void): Clock => {
  const originMs = performance.now()
  const nowMs = () => performance.now() - originMs
  let next = 1
  let timer = setTimeout(loop, FRAME_MS)

  function loop() {
    const due = Math.floor(nowMs() / FRAME_MS)
    if (due - next > MOST_MISSED) next = due
    while (next <= due) {
      onBeat(next, nowMs())
      next++
    }
    timer = setTimeout(loop, Math.max(1, next * FRAME_MS - nowMs()))
  }

  return { nowMs, stop: () => clearTimeout(timer) }
}
