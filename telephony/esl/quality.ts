// Every five seconds, leg by leg: how the sound arrived. The switch's counters rise; what counts is their difference.
import type { LegEnded, LegQuality } from '../call/event.ts'
import type { LegId } from '../call/id.ts'
import { answeredAtOf, type Legs, type LiveLeg } from '../call/leg.ts'
import { mosOf } from '../call/quality.ts'
import type { EslEvent } from './event.ts'
import { filled, toCount } from './headers.ts'
import { safeId } from './safe.ts'

/**
 * FreeSWITCH tells with each RTCP report of its own what was lost (where `fire_rtcp_events` is set and the profile sends reports), and
 * with each of the far end's the way there and back. Its counter of flaws is the second choice, as it adds penalties to losses
 * (switch_rtp.c, do_mos). The jitter in its reports is no choice: 1.11.1 tells 20 ms of a stream that has none.
 */
export const QUALITY_EVENTS = ['SEND_RTCP_MESSAGE', 'RECV_RTCP_MESSAGE'] as const

export const QUALITY_EVERY_MS = 5000
/** Shorter times at a leg's end say nothing. */
const SHORTEST_MS = 1000

const VARIABLES = [
  'rtp_audio_in_packet_count',
  'rtp_audio_in_flaw_total',
  'rtp_audio_in_jitter_max_variance',
  // The embedded switch's own.
  'rtp_audio_in_jitter_ms',
  'rtp_audio_rtt_ms',
] as const

/** Counters of a leg since its beginning. */
interface Reading {
  readonly at: number
  readonly packets: number
  readonly flaws: number
  /** Losses by RTCP. */
  readonly lost?: number
  readonly jitterMs: number
  readonly roundTripMs?: number
}
interface Watched {
  dueAt: number
  asking: boolean
  last: Reading | undefined
  /** From RTCP: losses so far, and the way there and back. */
  lost?: number
  roundTripMs?: number
}

export interface QualityWatch {
  /** To be called often; asks of each answered leg what is due. */
  look(legs: Legs): void
  /** An event of RTCP. */
  hear(event: EslEvent): void
  /** What the last whole interval left over; to be told before the end. */
  rest(event: LegEnded): LegQuality | undefined
  /** Forgets what was counted: the switch may have begun anew. */
  forget(): void
}

export function createQualityWatch(deps: {
  readonly ask: (text: string) => Promise<string>
  readonly now: () => number
  readonly tell: (event: LegQuality) => void
}): QualityWatch {
  const { ask, now, tell } = deps
  const watched = new Map<LegId, Watched>()

  const read = async (id: LegId, leg: Watched): Promise<Reading | undefined> => {
    const uuid = safeId(id)
    await ask(`uuid_set_media_stats ${uuid}`)
    const answer = await ask(
      `eval uuid:${uuid} ${VARIABLES.map(name => `\${variable_${name}}`).join('|')}`,
    )
    return toReading(answer, leg, now())
  }

  const turn = async (leg: LiveLeg, of: Watched) => {
    of.asking = true
    try {
      const reading = await read(leg.id, of)
      const { last } = of
      if (watched.get(leg.id) !== of || !reading) return
      of.last = reading
      if (last) tell(between(leg, last, reading))
    } catch {
      // Gone meanwhile, or the switch is away, as others tell. What follows is counted from the next reading on.
      of.last = undefined
    } finally {
      of.asking = false
    }
  }

  return {
    look(legs) {
      const at = now()
      for (const id of watched.keys()) {
        const leg = legs.get(id)
        if (!leg || leg.state === 'ended') watched.delete(id)
      }
      for (const leg of legs.values()) {
        if (leg.state === 'ended' || answeredAtOf(leg) === undefined) continue
        const of = watched.get(leg.id) ?? { dueAt: at, asking: false, last: undefined }
        watched.set(leg.id, of)
        if (of.asking || of.dueAt > at) continue
        of.dueAt = Math.max(of.dueAt + QUALITY_EVERY_MS, at)
        void turn(leg, of)
      }
    },
    hear(event) {
      const of = watched.get(event.get('Unique-ID') as LegId)
      if (!of) return
      if (event.name === 'SEND_RTCP_MESSAGE') {
        const lost = toCount(event.get('Source-Lost'))
        // A negative count of losses (duplicates) is written as a number of 32 bits.
        if (lost !== undefined) of.lost = lost > 0x7fffff ? 0 : lost
      } else {
        const seconds = Number(event.get('Rtt0-Avg'))
        if (seconds > 0 && seconds < 60) of.roundTripMs = Math.round(seconds * 1000)
      }
    },
    rest(event) {
      const of = watched.get(event.legId)
      watched.delete(event.legId)
      // Reports and the totals at the end count losses in two ways, whose difference means nothing.
      if (!of?.last || of.lost !== undefined || !event.quality) return undefined
      const { packetsIn: packets, lost: flaws, jitterMs } = event.quality
      if (event.at - of.last.at < SHORTEST_MS || packets < of.last.packets) return undefined
      return between(event, of.last, { at: event.at, packets, flaws, jitterMs })
    },
    forget: () => watched.clear(),
  }
}

function toReading(answer: string, leg: Watched, at: number): Reading | undefined {
  const [packets, flaws, variance, jitterMs, roundTripMs] = answer.trim().split('|')
  const packetCount = toCount(packets)
  if (packetCount === undefined) return undefined
  const own = filled(jitterMs) === undefined ? undefined : Number(jitterMs)
  const way = toCount(roundTripMs) ?? leg.roundTripMs
  // FreeSWITCH gives the greatest variance of the arrivals so far in ms²; the deviation is its root.
  const deviation = Math.sqrt(Math.max(0, Number(variance) || 0))
  return {
    at,
    packets: packetCount,
    flaws: toCount(flaws) ?? 0,
    ...(leg.lost === undefined ? {} : { lost: leg.lost }),
    jitterMs: Math.round((own ?? deviation) * 100) / 100,
    ...(way === undefined ? {} : { roundTripMs: way }),
  }
}

function between(
  leg: Pick<LegQuality, 'callId'> & ({ readonly id: LegId } | { readonly legId: LegId }),
  before: Reading,
  after: Reading,
): LegQuality {
  const packets = Math.max(0, after.packets - before.packets)
  const lost = Math.max(
    0,
    after.lost === undefined || before.lost === undefined
      ? after.flaws - before.flaws
      : after.lost - before.lost,
  )
  const { jitterMs, roundTripMs } = after
  const way = roundTripMs === undefined ? {} : { roundTripMs }
  const mos = mosOf({ packets, lost, jitterMs, ...way })
  return {
    type: 'leg-quality',
    at: after.at,
    legId: 'id' in leg ? leg.id : leg.legId,
    callId: leg.callId,
    forMs: after.at - before.at,
    packets,
    lost,
    jitterMs,
    ...way,
    ...(mos === undefined ? {} : { mos }),
  }
}
