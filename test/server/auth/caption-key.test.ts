// Links to captions: one call, for so long, and no guessing.
import t from 'tap'
import { createCaptionKeys, LONGEST_MS } from '../../../server/auth/caption-key.ts'
import { createMemoryKeyValue, type KeyValue } from '../../../server/auth/key-value.ts'

function open() {
  let at = 1_000_000
  const clock = () => at
  const written: string[] = []
  const memory = createMemoryKeyValue(clock)
  const keyValue: KeyValue = {
    ...memory,
    set(key, value, ttlMs) {
      written.push(key, value)
      return memory.set(key, value, ttlMs)
    },
  }
  const keys = createCaptionKeys({ keyValue, clock })
  return { keys, written, clock, pass: (ms: number) => void (at += ms) }
}

t.test('a link opens its own call until its time is over', async t => {
  const { keys, written, clock, pass } = open()
  const [one, two] = [await keys.issue('call-1'), await keys.issue('call-2')]
  t.match(one.token, /^[\w-]{43}$/)
  t.equal(one.expiresAt, clock() + LONGEST_MS)
  t.same(await keys.find(one.token, 'a'), { state: 'known', callId: 'call-1' })
  t.same(await keys.find(two.token, 'a'), { state: 'known', callId: 'call-2' })
  t.notOk(
    written.some(text => text.includes(one.token)),
    'whoever reads the store can not make the link',
  )
  pass(LONGEST_MS)
  t.same(await keys.find(one.token, 'a'), { state: 'unknown' })
})

t.test('an address that guesses is let no further for a minute; others are', async t => {
  const { keys, pass } = open()
  const { token } = await keys.issue('call-1')
  for (let tries = 0; tries < 30; tries++)
    t.same(await keys.find('x'.repeat(43), 'guesser'), { state: 'unknown' })
  t.same(await keys.find('x'.repeat(43), 'guesser'), { state: 'too-many' })
  t.same(await keys.find(token, 'guesser'), { state: 'too-many' }, 'not even a good one')
  t.match(await keys.find(token, 'reader'), { state: 'known' })
  pass(60_000)
  t.match(await keys.find(token, 'guesser'), { state: 'known' })
})
