import t, { type Test } from 'tap'
import { createTenure, TENURE_TIMING, type Tenure } from '../../../server/cluster/tenure.ts'
import { connectRedis, redisReady, takeLease, type Lease } from '../../../server/store/index.ts'
import { startRedis } from '../../fixtures/redis.ts'
import { until } from '../../fixtures/until.ts'

const quiet = { warn: () => undefined }
const { ttlMs, marginMs } = TENURE_TIMING
/** Renewals only when the test asks for them. */
const NEVER = { ...TENURE_TIMING, renewEveryMs: 1_000_000 }

/** A lease that answers as told, on a clock that stands. */
function createTwin(t: Pick<Test, 'teardown'>, isUncontested = async (_node: string) => false) {
  let nowMs = 1000
  let answer: () => Promise<boolean> = async () => true
  let lost = 0
  const asked: string[] = []
  const lease: Lease = {
    node: 'site',
    owner: 'a',
    epoch: 7,
    renew: () => answer(),
    release: async () => undefined,
  }
  const tenure = createTenure({
    lease,
    askedAtMs: nowMs,
    timing: NEVER,
    monotonicMs: () => nowMs,
    isUncontested: async node => {
      asked.push(node)
      return isUncontested(node)
    },
    onLost: () => lost++,
    log: quiet,
  })
  t.teardown(() => tenure.stop())
  return {
    tenure,
    asked,
    pass: (ms: number) => (nowMs += ms),
    answers: (next: () => Promise<boolean>) => (answer = next),
    lost: () => lost,
  }
}
t.test('a lease is ours until a margin before others may have it', async t => {
  const { tenure, pass } = createTwin(t)
  t.equal(tenure.mayAct(), true)
  pass(ttlMs - marginMs - 1)
  t.equal(tenure.mayAct(), true)
  pass(1)
  t.equal(tenure.mayAct(), false, 'the age alone ends it: nobody need say so')
})

t.test('the wall clock may jump as it likes', async t => {
  const { tenure, pass } = createTwin(t)
  const real = Date.now
  t.teardown(() => {
    Date.now = real
  })
  for (const jumpMs of [-86_400_000, 86_400_000]) {
    Date.now = () => real() + jumpMs
    t.equal(tenure.mayAct(), true, `${jumpMs} ms`)
  }
  pass(ttlMs)
  Date.now = () => real() - 86_400_000
  t.equal(tenure.mayAct(), false, 'back to yesterday makes no lease young again')
})

t.test('a renewal counts from before it was asked for', async t => {
  const { tenure, pass, answers } = createTwin(t)
  pass(ttlMs)
  answers(async () => {
    pass(ttlMs - marginMs) // As long as the answer takes.
    return true
  })
  t.equal(await tenure.confirm('fs1'), false, 'an answer that is too old is none')
})

t.test('who slept asks before sending, and is told the truth', async t => {
  const { tenure, pass, answers, asked, lost } = createTwin(t, async () => true)
  let sure = 0
  tenure.onSure(() => sure++)
  pass(60_000)
  t.equal(tenure.mayAct(), false)
  t.equal(await tenure.confirm('fs1'), true, 'nobody came meanwhile')
  t.equal(tenure.mayAct(), true)
  t.equal(sure, 1)
  t.same(asked, [], 'Redis has answered: the switch is not asked')
  pass(60_000)
  answers(async () => false)
  t.equal(await tenure.confirm('fs1'), false, 'another server has it')
  t.equal(lost(), 1)
  t.equal(await tenure.confirm('fs1'), false, 'and for good')
  t.equal(lost(), 1, 'which is told once')
})

