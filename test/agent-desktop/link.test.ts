import t from 'tap'
import {
  createLink,
  foldLink,
  isLive,
  messagesFor,
  reconnectDelayMs,
  type Link,
  type LinkEvent,
} from '../../agent-desktop/src/state/link.ts'
import type { ToDesktop } from '../../server/desktop/protocol.ts'

const heard = (message: ToDesktop, at = 2000): LinkEvent => ({ type: 'heard', at, message })
const snapshot = (version: number, values: Record<string, unknown>, run = 'one') =>
  heard({ type: 'snapshot', channel: 'floor', version, run, at: 1, values })
const change = (version: number, set: Record<string, unknown>, remove: string[] = []) =>
  heard({ type: 'change', channel: 'floor', version, at: 1, set, remove })
const play = (...events: LinkEvent[]): Link => events.reduce(foldLink, createLink(1000))
const wanted: LinkEvent = { type: 'wanted', channel: 'floor' }
const connected: LinkEvent = { type: 'connected', at: 1500 }
/** What the last event makes the desktop say. */
const said = (...events: LinkEvent[]) => {
  const last = events.at(-1)
  if (!last) throw new Error('nothing happened')
  const before = play(...events.slice(0, -1))
  return messagesFor(before, foldLink(before, last), last)
}

t.test('a snapshot replaces what was known and changes build on it', async t => {
  const link = play(
    wanted,
    connected,
    snapshot(7, { 'agent/1001': 1, lines: 2 }),
    change(8, { lines: 3, today: 4 }, ['agent/1001']),
  )
  t.same(link.channels['floor']?.values, { lines: 3, today: 4 })
  t.equal(link.channels['floor']?.version, 8)
  t.ok(isLive(link, 'floor'))
  const again = foldLink(link, snapshot(20, { lines: 9 }))
  t.same(again.channels['floor']?.values, { lines: 9 })
})

t.test('a change that was seen already changes nothing', async t => {
  const link = play(wanted, connected, snapshot(7, { lines: 2 }))
  t.equal(foldLink(link, change(7, { lines: 99 })).channels['floor'], link.channels['floor'])
  t.equal(foldLink(link, change(3, { lines: 99 })).channels['floor'], link.channels['floor'])
})

t.test('changes of a channel nobody watches are left alone', async t => {
  const link = play(connected)
  t.same(foldLink(link, snapshot(3, { lines: 1 })).channels, {})
  t.same(foldLink(link, change(4, { lines: 1 })).channels, {})
})

t.test('whoever comes back says the last version it has', async t => {
  t.same(said(wanted, connected), [{ type: 'subscribe', channel: 'floor' }])
  t.same(
    said(
      wanted,
      connected,
      snapshot(7, {}),
      change(9, {}),
      { type: 'disconnected', at: 3000 },
      { type: 'connected', at: 4000 },
    ),
    [{ type: 'subscribe', channel: 'floor', version: 9, run: 'one' }],
    'and whose it is: another server has versions of its own',
  )
  const moved = play(wanted, connected, snapshot(7, { lines: 1 }), snapshot(3, { lines: 2 }, 'two'))
  t.match(moved.channels['floor'], { version: 3, run: 'two', values: { lines: 2 } })
})

t.test('a lost link keeps its picture and says since when it is old', async t => {
  const link = play(
    wanted,
    connected,
    snapshot(7, { lines: 2 }),
    { type: 'disconnected', at: 3000 },
    { type: 'disconnected', at: 9000 },
  )
  t.equal(link.state, 'lost')
  t.equal(link.since, 3000, 'a second loss does not make it younger')
  t.same(link.channels['floor']?.values, { lines: 2 })
  t.notOk(isLive(link, 'floor'))
  const back = foldLink(link, { type: 'connected', at: 9500 })
  t.ok(isLive(back, 'floor'), 'no change since means no message, and the picture is live again')
})

t.test('a change without its snapshot makes the desktop ask for one', async t => {
  t.same(said(wanted, connected, change(5, { lines: 1 })), [
    { type: 'subscribe', channel: 'floor' },
  ])
  t.same(play(wanted, connected, change(5, { lines: 1 })).channels['floor']?.values, {})
})

t.test('a server that forgot our version is asked for the whole', async t => {
  const resync = heard({ type: 'refused', code: 'RESYNC', channel: 'floor' })
  t.same(said(wanted, connected, snapshot(7, { lines: 2 }), resync), [
    { type: 'subscribe', channel: 'floor' },
  ])
  t.same(play(wanted, connected, snapshot(7, { lines: 2 }), resync).channels['floor']?.values, {
    lines: 2,
  })
})

t.test('a refused channel shows nothing and is not asked for again', async t => {
  const refused = heard({ type: 'refused', code: 'FORBIDDEN', channel: 'floor' })
  const link = play(wanted, connected, refused)
  t.equal(link.channels['floor']?.refused, 'FORBIDDEN')
  t.same(said(wanted, connected, refused), [])
  t.same(play(connected, heard({ type: 'refused', code: 'BAD_REQUEST' })).channels, {})
})

t.test('watching begins once and ends with the last watcher', async t => {
  t.same(said(connected, wanted), [{ type: 'subscribe', channel: 'floor' }])
  t.same(said(connected, wanted, wanted), [])
  t.same(said(wanted), [], 'nothing is sent into a link that is not open')
  t.same(said(connected, wanted, { type: 'unwanted', channel: 'floor' }), [
    { type: 'unsubscribe', channel: 'floor' },
  ])
  t.same(said(connected, { type: 'unwanted', channel: 'floor' }), [])
  t.same(play(connected, wanted, { type: 'unwanted', channel: 'floor' }).channels, {})
})

t.test('the clock is set by the quickest answer', async t => {
  const pong = (sentAt: number, serverAt: number, at: number) =>
    heard({ type: 'pong', sentAt, at: serverAt }, at)
  t.equal(
    play(connected, heard({ type: 'welcome', at: 5000, userId: 'u', channels: [] }, 2000))
      .clockOffsetMs,
    3000,
  )
  const exact = play(connected, pong(2000, 5050, 2100))
  t.equal(exact.clockOffsetMs, 3000)
  t.equal(
    foldLink(exact, pong(3000, 9999, 3900)).clockOffsetMs,
    3000,
    'a slow answer is worth less',
  )
  t.equal(foldLink(exact, pong(4000, 7010, 4020)).clockOffsetMs, 3000)
  t.equal(
    foldLink(exact, pong(9000, 1, 8000)).clockOffsetMs,
    3000,
    'an answer from before its question is none',
  )
  const other = foldLink(foldLink(exact, { type: 'disconnected', at: 5000 }), {
    type: 'connected',
    at: 6000,
  })
  t.equal(
    foldLink(other, pong(7000, 8450, 7900)).clockOffsetMs,
    1000,
    'another server is measured anew',
  )
})

t.test('waits between attempts grow and end', async t => {
  t.same(
    [0, 1, 2, 3, 9].map(attempt => reconnectDelayMs(attempt, 0.5)),
    [250, 500, 1000, 2000, 10_000],
  )
  t.ok(reconnectDelayMs(3, 0) < reconnectDelayMs(3, 1))
})
