import t from 'tap'
import {
  EMPTY_POST,
  onCleared,
  onRaised,
  onSeen,
  onTick,
  type Post,
  type Posted,
  type PostRules,
} from '../../../server/alarm/post.ts'
import { mailOf } from '../../../server/alarm/message.ts'
import type { AlarmView } from '../../../server/desktop/protocol.ts'

const MINUTE = 60_000
const RULES: PostRules = {
  site: 'S',
  lowestLevel: 'warning',
  remindEveryMs: 60 * MINUTE,
  isQuiet: () => false,
}
const alarm = (id: string, level: AlarmView['level'] = 'warning', since = 0): AlarmView => ({
  id,
  level,
  cause: `${id}-cause`,
  since,
})

/** Keeps the state and what was sent: kind and alarms of each message. */
function desk(rules: PostRules = RULES) {
  let post: Post = EMPTY_POST
  const sent: [string, ...string[]][] = []
  const take = ({ post: next, messages }: Posted) => {
    post = next
    for (const { kind, alarms } of messages) sent.push([kind, ...alarms.map(({ id }) => id)])
    return messages
  }
  return {
    sent,
    raise: (id: string, at: number, level?: AlarmView['level']) =>
      take(onRaised(post, alarm(id, level, at), at, rules)),
    clear: (id: string, at: number) => take(onCleared(post, id, at, rules)),
    tick: (at: number) => take(onTick(post, at, rules)),
    seen: (id: string) => {
      post = onSeen(post, id)
    },
  }
}

t.test('one message when it begins, one when it is over', async t => {
  const post = desk()
  post.raise('disk', 0)
  post.tick(MINUTE)
  post.clear('disk', 10 * MINUTE)
  t.same(post.sent, [
    ['raised', 'disk'],
    ['cleared', 'disk'],
  ])
  post.clear('disk', 11 * MINUTE)
  t.equal(post.sent.length, 2, 'and not twice')
})

t.test('below the lowest level nothing is sent', async t => {
  const post = desk()
  post.raise('lines', 0, 'info')
  post.clear('lines', MINUTE)
  post.tick(5 * MINUTE)
  t.same(post.sent, [])
})

t.test('a storm is five messages and a summary', async t => {
  const post = desk()
  for (let index = 0; index < 40; index++) post.raise(`a${index}`, index * 10)
  t.equal(post.sent.length, 5)
  post.tick(30_000)
  t.equal(post.sent.length, 5, 'the summary waits for the end of the minute')
  const [summary] = post.tick(MINUTE + 1000)
  t.equal(summary?.kind, 'summary')
  t.equal(summary?.alarms.length, 35)
})

t.test('what flaps is told once, then counted', async t => {
  const post = desk()
  post.raise('link', 0)
  post.clear('link', 1000)
  for (let round = 1; round <= 5; round++) {
    post.raise('link', round * 2000)
    post.clear('link', round * 2000 + 1000)
  }
  t.same(post.sent, [
    ['raised', 'link'],
    ['cleared', 'link'],
  ])
  const [summary] = post.tick(2 * MINUTE)
  t.match(summary, { kind: 'summary', alarms: [{ id: 'link', times: 5 }] })
  post.raise('link', 20 * MINUTE)
  t.same(post.sent.at(-1), ['raised', 'link'], 'later it is news again')
})

t.test('a worse level of what was told is told at once', async t => {
  const post = desk()
  post.raise('disk', 0, 'warning')
  post.raise('disk', 1000, 'critical')
  t.same(post.sent, [
    ['raised', 'disk'],
    ['raised', 'disk'],
  ])
})

t.test('reminders come until somebody has seen it', async t => {
  const post = desk()
  post.raise('disk', 0)
  post.raise('switch', 0)
  post.tick(59 * MINUTE)
  t.equal(post.sent.length, 2)
  post.tick(60 * MINUTE)
  t.same(post.sent.at(-1), ['reminder', 'disk', 'switch'], 'in one message')
  post.seen('switch')
  post.tick(120 * MINUTE)
  t.same(post.sent.at(-1), ['reminder', 'disk'])
  post.clear('disk', 130 * MINUTE)
  post.tick(240 * MINUTE)
  t.same(post.sent.at(-1), ['cleared', 'disk'])
})

t.test('in quiet hours only what is critical is sent; the rest follows as one', async t => {
  const post = desk({ ...RULES, isQuiet: at => at < 60 * MINUTE })
  post.raise('queue', 0)
  post.raise('disk', MINUTE)
  post.clear('disk', 2 * MINUTE)
  post.raise('switch', 3 * MINUTE, 'critical')
  post.tick(30 * MINUTE)
  t.same(post.sent, [['raised', 'switch']])
  const [summary] = post.tick(60 * MINUTE)
  t.match(summary, {
    kind: 'summary',
    alarms: [{ id: 'queue' }, { id: 'disk', clearedAt: 2 * MINUTE }],
  })
})

t.test('a mail says what, how much, since when, in words', async t => {
  const { subject, text } = mailOf(
    {
      id: 'x',
      kind: 'raised',
      at: 0,
      site: '医保热线',
      alarms: [
        {
          id: 'disk',
          level: 'critical',
          cause: 'disk-full',
          detail: '400 MiB',
          since: 0,
          times: 1,
        },
      ],
    },
    () => '2026-11-22 10:00:00',
  )
  t.equal(subject, '【医保热线】告警：严重 磁盘空间不足')
  t.match(text, /数值：400 MiB/)
  t.match(text, /开始：2026-11-22 10:00:00/)
})
