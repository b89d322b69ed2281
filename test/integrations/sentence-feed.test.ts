import t from 'tap'
import {
  createSentenceFeed,
  type FeedOptions,
  type HeardSentence,
} from '../../integrations/sentence-feed.ts'
import { until } from '../fixtures/until.ts'

const sentence = (seq: number, text = `第${seq}句`): HeardSentence => ({
  callId: 'c1',
  seq,
  side: 'caller',
  text,
  at: 1000 * seq,
  startMs: 0,
  endMs: 900,
  engine: 'funasr',
})
const open = (options: Partial<FeedOptions> = {}) => {
  const faults: Parameters<FeedOptions['onFault']>[0][] = []
  return { faults, feed: createSentenceFeed({ onFault: fault => faults.push(fault), ...options }) }
}

t.test(
  'H-AI-2: knowledge, quality and work orders each hear every sentence in its order',
  async t => {
    const { feed } = open()
    const found: string[] = []
    const heard: number[] = []
    const orders: string[] = []
    feed.subscribe({
      name: 'knowledge',
      async onSentence({ text }) {
        await new Promise(resolve => setTimeout(resolve, 5))
        if (text.includes('余额')) found.push('如何查询余额')
      },
    })
    feed.subscribe({ name: 'quality', onSentence: ({ seq }) => void heard.push(seq) })
    feed.subscribe({
      name: 'work-orders',
      onSentence({ callId, text }) {
        if (text.includes('投诉')) orders.push(callId)
      },
    })
    feed.tell(sentence(3, '我要查医保余额。'))
    feed.tell(sentence(7, '我要投诉。'))
    t.same(heard, [], 'nobody is told in the turn of whoever tells')
    await until(
      'all of them',
      () => found.length === 1 && heard.length === 2 && orders.length === 1,
    )
    t.same([found, heard, orders], [['如何查询余额'], [3, 7], ['c1']])
  },
)

t.test(
  'one that throws or never answers harms nobody, and what is too much is left out and said',
  async t => {
    const { feed, faults } = open({ mostWaiting: 3 })
    let go = () => {}
    const slow: number[] = []
    const quick: number[] = []
    feed.subscribe({
      name: 'slow',
      onSentence({ seq }) {
        slow.push(seq)
        return new Promise(resolve => (go = resolve))
      },
    })
    feed.subscribe({
      name: 'broken',
      onSentence() {
        throw new Error('no')
      },
    })
    feed.subscribe({ name: 'quick', onSentence: ({ seq }) => void quick.push(seq) })
    feed.tell(sentence(1))
    await until('the first', () => slow.length === 1)
    for (const seq of [2, 3, 4, 5, 6]) {
      feed.tell(sentence(seq))
      await until(`sentence ${seq}`, () => quick.length === seq)
    }
    t.same(slow, [1], 'it still thinks about the first')
    go()
    await until('the next of the slow one', () => slow.length === 2)
    t.same(slow, [1, 4], 'the oldest that waited are gone')
    t.match(
      faults.filter(({ subscriber }) => subscriber === 'slow'),
      [{ leftOut: 2 }],
    )
    t.equal(faults.filter(({ subscriber }) => subscriber === 'broken').length, 6)
  },
)

t.test('whoever has left is told nothing more', async t => {
  const { feed } = open()
  const heard: number[] = []
  const leave = feed.subscribe({ name: 'short', onSentence: ({ seq }) => void heard.push(seq) })
  feed.tell(sentence(1))
  await until('the first', () => heard.length === 1)
  leave()
  feed.tell(sentence(2))
  await new Promise(resolve => setImmediate(resolve))
  t.same(heard, [1])
})
