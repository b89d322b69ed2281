// One side of a talk: times of the tap, and a stream again after each that ended.
import t from 'tap'
import type { PoolEvent } from '../../../server/speech/stream.ts'
import { openSide } from '../../../server/speech/side.ts'
import { createPartials, PARTIAL_EVERY_MS } from '../../../server/speech/partials.ts'
import { heardAt } from '../../../server/speech/tap-clock.ts'
import { CALL } from '../../fixtures/floor-values.ts'
import { until } from '../../fixtures/until.ts'

const PIECE = new Int16Array(800)

function open() {
  const streams: ((event: PoolEvent) => void)[] = []
  const told: unknown[] = []
  const side = openSide({
    side: 'agent',
    hotwords: {},
    listen(_, onEvent) {
      streams.push(onEvent)
      return {
        write: () => undefined,
        finish: () => onEvent({ type: 'ended', cause: 'finished' }),
        cancel: () => undefined,
      }
    },
    onPartial: text => told.push(['partial', text]),
    onFinal: ({ text, startMs, endMs, words }) => told.push([text, startMs, endMs, words]),
    onEngine: (engine, cause) => told.push(['engine', engine, cause]),
    onFinished: () => told.push('finished'),
  })
  return { side, streams, told }
}

t.test('times are those of the tap, also in a stream that began later', async t => {
  const { side, streams, told } = open()
  side.write(PIECE, 500)
  streams[0]?.({ type: 'engine', name: 'one' })
  streams[0]?.({ type: 'partial', text: '您' })
  const words = [{ text: '您好', startMs: 0, endMs: 80 }]
  streams[0]?.({ type: 'final', text: '您好', startMs: 0, endMs: 80, words })
  t.same(told, [
    ['engine', 'one', undefined],
    ['partial', '您'],
    ['partial', ''],
    ['您好', 500, 580, [{ text: '您好', startMs: 500, endMs: 580 }]],
  ])
  streams[0]?.({ type: 'ended', cause: 'finished' })
  side.write(PIECE, 9000)
  streams[1]?.({ type: 'final', text: '在', startMs: 10, endMs: 20, words: [] })
  t.same(told.at(-1), ['在', 9010, 9020, []], 'an engine’s own limit of time is no failure')
})

t.test('noise takes the partial away, once', async t => {
  const { side, streams, told } = open()
  side.write(PIECE, 0)
  streams[0]?.({ type: 'partial', text: '嗯' })
  streams[0]?.({ type: 'rejected', startMs: 0, endMs: 10 })
  streams[0]?.({ type: 'rejected', startMs: 10, endMs: 20 })
  t.same(told, [
    ['partial', '嗯'],
    ['partial', ''],
  ])
})

t.test('the end is told once, with and without a stream', async t => {
  const silent = open()
  silent.side.finish()
  silent.side.finish()
  t.same(silent.told, ['finished'])
  const heard = open()
  heard.side.write(PIECE, 0)
  heard.side.finish()
  heard.side.write(PIECE, 100)
  t.same(heard.told, ['finished'])
  t.equal(heard.streams.length, 1)
  const stopped = open()
  stopped.side.write(PIECE, 0)
  stopped.side.cancel()
  stopped.streams[0]?.({ type: 'final', text: '晚', startMs: 0, endMs: 1, words: [] })
  t.same(stopped.told, [])
})

t.test(
  'after all engines failed sound is let go for a while, then tried again',
  { timeout: 20_000 },
  async t => {
    const { side, streams, told } = open()
    side.write(PIECE, 0)
    streams[0]?.({ type: 'ended', cause: 'unreachable' })
    t.same(told, [['engine', undefined, 'unreachable']])
    side.write(PIECE, 100)
    t.equal(streams.length, 1)
    let atMs = 200
    await until(
      'another stream',
      () => {
        side.write(PIECE, (atMs += 100))
        return streams.length === 2
      },
      15_000,
    )
    streams[1]?.({ type: 'engine', name: 'two' })
    t.same(told.at(-1), ['engine', 'two', undefined])
    side.cancel()
  },
)

t.test(
  'partials of a side come at most every 300 ms, the newest of them, and their end at once',
  async t => {
    let at = 0
    const shown: string[] = []
    const partials = createPartials({
      now: () => at,
      publish: (_, side, text) => shown.push(`${side}:${text}`),
    })
    t.teardown(partials.clear)
    partials.say(CALL, 'caller', '我')
    partials.say(CALL, 'caller', '我想')
    partials.say(CALL, 'caller', '我想查')
    partials.say(CALL, 'agent', '请')
    t.same(shown, ['caller:我', 'agent:请'])
    at = PARTIAL_EVERY_MS
    await until('the newest', () => shown.length === 3)
    t.equal(shown[2], 'caller:我想查')
    partials.say(CALL, 'caller', '我想查余额')
    partials.say(CALL, 'caller', '')
    t.same(shown.slice(3), ['caller:'], 'and what waited is dropped')
    partials.say(CALL, 'agent', '请说')
    partials.say(CALL, 'agent', '请说吧')
    partials.forget(CALL)
    at = 2 * PARTIAL_EVERY_MS
    await new Promise(resolve => setTimeout(resolve, 2 * PARTIAL_EVERY_MS))
    t.same(shown.slice(4), ['agent:请说'])
  },
)

t.test('the piece that came least late tells when a tap began', async t => {
  const first = heardAt({}, 100, 10_250)
  t.equal(first.beganAt, 10_110)
  t.equal(heardAt(first, 200, 10_250).beganAt, 10_010, 'less late')
  t.equal(heardAt(first, 300, 10_900).beganAt, 10_110, 'later ones say nothing')
})
