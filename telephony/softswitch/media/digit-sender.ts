// Digits we press: what to send at each beat of 20 ms, as RFC 4733 events or as tones.
import { FRAME, FRAME_MS } from './clock.ts'
import { eventOf } from './digit.ts'
import { digitTone, type Tone } from './tone.ts'

/** RFC 4733 §2.5.1.4: the end packet is sent three times. */
const END_PACKETS = 3
const PAUSE_MS = 60

export type DigitFrame =
  | {
      readonly type: 'event'
      readonly event: number
      readonly isStart: boolean
      readonly isEnd: boolean
      /** Samples since the key went down. */
      readonly duration: number
    }
  | { readonly type: 'tone'; readonly tone: Tone; readonly position: number }
  | { readonly type: 'pause' }

interface Press {
  readonly digit: string
  readonly durationMs: number
  readonly asTone: boolean
}

export class DigitSender {
  readonly #waiting: Press[] = []
  #press: Press | undefined
  #elapsedMs = 0
  #endsSent = 0

  get isBusy(): boolean {
    return this.#press !== undefined || this.#waiting.length > 0
  }

  /** Unknown characters are left out; `,` and `w` are pauses of half a second in many dial strings, here of one pause. */
  press(digits: string, durationMs: number, asTone: boolean): void {
    for (const digit of digits)
      if (eventOf(digit) >= 0)
        this.#waiting.push({ digit, durationMs: Math.max(durationMs, FRAME_MS * 2), asTone })
  }

  /** What goes out at this beat; undefined when no digit is being sent. */
  next(): DigitFrame | undefined {
    if (this.#press === undefined) {
      this.#press = this.#waiting.shift()
      this.#elapsedMs = 0
      this.#endsSent = 0
    }
    const press = this.#press
    if (press === undefined) return undefined
    const startedMs = this.#elapsedMs
    this.#elapsedMs += FRAME_MS
    const isDown = this.#elapsedMs <= press.durationMs
    if (press.asTone && isDown)
      return {
        type: 'tone',
        tone: digitTone(press.digit),
        position: (startedMs / FRAME_MS) * FRAME,
      }
    if (!press.asTone && (isDown || this.#endsSent < END_PACKETS))
      return this.#eventFrame(press, startedMs, isDown)
    if (startedMs >= press.durationMs + PAUSE_MS) this.#press = undefined
    return { type: 'pause' }
  }

  #eventFrame(press: Press, startedMs: number, isDown: boolean): DigitFrame {
    if (!isDown) this.#endsSent++
    return {
      type: 'event',
      event: eventOf(press.digit),
      isStart: startedMs === 0,
      isEnd: !isDown,
      duration: Math.min(this.#elapsedMs, press.durationMs) * (FRAME / FRAME_MS),
    }
  }
}
