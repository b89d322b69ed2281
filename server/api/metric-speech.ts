// Figures of speech: channels, engines, sentences, how late words come and how late a reply.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { SpeechView } from '../desktop/protocol.ts'
import type { Fact } from '../ledger/fact.ts'

export interface SpeechFigures {
  onFact(fact: Fact): void
  /** A stream of an engine has ended. */
  onEnd(engine: string, cause: string): void
  /** Words came so much later than their sound. */
  onLag(engine: string, lagMs: number): void
}

/** `view` gives nothing on a server that follows: sums over servers would count it twice. */
export function addSpeechMetrics(
  registry: Registry,
  view: () => SpeechView | undefined,
): SpeechFigures {
  const registers = [registry]
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    read: (now: SpeechView) => readonly [labels: Record<L, string>, value: number][],
  ) =>
    new Gauge({
      name: `hotline_speech_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        const now = view()
        for (const [labels, value] of now ? read(now) : []) this.set(labels, value)
      },
    })
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `hotline_speech_${name}`, help, labelNames, registers })
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({
      name: `hotline_speech_${name}`,
      help,
      labelNames: ['engine'],
      buckets,
      registers,
    })

  for (const what of ['used', 'limit', 'waiting'] as const)
    gauge(`channels_${what}`, `Channels: ${what}.`, ['kind'], ({ recognition, synthesis }) => [
      [{ kind: 'recognition' }, recognition[what]],
      [{ kind: 'synthesis' }, synthesis[what]],
    ])
  gauge(
    'engine_up',
    '1 while the engine is asked first, 0 while it failed lately.',
    ['engine', 'role'],
    now =>
      now.engines.map(({ name, role, state }) => [{ engine: name, role }, state === 'up' ? 1 : 0]),
  )
  const ends = counter('stream_ends_total', 'Streams ended, by engine and cause.', [
    'engine',
    'cause',
  ])
  const sentences = counter('sentences_total', 'Sentences of talks.', ['engine', 'side'])
  const changes = counter('transcription_changes_total', 'Transcripts that changed.', ['state'])
  const failOvers = counter('fail_overs_total', 'Engines followed by another within a talk.', [
    'cause',
  ])
  const heard = counter('heard_total', 'What came of speaking to a flow.', ['outcome', 'engine'])
  const lanes = counter('fast_lane_total', 'Callers taken past the machine.', ['reason'])
  const lag = histogram(
    'lag_seconds',
    'How much later than their sound words came.',
    [0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 4, 8],
  )
  const delay = histogram(
    'delay_seconds',
    "From the end of the caller's speech to the reply.",
    [0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5],
  )

  return {
    onEnd: (engine, cause) => ends.inc({ engine, cause }),
    onLag: (engine, lagMs) => lag.observe({ engine }, lagMs / 1000),
    onFact({ type, data }) {
      switch (type) {
        case 'sentence-heard':
          return sentences.inc({ engine: data.engine, side: data.side })
        case 'transcription-changed':
          if (data.state === 'on' && data.cause !== undefined) failOvers.inc({ cause: data.cause })
          return changes.inc({ state: data.state })
        case 'speech-heard':
          return heard.inc({ outcome: data.outcome, engine: data.engine ?? 'none' })
        case 'voice-turn':
          return delay.observe({ engine: data.engine }, data.delayMs / 1000)
        case 'fast-lane-taken':
          return lanes.inc({ reason: data.reason })
      }
    },
  }
}
