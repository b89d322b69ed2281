import t from 'tap'
import * as places from '../../../server/speech/channels.ts'

const talk = (id: string, beganAt: number) => ({ id, beganAt, channels: 2 })
const joined = (limit: number, ...talks: ReturnType<typeof talk>[]) =>
  talks.reduce<places.Channels>(places.join, places.noChannels(limit))

t.test('talks take both sides or none, in the order in which they began', async t => {
  const { channels, seated } = places.seat(joined(5, talk('c', 30), talk('a', 10), talk('b', 20)))
  t.same(seated, ['a', 'b'])
  t.same([places.usedOf(channels), places.waitingOf(channels)], [4, 2])
  const again = places.seat(places.leave(channels, 'a'))
  t.same(again.seated, ['c'], 'who waits goes on when one ends')
})

t.test('a flow takes the last channel at once, and is refused when there is none', async t => {
  const { channels } = places.seat(joined(5, talk('a', 10), talk('b', 20)))
  const taken = places.takeForFlow(channels)!
  t.equal(places.usedOf(taken), 5)
  t.equal(places.takeForFlow(taken), undefined)
  t.same(places.seat(places.join(taken, talk('c', 30))).seated, [], 'one free channel is no talk')
  const back = places.giveBack(taken)
  t.equal(places.usedOf(back), 4)
})

t.test('the first who finds no room keeps those behind waiting', async t => {
  const channels = joined(3, talk('a', 10), talk('b', 20))
  const small = places.join(channels, { id: 'c', beganAt: 30, channels: 1 })
  t.same(places.seat(small).seated, ['a'], 'a later one does not overtake')
})

t.test('fewer channels than are in use end nobody', async t => {
  const { channels } = places.seat(joined(5, talk('a', 10), talk('b', 20)))
  const fewer = places.seat({ ...channels, limit: 1 })
  t.equal(places.usedOf(fewer.channels), 4)
  t.same(places.seat(places.leave(fewer.channels, 'a')).seated, [])
})
