// Figures that are counted as things happen: offers, answers, waits, sound.
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Fact } from '../ledger/fact.ts'

/** The standard asks for an answer within 15 s (GB/T 33358). */
const SERVICE_LEVEL_MS = 15_000

/** Gives what must hear every fact of this server. */
export function createFactMetrics(registry: Registry): (fact: Fact) => void {
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `hotline_${name}`, help, labelNames, registers })

  const began = counter('calls_began_total', 'Calls begun, by direction.', ['direction'])
  const ended = counter('calls_ended_total', 'Calls ended, by result.', ['result'])
  const blocked = counter('calls_blocked_total', 'Calls refused, by reason.', ['reason'])
  const joined = counter('queue_joined_total', 'Callers who joined a group.', ['queue'])
  const left = counter('queue_left_total', 'Callers who left a group, by outcome.', [
    'queue',
    'outcome',
  ])
  const inTime = counter('queue_answered_in_time_total', 'Callers answered within 15 seconds.', [
    'queue',
  ])
  const offers = counter('offers_total', 'Callers offered to an agent.')
  const failedOffers = counter('offers_failed_total', 'Offers that were not answered, by cause.', [
    'cause',
  ])
  const faults = counter('recording_faults_total', 'Recordings that failed or could not begin.')
  const adopted = counter('calls_adopted_total', 'Calls taken over after a restart.')
  const packets = counter('rtp_packets_total', 'Sound packets of ended legs.', ['direction'])
  const lost = counter('rtp_lost_packets_total', 'Sound packets that never arrived.')
  const dispatch = new Histogram({
    name: 'hotline_dispatch_seconds',
    help: 'From the moment a caller and an agent were both there to the offer.',
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    registers,
  })
  const waits = new Histogram({
    name: 'hotline_queue_wait_seconds',
    help: 'Waits of callers who were answered.',
    buckets: [1, 5, 10, 15, 20, 30, 60, 120, 300],
    registers,
  })
  const jitter = new Histogram({
    name: 'hotline_rtp_jitter_seconds',
    help: 'Jitter of ended legs.',
    buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.1, 0.2],
    registers,
  })

  return fact => {
    switch (fact.type) {
      case 'call-began':
        return fact.data.trial ? undefined : began.inc({ direction: fact.data.direction })
      case 'call-ended':
        return fact.data.trial ? undefined : ended.inc({ result: fact.data.result })
      case 'call-blocked':
        return fact.data.counted ? blocked.inc({ reason: fact.data.reason }) : undefined
      case 'call-adopted':
        return adopted.inc()
      case 'queue-joined':
        return joined.inc({ queue: fact.data.queue })
      case 'queue-left': {
        const { queue, outcome, waitMs } = fact.data
        left.inc({ queue, outcome })
        if (outcome !== 'answered') return
        waits.observe(waitMs / 1000)
        if (waitMs <= SERVICE_LEVEL_MS) inTime.inc({ queue })
        return
      }
      case 'agent-offered':
        offers.inc()
        return dispatch.observe(Math.min(fact.data.waitedMs, fact.data.reason.idleMs) / 1000)
      case 'offer-failed':
        return failedOffers.inc({ cause: fact.data.cause })
      case 'recording-failed':
        return faults.inc()
      case 'recording-stopped':
        return fact.data.fault === undefined ? undefined : faults.inc()
      case 'leg-ended': {
        const { packetsIn = 0, packetsOut = 0, lost: missing = 0, jitterMs } = fact.data
        packets.inc({ direction: 'in' }, packetsIn)
        packets.inc({ direction: 'out' }, packetsOut)
        lost.inc(missing)
        if (jitterMs !== undefined && packetsIn > 0) jitter.observe(jitterMs / 1000)
        return
      }
    }
  }
}
