import t from 'tap'
import { openBroadcast } from '../../../server/cluster/broadcast.ts'
import { openBus, type Bus } from '../../../server/cluster/bus.ts'
import { createFollower } from '../../../server/cluster/follower.ts'
import {
  complete,
  NO_MIRROR,
  reflect,
  type Mirror,
  type MirrorMessage,
} from '../../../server/cluster/mirror.ts'
import { createAsker, openDesk } from '../../../server/cluster/question.ts'
import { createHub } from '../../../server/desktop/hub.ts'
import { refuse } from '../../../server/errors.ts'
import { createLog } from '../../../server/log.ts'
import { connectRedis, redisReady } from '../../../server/store/index.ts'
import { startRedis } from '../../fixtures/redis.ts'
import { until } from '../../fixtures/until.ts'

const log = createLog('silent')
const change = (number: number, epoch = 1): MirrorMessage => ({
  epoch,
  number,
  change: { channel: 'floor', set: { n: number }, remove: [] },
})
const whole = (number: number, epoch = 1) => ({ epoch, number, channels: {} })
const shown = (number: number) => ({ channel: 'floor', set: { n: number }, remove: [] })
const at = (number: number, epoch = 1): Mirror => ({ epoch, number, early: [], state: 'whole' })

t.test('changes in their order are shown, each once', async t => {
  const first = reflect(at(4), change(5))
  t.match(first, { mirror: { number: 5 }, show: [shown(5)], ask: false })
  t.match(reflect(first.mirror, change(5)), { mirror: { number: 5 }, show: [], ask: false })
  t.match(reflect(first.mirror, change(3)), { mirror: { number: 5 }, show: [], ask: false })
})

t.test('a hole asks for the whole, and what came early follows on it', async t => {
  const hole = reflect(at(4), change(7))
  t.match(hole, { mirror: { state: 'asking' }, show: [], ask: true })
  const next = reflect(hole.mirror, change(8))
  t.match(next, { show: [], ask: false }, 'asked once')
  const late = reflect(next.mirror, change(5))
  const done = complete(late.mirror, whole(6))
  t.same(done.show, [shown(7), shown(8)], 'in their order, without what the whole holds')
  t.match(done.mirror, { number: 8, state: 'whole', early: [] })
  t.equal(done.ask, false)
})

t.test('a hole among the early ones asks again', async t => {
  const { mirror } = reflect(reflect(at(4), change(7)).mirror, change(9))
  const done = complete(mirror, whole(7))
  t.match(done, { ask: true, isShown: true, mirror: { state: 'asking' } })
})

t.test('a last change that got lost is noticed by the beat', async t => {
  t.match(reflect(at(4), { epoch: 1, number: 4 }), { ask: false, mirror: { state: 'whole' } })
  t.match(reflect(at(4), { epoch: 1, number: 5 }), { ask: true, mirror: { state: 'asking' } })
})

t.test('numbers of two servers are never mixed up', async t => {
  t.match(reflect(at(4, 2), change(5, 1)), {
    show: [],
    ask: false,
    mirror: { epoch: 2, number: 4 },
  })
  const next = reflect(at(4, 1), change(5, 2))
  t.match(next, { show: [], ask: true, mirror: { epoch: 2, state: 'asking' } })
  t.match(complete(next.mirror, whole(9, 1)), { isShown: false, mirror: { state: 'asking' } })
  t.match(complete(next.mirror, whole(4, 2)), { isShown: true, show: [shown(5)] })
  t.match(reflect(NO_MIRROR, change(1)), { ask: true })
})

