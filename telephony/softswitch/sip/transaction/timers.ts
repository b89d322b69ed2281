// Timers of RFC 3261 §17 (table 4) and RFC 6026, in milliseconds.

export interface SipTimers {
  /** Round-trip estimate. */
  readonly t1: number
  /** Longest interval between retransmissions. */
  readonly t2: number
  /** Longest life of a message in the network. */
  readonly t4: number
  /** 64 × T1: timers B, F, H, J, L, M. */
  readonly giveUp: number
  /** Timer D: answers to an ACK that was lost, on UDP. */
  readonly d: number
}

export const DEFAULT_T1_MS = 500

export function createTimers(t1 = DEFAULT_T1_MS): SipTimers {
  return { t1, t2: 8 * t1, t4: 10 * t1, giveUp: 64 * t1, d: 64 * t1 }
}

export type TimerName = 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M'
