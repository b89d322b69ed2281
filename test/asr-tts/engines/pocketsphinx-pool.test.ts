import t, { type Test } from 'tap'
import {
  createDecodingPool,
  type PoolAnswer,
  type PoolOptions,
} from '../../../asr-tts/engines/pocketsphinx-pool.ts'

const entry = new URL('../../fixtures/speech/decoding-thread.mjs', import.meta.url)
const OPTIONS: PoolOptions = {
  acoustic: '',
  dictionary: '',
  niceness: 0,
  workers: 1,
  limitMs: 60_000,
  waitMs: 60_000,
  entry,
}

function start(t: Test, options: Partial<PoolOptions> = {}) {
  const pool = createDecodingPool({ ...OPTIONS, ...options })
  t.teardown(() => pool.close())
  const ask = (key: string) =>
    new Promise<PoolAnswer>(resolve => {
      pool.ask(
        {
          type: 'decode',
          grammar: { key, phrases: [] },
          samples: new Int16Array(160),
          isCompared: false,
        },
        resolve,
      )
    })
  return { pool, ask }
}

t.test('sentences wait for a thread and are answered', async t => {
  const { pool, ask } = start(t)
  const asked = Promise.all([ask('a'), ask('b'), ask('refuse')])
  t.match(pool.load(), { workers: 1, busy: 0, waiting: 3 })
  t.match(await asked, [{ type: 'decoded' }, { type: 'decoded' }, { type: 'refused' }])
  t.match(pool.load(), { workers: 1, busy: 0, waiting: 0 })
})

t.test('a sentence that takes too long is slow, and its thread is replaced', async t => {
  const { ask } = start(t, { limitMs: 200 })
  t.match(await ask('hang'), { type: 'failed', cause: 'slow' })
  t.match(await ask('a'), { type: 'decoded' })
})

t.test('a sentence that finds no thread is slow', async t => {
  const { pool, ask } = start(t, { waitMs: 3000 })
  t.match(await ask('a'), { type: 'decoded' }, 'the thread has begun')
  const hanging = ask('hang')
  t.match(await ask('b'), { type: 'failed', cause: 'slow' })
  await pool.close()
  t.match(await hanging, { type: 'failed', cause: 'cancelled' })
})

for (const way of ['fall', 'throw'])
  t.test(`a thread that ends by itself (${way}) breaks off its sentence only`, async t => {
    const { ask } = start(t)
    const [fallen, next] = await Promise.all([ask(way), ask('a')])
    t.match(fallen, { type: 'failed', cause: 'broken-off' })
    t.match(next, { type: 'decoded' })
  })

t.test('threads that never begin make it unreachable', async t => {
  const { ask } = start(t, { entry: new URL('nowhere.mjs', import.meta.url) })
  t.match(await Promise.all([ask('a'), ask('b')]), [
    { type: 'failed', cause: 'unreachable' },
    { type: 'failed', cause: 'unreachable' },
  ])
})

t.test('what is not wanted any more is never told', async t => {
  const { pool, ask } = start(t)
  const sound = { samples: new Int16Array(1), isCompared: false }
  const grammar = { key: 'a', phrases: [] }
  const asked = pool.ask({ type: 'decode', grammar, ...sound }, () => t.fail('told'))
  asked.withdraw()
  t.match(await ask('b'), { type: 'decoded' })
  await pool.close()
  t.match(await ask('c'), { type: 'failed', cause: 'cancelled' }, 'nor is anything after the end')
})