t.test('two servers on one Redis', async t => {
  const redis = await startRedis()
  t.teardown(() => redis.close())
  const bus = async () => {
    const opened = await openBus({ redis: { path: redis.path }, prefix: 'test:', log })
    t.teardown(opened.close)
    return opened
  }
  const [one, two] = [await bus(), await bus()]
  let epoch = 100
  const steering = createHub({ clock: Date.now })
  const following = createHub({ clock: Date.now })
  for (const hub of [steering, following]) t.teardown(hub.close)
  const begin = (of: Bus, at: number) => {
    const broadcast = openBroadcast({ bus: of, hub: steering, epoch: at, log })
    const desk = openDesk({
      bus: of,
      epoch: at,
      answerers: {
        whole: broadcast.whole,
        echo: (...args) => args,
        no: () => {
          throw refuse('AGENT_BUSY', 'on a call', { call: 'c1' })
        },
        fault: () => {
          throw new Error('secret')
        },
        never: () => new Promise(() => undefined),
      },
      log,
    })
    return () => {
      broadcast.close()
      desk.close()
    }
  }
  const asker = createAsker({ bus: two, server: 'two', epoch: () => epoch })
  t.teardown(asker.close)
  const follower = createFollower({
    bus: two,
    asker,
    hub: following,
    isOwn: (_, key) => key.endsWith('@two'),
    log,
  })
  const value = (key: string) => following.values('floor').get(key)
  following.publish('floor', { old: 1, 'alarm/disk@two': 2 })
  steering.publish('floor', { lines: 1, 'agent/1001': { state: 'idle' } })
  steering.publish('desk:1001', { call: null })
  let end = begin(one, epoch)
  t.teardown(() => end())
  follower.follow()
  await until('the whole', () => follower.isWhole)

  t.test('show the same', async t => {
    t.match(value('agent/1001'), { state: 'idle' })
    t.equal(value('old'), undefined, 'what was shown before is gone')
    t.equal(value('alarm/disk@two'), 2, 'but for what is its own')
    steering.publish('floor', { lines: 2 }, ['agent/1001'])
    await until('the change', () => value('lines') === 2)
    t.equal(value('agent/1001'), undefined)
  })

  t.test('answers and refusals come over as they are', async t => {
    t.same(await asker.ask('echo', [1, { a: 'b' }]), [1, { a: 'b' }])
    await t.rejects(asker.ask('no', []), {
      code: 'AGENT_BUSY',
      status: 409,
      message: 'on a call',
      details: { call: 'c1' },
    })
    await t.rejects(asker.ask('fault', []), { code: 'INTERNAL', message: /^(?!.*secret)/ })
    await t.rejects(asker.ask('toString', []), { code: 'BAD_REQUEST' })
  })

  t.test('what gets lost and what nobody ever said do no harm', async t => {
    const stranger = connectRedis({ path: redis.path })
    t.teardown(() => stranger.disconnect())
    await redisReady(stranger, 5000)
    await stranger.publish('test:mirror', JSON.stringify(change(7, 1)))
    await stranger.publish('test:mirror', JSON.stringify({ ...change(99, epoch), number: 99 }))
    steering.publish('floor', { lines: 3 })
    await until('the change after it', () => value('lines') === 3)
    t.equal(value('n'), undefined, 'a number out of turn is not believed')
    await stranger.publish('test:mirror', 'no JSON')
    await stranger.publish('test:mirror', '{"epoch":"x"}')
    await stranger.publish('test:server/two', '{}')
    await stranger.publish(`test:steer/${epoch}`, '[]')
    steering.publish('floor', { lines: 4 })
    await until('the change after it', () => value('lines') === 4)
  })

  t.test('Redis dies and comes back: the whole is asked for again', async t => {
    await redis.kill()
    steering.publish('floor', { lines: 5 })
    await redis.start()
    await until('what was said meanwhile', () => value('lines') === 5)
    steering.publish('floor', { lines: 6 })
    await until('what is said now', () => value('lines') === 6)
  })

  t.test(
    'who is asked freezes, and another begins to steer: the one who asks is told so',
    async t => {
      const asked = t.rejects(asker.ask('never', []), {
        code: 'SWITCH_AWAY',
        status: 503,
        message: /does not steer any more/,
      })
      // Delivered by now: what is asked after it has been answered.
      await asker.ask('echo', [])
      epoch = 101
      await asked
      epoch = 100
    },
  )

  t.test('another server begins to steer', async t => {
    end()
    epoch = 101
    const asked = asker.ask('echo', ['later'])
    end = begin(one, epoch)
    t.same(await asked, ['later'], 'who asked in between is answered by the next')
    steering.publish('floor', { lines: 7 })
    await until('its changes', () => value('lines') === 7)
    end()
    await t.rejects(asker.ask('echo', []), { code: 'SWITCH_AWAY', status: 503 })
  })
})
