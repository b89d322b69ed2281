// Figures for Prometheus. Read when asked, from those who own them.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Control } from '../control/port.ts'
import type { Fact } from '../ledger/fact.ts'
import type { SpeechView } from '../desktop/protocol.ts'
import { createFactMetrics } from './metric-facts.ts'
import { addSpeechMetrics, type SpeechFigures } from './metric-speech.ts'

export interface Metrics {
  /** For those who bring figures of their own. */
  readonly registry: Registry
  onRequest(route: string, method: string, status: number, seconds: number): void
  onFailure(code: string): void
  onFact(fact: Fact): void
  /** The link to a switch came back. */
  onReconnect(node: string): void
  readonly speech: Pick<SpeechFigures, 'onEnd' | 'onLag'>
  read(): Promise<{ readonly type: string; readonly text: string }>
}
export interface MetricSources {
  readonly control: Control
  /** The floor's figures are told by the one server that steers, or sums over servers would count them twice. */
  readonly isSteering?: () => boolean
  readonly desktopCount: () => number
  /** Facts written and not yet in the database. */
  readonly drainLag: () => Promise<number>
  readonly switchRestarts: () => number
  /** Repairs of the state doctor since the start, by cause. */
  readonly repairs: () => Readonly<Record<string, number>>
  /** Hears how long each request took. */
  readonly onRequestTook?: (seconds: number) => void
  readonly speech?: () => SpeechView
  readonly capture?: () => {
    readonly received: number
    readonly junk: number
    readonly dropped: number
    readonly kept: number
    readonly exported: number
    readonly scores: readonly number[]
  }
}

export function createMetrics({
  control,
  isSteering = () => true,
  desktopCount,
  drainLag,
  switchRestarts,
  repairs,
  onRequestTook,
  speech: speechView,
  capture = () => ({ received: 0, junk: 0, dropped: 0, kept: 0, exported: 0, scores: [] }),
}: MetricSources): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'hotline_' })
  const registers = [registry]

  const own = (name: string, help: string, value: () => number | Promise<number>) =>
    new Gauge({
      name: `hotline_${name}`,
      help,
      registers,
      async collect() {
        this.set(await value())
      },
    })
  /** Of the floor: no figure at all from a server that follows. */
  const gauge = (name: string, help: string, value: () => number | Promise<number>) =>
    new Gauge({
      name: `hotline_${name}`,
      help,
      registers,
      async collect() {
        if (isSteering()) this.set(await value())
        else this.remove()
      },
    })

  gauge('lines_used', 'Lines in use.', () => control.lines().used)
  gauge('lines_limit', 'Lines there are.', () => control.lines().limit)
  gauge('callers_in_flow', 'Callers in flows.', () => control.lines().inFlow)
  gauge('callers_waiting', 'Callers who wait for an agent.', () => control.lines().waiting)
  gauge('calls_talking', 'Calls in which somebody talks.', () => control.lines().talking)
  gauge('recordings', 'Recordings that run.', () => control.lines().recording)
  gauge('calls_offered_today', 'Calls since midnight.', () => control.today().offered)
  gauge(
    'calls_answered_today',
    'Calls answered by agents since midnight.',
    () => control.today().answered,
  )
  gauge(
    'calls_abandoned_today',
    'Callers who left the queue since midnight.',
    () => control.today().abandonedInQueue,
  )
  gauge(
    'calls_blocked_today',
    'Calls refused because all lines were busy since midnight.',
    () => control.today().blocked,
  )
  own('steering', '1 while this server steers the calls.', () => (isSteering() ? 1 : 0))
  own('desktops', 'Desktops connected.', desktopCount)
  gauge('drain_lag_facts', 'Facts not yet in the database.', drainLag)
  own('switch_restarts', 'Times the embedded switch was restarted.', switchRestarts)

  new Gauge({
    name: 'hotline_signalling_packets',
    help: 'Copies of SIP from the switches, by what became of them.',
    labelNames: ['outcome'],
    registers,
    collect() {
      const { scores: _, ...counts } = capture()
      for (const [outcome, count] of Object.entries(counts)) this.set({ outcome }, count)
    },
  })
  new Gauge({
    name: 'hotline_legs_by_quality',
    help: 'Legs that talk, by mean opinion score of their last five seconds.',
    labelNames: ['quality'],
    registers,
    collect() {
      const { scores } = capture()
      const [poor, fair] = [3.1, 3.6] // ITU-T G.107 annex B: below, nearly all or many are dissatisfied.
      this.set({ quality: 'poor' }, scores.filter(score => score < poor).length)
      this.set({ quality: 'fair' }, scores.filter(score => score >= poor && score < fair).length)
      this.set({ quality: 'good' }, scores.filter(score => score >= fair).length)
    },
  })
  new Gauge({
    name: 'hotline_queue_waiting',
    help: 'Callers waiting, by group.',
    labelNames: ['queue'],
    registers,
    collect() {
      this.reset()
      if (!isSteering()) return
      for (const queue of control.queues()) this.set({ queue: queue.id }, queue.waiting)
    },
  })
  new Gauge({
    name: 'hotline_queue_oldest_wait_seconds',
    help: 'Wait of the caller who waits longest, by group.',
    labelNames: ['queue'],
    registers,
    collect() {
      this.reset()
      if (!isSteering()) return
      const at = Date.now()
      for (const { id, oldestJoinedAt } of control.queues()) {
        this.set({ queue: id }, oldestJoinedAt === undefined ? 0 : (at - oldestJoinedAt) / 1000)
      }
    },
  })
  new Gauge({
    name: 'hotline_agents',
    help: 'Agents, by state.',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset()
      if (!isSteering()) return
      for (const agent of control.agents()) this.inc({ state: agent.state })
    },
  })

  new Counter({
    name: 'hotline_repairs_total',
    help: 'Wrong states put right by the state doctor, by cause.',
    labelNames: ['cause'],
    registers,
    collect() {
      this.reset()
      for (const [cause, count] of Object.entries(repairs())) this.inc({ cause }, count)
    },
  })

  const requests = new Histogram({
    name: 'hotline_http_request_seconds',
    help: 'Time to answer, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    registers,
  })
  const failures = new Counter({
    name: 'hotline_failures_total',
    help: 'Requests refused or failed, by code.',
    labelNames: ['code'],
    registers,
  })
  const reconnects = new Counter({
    name: 'hotline_switch_connects_total',
    help: 'Connections made to a switch.',
    labelNames: ['node'],
    registers,
  })

  const onFact = createFactMetrics(registry)
  const speech = addSpeechMetrics(registry, () => (isSteering() ? speechView?.() : undefined))

  return {
    registry,
    speech,
    onFact(fact) {
      onFact(fact)
      speech.onFact(fact)
    },
    onRequest(route, method, status, seconds) {
      requests.observe({ route, method, status: String(status) }, seconds)
      onRequestTook?.(seconds)
    },
    onFailure: code => failures.inc({ code }),
    onReconnect: node => reconnects.inc({ node }),
    read: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  }
}
