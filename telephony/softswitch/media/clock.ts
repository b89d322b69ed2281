// The 20 ms beat. A loop that catches up with the monotonic clock: a timer alone drifts by seconds a minute under load.

export const FRAME_MS = 20
/** Samples in a frame at 8 kHz. */
export const FRAME = 160

/** After a stop of the whole machine beats are left out rather than sent in one burst. */
const MOST_MISSED = 50

export interface Clock {
  nowMs(): number
  stop(): void
}

/** Calls `onBeat` with rising numbers; beat n stands for the instant n × 20 ms after `originMs`. */
export const startClock = (onBeat: (beat: number, nowMs: number) => void): Clock => {
  const originMs = performance.now()
  const nowMs = () => performance.now() - originMs
  let next = 1
  let isStopped = false
  let timer = setTimeout(wake, FRAME_MS)

  /** Packets that waited during a stall are read first: they belong before the beats that were missed. */
  function wake() {
    setImmediate(loop)
  }

  function loop() {
    if (isStopped) return
    const due = Math.floor(nowMs() / FRAME_MS)
    if (due - next > MOST_MISSED) next = due
    while (next <= due) {
      onBeat(next, nowMs())
      next++
    }
    timer = setTimeout(wake, Math.max(1, next * FRAME_MS - nowMs()))
  }

  const stop = () => {
    isStopped = true
    clearTimeout(timer)
  }

  return { nowMs, stop }
}
