import t from 'tap'
import { choose, type Candidate } from '../../../server/speech/choice.ts'
import {
  newHealth,
  onFailure,
  onTrialPassed,
  onWords,
  type Health,
} from '../../../server/speech/health.ts'

const capabilities = {
  partials: true,
  wordTimes: true,
  hotwords: true,
  itn: true,
  grammar: false,
  ratesHz: [8000, 16000] as const,
}
const engine = (name: string, fields: Partial<Candidate> = {}): Candidate => ({
  name,
  purposes: ['talk', 'flow'],
  capabilities,
  health: newHealth(0),
  inUse: 0,
  ...fields,
})
const talk = { purpose: 'talk', rateHz: 8000, hasGrammar: false, tried: new Set<string>() } as const
const failed = (times: number): Health =>
  Array.from({ length: times }).reduce<Health>(
    health => onFailure(health, 'broken-off', 1000),
    newHealth(0),
  )

t.test('the first of the order that is up listens', async t => {
  t.same(choose([engine('a'), engine('b')], talk), { type: 'engine', name: 'a' })
  const one = [engine('a', { health: failed(1) }), engine('b')]
  t.same(choose(one, talk), { type: 'engine', name: 'b' }, 'one that failed lately stands behind')
  t.same(choose(one, { ...talk, tried: new Set(['b']) }), { type: 'engine', name: 'a' })
  const two = [engine('a', { health: failed(3) }), engine('b', { health: failed(1) })]
  t.same(choose(two, talk), { type: 'engine', name: 'b' }, 'suspect before down')
})

t.test('an engine is asked only for what it can do', async t => {
  const closed = engine('closed', { capabilities: { ...capabilities, grammar: true } })
  t.same(choose([closed], talk), { type: 'none' }, 'free speech is nothing for a grammar')
  t.same(choose([closed], { ...talk, hasGrammar: true }), { type: 'engine', name: 'closed' })
  const wide = engine('wide', { capabilities: { ...capabilities, ratesHz: [16000] } })
  t.same(choose([wide], talk), { type: 'none' }, 'the rate')
  t.same(choose([engine('flows', { purposes: ['flow'] })], talk), { type: 'none' }, 'the purpose')
})

t.test('an engine at its limit is passed over', async t => {
  const full = engine('a', { limit: 2, inUse: 2 })
  t.same(choose([full, engine('b')], talk), { type: 'engine', name: 'b' })
  t.same(choose([full], talk), { type: 'full' })
})

t.test(
  'failures make an engine suspect, then down, and are tried again more and more seldom',
  async t => {
    t.match(failed(1), { state: 'suspect', since: 1000, cause: 'broken-off', retryAt: 3000 })
    t.match(failed(2), { state: 'suspect', since: 1000, retryAt: 5000 })
    t.match(failed(3), { state: 'down', retryAt: 9000 })
    t.match(failed(30), { retryAt: 301_000 }, 'at most five minutes')
    t.match(onFailure(newHealth(0), 'quota', 0), { retryAt: 30_000 }, 'a quota takes longer')
  },
)

t.test('a trial brings it back, and only words make its failures forgotten', async t => {
  const back = onTrialPassed(failed(3), 9000)
  t.match(back, { state: 'up', since: 9000, failures: 3 })
  t.notOk('retryAt' in back)
  t.match(onFailure(back, 'slow', 10_000), { state: 'down', retryAt: 26_000 })
  t.same(onWords(back, 9500), { state: 'up', since: 9500, failures: 0 })
  const well = newHealth(0)
  t.equal(onWords(well, 5), well, 'nothing new')
})
