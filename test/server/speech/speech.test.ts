// Speech as a whole: its figures for Prometheus, and the alarm when nobody understands anything.
import t from 'tap'
import { createMetrics } from '../../../server/api/metrics.ts'
import { speechSchema } from '../../../server/config-speech.ts'
import { createLog } from '../../../server/log.ts'
import { createHub } from '../../../server/desktop/hub.ts'
import type { Fact, FactData, FactType } from '../../../server/ledger/fact.ts'
import { openSpeech } from '../../../server/speech/index.ts'
import type { PoolEvent } from '../../../server/speech/pool.ts'
import { startFunasrServer } from '../../fixtures/speech/funasr-server.ts'
import { toneOf } from '../../fixtures/speech/tone.ts'
import { createMemoryControl } from '../../fixtures/site/control.ts'
import { until } from '../../fixtures/until.ts'

async function open() {
  const server = await startFunasrServer(t, { 440: '我要查医保余额。' })
  const hub = createHub({ clock: Date.now })
  let isSteering = true
  const speech = await openSpeech({
    config: speechSchema.parse({
      recognisers: [{ name: 'hall', kind: 'funasr', url: server.url, for: ['talk'] }],
    }),
    settings: { all: async () => ({}), get: async () => undefined, set: async () => undefined },
    limits: async () => ({ recognitionLimit: 6, synthesisLimit: 3 }),
    telephonies: [],
    hub,
    factsOf: async () => [],
    isSteering: () => isSteering,
    now: Date.now,
    log: createLog('silent'),
  })
  const metrics = createMetrics({
    control: createMemoryControl(),
    isSteering: () => isSteering,
    desktopCount: () => 0,
    drainLag: async () => 0,
    switchRestarts: () => 0,
    repairs: () => ({}),
    speech: speech.seen,
  })
  const alarms: string[] = []
  speech.start(
    {
      raiseAlarm: (id, level, cause, detail) =>
        void alarms.push(`${id} ${level} ${cause} ${detail}`),
      clearAlarm: id => void alarms.push(`${id} over`),
    },
    metrics.speech,
  )
  const served = async () =>
    (await metrics.read()).text.split('\n').filter(line => line.startsWith('hotline_speech_'))
  /** A talk of one side: the tone is said, then nothing. */
  const say = async () => {
    const events: PoolEvent[] = []
    const seats = speech.pool.join({ id: 'talk', beganAt: 0, channels: 1 }, () => {
      const listening = seats.listen({ rateHz: 8000 }, event => events.push(event))
      listening.write(toneOf(440, 800))
      listening.write(toneOf(0, 800))
      listening.finish()
    })
    await until('its end', () => events.some(({ type }) => type === 'ended'))
    seats.leave()
    return events
  }
  let seq = 0
  const tell = <T extends FactType>(type: T, data: FactData[T]) =>
    metrics.onFact({ subject: 'call-1', seq: ++seq, at: Date.now(), type, data } as Fact)
  const close = () => {
    speech.close()
    hub.close()
  }
  t.teardown(close)
  return { server, metrics, alarms, served, say, tell, follow: () => void (isSteering = false) }
}

t.test(
  'speech is counted by engine, outcome and cause, and judged',
  { timeout: 60_000 },
  async t => {
    const { server, alarms, served, say, tell, follow } = await open()
    await say()
    tell('transcription-changed', { state: 'on', engine: 'hall' })
    tell('transcription-changed', { state: 'on', engine: 'other', cause: 'broken-off' })
    tell('sentence-heard', {
      side: 'agent',
      text: '好',
      saidAt: 0,
      startMs: 0,
      endMs: 1,
      engine: 'hall',
    })
    tell('speech-heard', { node: 'ask', outcome: 'understood', text: '人工', engine: 'hall' })
    tell('speech-heard', { node: 'ask', outcome: 'failed', cause: 'no-channel' })
    tell('voice-turn', { node: 'ask', engine: 'hall', delayMs: 700, speechEndedAt: 0 })
    tell('fast-lane-taken', { node: 'ask', reason: 'elder' })
    const lines = await served()
    const has = (line: string) => t.ok(lines.includes(`hotline_speech_${line}`), line)
    has('channels_used{kind="recognition"} 0')
    has('channels_limit{kind="recognition"} 6')
    has('channels_waiting{kind="recognition"} 0')
    has('channels_limit{kind="synthesis"} 3')
    has('engine_up{engine="hall",role="recogniser"} 1')
    has('stream_ends_total{engine="hall",cause="finished"} 1')
    has('sentences_total{engine="hall",side="agent"} 1')
    has('transcription_changes_total{state="on"} 2')
    has('fail_overs_total{cause="broken-off"} 1')
    has('heard_total{outcome="understood",engine="hall"} 1')
    has('heard_total{outcome="failed",engine="none"} 1')
    has('delay_seconds_bucket{le="0.6",engine="hall"} 0')
    has('delay_seconds_bucket{le="0.8",engine="hall"} 1')
    has('fast_lane_total{reason="elder"} 1')
    t.ok(
      lines.some(line => /^hotline_speech_lag_seconds_count\{engine="hall"\} [1-9]/.test(line)),
      'how late words came',
    )
    t.same(alarms, [])

    server.behave('nonsense')
    t.match((await say()).at(-1), { type: 'ended', cause: 'nonsense' })
    await until('the alarm', () => alarms.length > 0)
    t.same(alarms, ['speech warning no-recogniser hall: nonsense'])
    const after = await served()
    t.ok(after.includes('hotline_speech_engine_up{engine="hall",role="recogniser"} 0'))
    t.ok(after.includes('hotline_speech_stream_ends_total{engine="hall",cause="nonsense"} 1'))
    server.behave('well')
    await until('it is over', () => alarms.length > 1, 30_000)
    t.same(alarms.slice(1), ['speech over'], 'once a trial went well')

    follow()
    t.notOk(
      (await served()).some(line => line.includes('channels_') || line.includes('engine_up')),
      'a server that follows tells no channels: sums would count them twice',
    )
  },
)