t.test('while Redis is silent the switch is the witness, for each command anew', async t => {
  let isOurs = true
  const { tenure, pass, answers, asked } = createTwin(t, async () => isOurs)
  answers(async () => {
    throw new Error('no Redis')
  })
  pass(ttlMs)
  t.equal(tenure.mayAct(), false, 'nothing is decided')
  t.equal(await tenure.confirm('fs1'), true, 'but calls stay in hand')
  isOurs = false
  t.equal(await tenure.confirm('fs1'), false, 'until the switch says that another steers')
  t.same(asked, ['fs1', 'fs1'])
  answers(async () => true)
  t.equal(tenure.mayAct(), false, 'an answer of before is not believed')
})

t.test('over a Redis that dies, sleeps and comes back', async t => {
  const redis = await startRedis()
  t.teardown(() => redis.close())
  const client = connectRedis({ path: redis.path }, { commandTimeoutMs: 300 })
  const other = connectRedis({ path: redis.path })
  for (const one of [client, other]) {
    one.on('error', () => undefined)
    t.teardown(() => one.disconnect())
    await redisReady(one, 5000)
  }
  const take = (owner: string, of = client) =>
    takeLease({ redis: of, prefix: 'test:' }, 'site', owner, ttlMs, { nodes: ['fs1', 'fs2'] })
  const begin = async (owner: string, onLost = () => undefined as void): Promise<Tenure> => {
    const askedAtMs = performance.now()
    const answer = await take(owner)
    if (answer.state !== 'taken') throw new Error('held')
    const tenure = createTenure({
      lease: answer.lease,
      askedAtMs,
      timing: TENURE_TIMING,
      monotonicMs: () => performance.now(),
      isUncontested: async () => false,
      onLost,
      log: quiet,
    })
    t.teardown(() => tenure.stop())
    return tenure
  }

  let lost = 0
  const first = await begin('a', () => void lost++)
  for (const node of ['site', 'fs1', 'fs2'])
    t.equal(await other.hget(`test:lease/${node}`, 'owner'), 'a', node)
  t.match(await take('b', other), { state: 'held', owner: 'a', epoch: first.epoch })

  redis.freeze()
  await until('doubt', () => !first.mayAct())
  t.equal(await first.confirm('fs1'), false)
  redis.thaw()
  await until('to be sure again', () => first.mayAct())
  t.equal(lost, 0, 'nobody else asked: it goes on under the same epoch')

  await redis.kill()
  await until('doubt', () => !first.mayAct())
  await redis.start()
  await until('to be sure again', () => first.mayAct())
  t.equal(lost, 0)

  // The process itself sleeps, as under SIGSTOP: no timer runs, and another server takes over meanwhile.
  await redisReady(other, 5000)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ttlMs + 200)
  t.equal(first.mayAct(), false, 'awake, it knows at once that it can not know')
  const taken = await take('b', other)
  t.match(taken, { state: 'taken' })
  t.equal(await first.confirm('fs1'), false, 'its late command is not sent')
  await until('to be told', () => lost === 1)
  t.equal(first.mayAct(), false)
})

t.test('a lease given back is free at once', async t => {
  const redis = await startRedis()
  t.teardown(() => redis.close())
  const client = connectRedis({ path: redis.path })
  t.teardown(() => client.disconnect())
  await redisReady(client, 5000)
  const take = (owner: string, deferMs = 0) =>
    takeLease({ redis: client, prefix: 'test:' }, 'site', owner, 60_000, { deferMs })
  const first = await take('a')
  if (first.state !== 'taken') return t.fail('not taken')
  await first.lease.release()
  t.match(await take('b', 5000), { state: 'taken' }, 'also for one who does not reach every switch')
  const short = await takeLease({ redis: client, prefix: 'test:' }, 'run-out', 'a', 1)
  t.match(short, { state: 'taken' })
  const late = (owner: string, deferMs: number) =>
    takeLease({ redis: client, prefix: 'test:' }, 'run-out', owner, 60_000, { deferMs })
  await until('it to run out', async () => (await late('c', 60_000)).state === 'held')
  t.match(await late('b', 0), { state: 'taken' }, 'who reaches every switch comes first')
})
