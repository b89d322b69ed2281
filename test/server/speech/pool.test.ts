import t, { type Test } from 'tap'
import { createFunasr, type Recogniser } from '../../../asr-tts/index.ts'
import type { Engine } from '../../../server/speech/engine.ts'
import { createPool, type PoolEvent } from '../../../server/speech/pool.ts'
import { startFunasrServer } from '../../fixtures/speech/funasr-server.ts'
import { toneOf } from '../../fixtures/speech/tone.ts'
import { until } from '../../fixtures/until.ts'

const LIMITS = { beginMs: 1000, finishMs: 1000, waitingBytes: 700_000 }
const WORDS = { 440: '我要查医保余额。', 880: '您好，工号1001为您服务。' }

const engineOf = (name: string, recogniser: Recogniser, fields: Partial<Engine> = {}): Engine => ({
  name,
  kind: 'funasr',
  recogniser,
  purposes: ['talk', 'flow'],
  hotwords: { 医保: 20 },
  canBeTried: true,
  ...fields,
})

async function open(t: Test, limit = 5) {
  const servers = [await startFunasrServer(t, WORDS), await startFunasrServer(t, WORDS)] as const
  const ends: string[] = []
  const pool = createPool({
    engines: servers.map(({ url }, index) =>
      engineOf(`engine-${index}`, createFunasr({ url, limits: LIMITS })),
    ),
    recognitionLimit: limit,
    now: Date.now,
    onEnd: (engine, cause) => ends.push(`${engine} ${cause}`),
  })
  t.teardown(pool.close)
  const listen = () => {
    const events: PoolEvent[] = []
    const listening = pool.listen('flow', { rateHz: 8000 }, event => events.push(event))
    const of = <T extends PoolEvent['type']>(type: T) =>
      events.filter((event): event is Extract<PoolEvent, { type: T }> => event.type === type)
    const write = (samples: Int16Array) => {
      for (let at = 0; at < samples.length; at += 800)
        listening.write(samples.subarray(at, at + 800))
    }
    return { events, listening, of, write }
  }
  return { servers, pool, ends, listen }
}

t.test(
  'W-ASR-1: an engine that closes in mid-sentence is followed by the next, and no sentence comes twice',
  async t => {
    const { servers, pool, ends, listen } = await open(t)
    const { of, write, listening } = listen()
    write(toneOf(440, 1000))
    write(toneOf(0, 800))
    await until('the first sentence', () => of('final').length === 1)
    servers[0].behave('closing')
    write(toneOf(880, 1500))
    await until('the second engine', () => of('engine').length === 2)
    write(toneOf(0, 800))
    await until('the second sentence', () => of('final').length === 2)
    listening.finish()
    const [ended] = await until('the end', () => of('ended').length === 1 && of('ended'))
    t.equal(ended?.cause, 'finished')
    t.match(of('engine'), [{ name: 'engine-0' }, { name: 'engine-1', cause: 'broken-off' }])
    const [first, second] = of('final')
    t.match([first, second], [{ text: WORDS[440] }, { text: WORDS[880] }])
    t.ok(Math.abs(first!.startMs - 0) <= 100, `the first began at ${first!.startMs}`)
    t.ok(Math.abs(second!.startMs - 1800) <= 100, `the second began at ${second!.startMs}`)
    t.ok(Math.abs(second!.endMs - 3300) <= 100, `and ended at ${second!.endMs}`)
    t.match(second!.words[0]?.startMs, second!.startMs, 'words are on the same time')
    t.same(ends, ['engine-0 broken-off', 'engine-1 finished'])
    t.match(pool.view().engines, [
      { name: 'engine-0', state: 'suspect', cause: 'broken-off', inUse: 0 },
      { name: 'engine-1', state: 'up', inUse: 0 },
    ])
    t.match(servers[1].greetings[0]?.hotwords, '{"医保":20}', 'with the same hotwords')
  },
)

t.test(
  'the next one listens first to one that is up, and the other comes back by a trial',
  async t => {
    const { servers, pool, listen } = await open(t)
    servers[0].behave('nonsense')
    const first = listen()
    first.write(toneOf(440, 1000))
    await until('the second engine', () => first.of('engine').length === 2)
    first.listening.cancel()
    const second = listen()
    t.match(second.of('engine'), [{ name: 'engine-1' }])
    second.listening.cancel()
    servers[0].behave('well')
    await until('it is back', () => pool.view().engines[0]?.state === 'up', 15_000)
    const third = listen()
    t.match(third.of('engine'), [{ name: 'engine-0' }])
    third.listening.cancel()
  },
)

t.test('when no engine is left, the end says why', async t => {
  const { servers, listen } = await open(t)
  for (const server of servers) await server.close()
  const { events, of } = listen()
  await until('the end', () => of('ended').length === 1)
  t.match(of('ended'), [{ cause: 'unreachable' }])
  t.equal(events.at(-1)?.type, 'ended')
})

t.test(
  'an engine that says nothing while somebody speaks is left, if there is another',
  async t => {
    const { servers, listen } = await open(t)
    servers[0].behave('deaf')
    const { of, write } = listen()
    write(toneOf(440, 13_000))
    write(toneOf(0, 800))
    await until('the sentence', () => of('final').length === 1)
    t.match(of('engine'), [{ name: 'engine-0' }, { name: 'engine-1', cause: 'slow' }])
  },
)

t.test('W-CAP-1: a sixth listening is refused at once, a talk waits for its turn', async t => {
  const { pool, listen } = await open(t)
  const seated: string[] = []
  const seats = ['a', 'b', 'c'].map((id, beganAt) =>
    pool.join({ id, beganAt, channels: 2 }, () => seated.push(id)),
  )
  await until('two talks', () => seated.length === 2)
  t.match(pool.view().recognition, { used: 4, limit: 5, waiting: 2 })
  const fifth = listen()
  t.same(fifth.of('ended'), [])
  const sixth = listen()
  t.same(sixth.events, [{ type: 'ended', cause: 'no-channel' }])
  t.match(pool.view().recognition, { used: 5 })
  seats[0]?.leave()
  await until('the third talk', () => seated.includes('c'))
  fifth.listening.cancel()
  await until('the channel is free', () => pool.view().recognition.used === 4)
  pool.setLimit(7)
  t.match(pool.view().recognition, { used: 4, limit: 7, waiting: 0 })
})

t.test('where nothing is installed, nothing listens and nothing breaks', async t => {
  const pool = createPool({ engines: [], recognitionLimit: 5, now: Date.now })
  const events: PoolEvent[] = []
  pool.listen('flow', { rateHz: 8000 }, event => events.push(event)).write(toneOf(440, 20))
  t.match(events, [{ type: 'ended', cause: 'unreachable' }])
  t.equal(pool.serves('talk'), false)
  await until('the channel is free', () => pool.view().recognition.used === 0)
})
