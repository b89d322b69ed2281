// How a talk sounds, estimated from what the network did to it: the E-model of ITU-T G.107 with its default values, for G.711.

/** ITU-T G.107 §7: R of a connection with all defaults. */
const BEST_R = 93.2
/** ITU-T G.113 appendix I, table I.4: G.711 without concealment of losses. */
const LOSS_ROBUSTNESS = 4.3
const WORST_IMPAIRMENT = 95
/** One packet, and the buffer that the far phone needs against jitter: twice the jitter. */
const PACKET_MS = 20
const BUFFER_OF_JITTER = 2

export interface Impairments {
  readonly packets: number
  readonly lost: number
  readonly jitterMs: number
  readonly roundTripMs?: number
}

/** Mean opinion score 1–4.5; undefined when nothing was sent, which may be a phone on hold. */
export function mosOf({
  packets,
  lost,
  jitterMs,
  roundTripMs = 0,
}: Impairments): number | undefined {
  const expected = packets + lost
  if (expected <= 0 || packets < 0 || lost < 0) return undefined
  const lossPercent = (100 * lost) / expected
  const delayMs = roundTripMs / 2 + PACKET_MS + BUFFER_OF_JITTER * jitterMs
  const r = BEST_R - delayImpairment(delayMs) - lossImpairment(lossPercent)
  return Math.round(scoreOf(r) * 100) / 100
}

/** The usual straight lines in place of G.107 §7.4: R. Cole, J. Rosenbluth, Voice over IP Performance Monitoring, 2001. */
const delayImpairment = (delayMs: number): number =>
  0.024 * delayMs + (delayMs > 177.3 ? 0.11 * (delayMs - 177.3) : 0)

/** ITU-T G.107 §7.5, (7-29), with Ie = 0 and losses that come alone (BurstR = 1). */
const lossImpairment = (lossPercent: number): number =>
  (WORST_IMPAIRMENT * lossPercent) / (lossPercent + LOSS_ROBUSTNESS)

/** ITU-T G.107 annex B, (B-4). */
function scoreOf(r: number): number {
  if (r <= 0) return 1
  if (r >= 100) return 4.5
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
}
