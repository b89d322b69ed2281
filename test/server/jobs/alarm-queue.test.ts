// Messages about alarms on real ways out: a mail server, an HTTP receiver, a Redis that comes and goes.
import t, { type Test } from 'tap'
import type { AlarmMessage } from '../../../server/alarm/message.ts'
import { createAlarmQueue } from '../../../server/jobs/alarm-queue.ts'
import { createMail } from '../../../server/jobs/mail.ts'
import { createWebHook, signatureOf } from '../../../server/jobs/web-hook.ts'
import { openHookReceiver } from '../../fixtures/hook-receiver.ts'
import { silentLog } from '../../fixtures/log.ts'
import { openMailbox } from '../../fixtures/mailbox.ts'
import { startRedis } from '../../fixtures/redis.ts'
import { until } from '../../fixtures/until.ts'

const SECRET = 'sixteen letters.'
const redis = await startRedis()
t.teardown(() => redis.close())
let last = 0

async function outlets(t: Test, attempts = 9) {
  const mailbox = await openMailbox()
  const receiver = await openHookReceiver()
  const queue = createAlarmQueue({
    redis: { path: redis.path },
    prefix: `test-${++last}:`,
    outlets: [
      createMail(
        {
          url: `smtp://someone:hidden@127.0.0.1:${mailbox.port}`,
          from: 'hotline@example.org',
          to: ['duty@example.org', 'lead@example.org'],
        },
        at => `at ${at}`,
      ),
      createWebHook({ url: receiver.url, secret: SECRET }, Date.now),
    ],
    log: silentLog(),
    firstPauseMs: 50,
    attempts,
  })
  t.teardown(async () => {
    await queue.close()
    await mailbox.close()
    await receiver.close()
  })
  return { mailbox, receiver, queue }
}
const message = (id: string): AlarmMessage => ({
  id,
  kind: 'raised',
  at: 1,
  site: '医保热线',
  alarms: [
    { id: 'switch-127.0.0.1:8021', level: 'critical', cause: 'switch-away', since: 1, times: 1 },
  ],
})

t.test('a message reaches both, once, whole and signed', async t => {
  const { mailbox, receiver, queue } = await outlets(t)
  queue.post(message('raised-switch-127.0.0.1:8021-1'))
  queue.post(message('raised-switch-127.0.0.1:8021-1'))
  await until('the letter', () => mailbox.letters.length > 0)
  await until('the request', () => receiver.deliveries.length > 0)
  const [letter] = mailbox.letters
  t.match(letter, {
    from: 'hotline@example.org',
    to: ['duty@example.org', 'lead@example.org'],
    subject: '【医保热线】告警：严重 交换机没有应答',
    user: 'someone',
  })
  t.match(letter?.text, /开始：at 1/)
  const { headers, text } = receiver.deliveries[0]!
  t.match(JSON.parse(text), message('raised-switch-127.0.0.1:8021-1'))
  const signature = String(headers['x-hotline-signature'])
  const atS = Number(/t=(\d+)/.exec(signature)?.[1])
  t.equal(signature, signatureOf(SECRET, text, atS))
  t.not(signature, signatureOf('another secret..', text, atS))
  queue.post(message('second'))
  await until('the second', () => mailbox.letters.length > 1 && receiver.deliveries.length > 1)
  t.equal(mailbox.letters.length, 2, 'the same message was sent once')
  t.equal(receiver.deliveries.length, 2)
})

t.test(
  'an outlet that is down is tried again, and holds up neither the other nor those who post',
  async t => {
    const { mailbox, receiver, queue } = await outlets(t)
    mailbox.refuse(true)
    receiver.answerWith(503)
    queue.post(message('one'))
    await until(
      'a second try of each',
      () => mailbox.refusedCount() > 1 && receiver.deliveries.length > 1,
    )
    receiver.answerWith(200)
    const before = receiver.deliveries.length
    await until('the hook to succeed', () => receiver.deliveries.length > before)
    t.equal(mailbox.letters.length, 0)
    mailbox.refuse(false)
    await until('the letter', () => mailbox.letters.length > 0)
    await until('nothing left', async () => (await queue.state()).waiting === 0)
    t.same((await queue.state()).dead, [])
  },
)

t.test('what can not be delivered stays in sight and is tried again by hand', async t => {
  const { mailbox, receiver, queue } = await outlets(t, 2)
  receiver.answerWith(500)
  queue.post(message('lost'))
  const [dead] = await until('a dead letter', async () => {
    const { dead } = await queue.state()
    return dead.length > 0 && dead
  })
  t.match(dead, {
    id: 'hook-lost',
    outlet: 'hook',
    kind: 'raised',
    attempts: 2,
    reason: 'the web hook answered 500',
  })
  await until('the letter', () => mailbox.letters.length === 1)
  t.equal(await queue.retry('nothing'), false)
  receiver.answerWith(204)
  t.equal(await queue.retry('hook-lost'), true)
  await until('the third try', () => receiver.deliveries.length === 3)
  t.same((await queue.state()).dead, [])
  t.equal(mailbox.letters.length, 1)
})

t.test('Redis away: the message that says so is sent all the same', async t => {
  const { mailbox, receiver, queue } = await outlets(t)
  queue.post(message('before'))
  await until('the first letter', () => mailbox.letters.length === 1)
  await redis.kill()
  queue.post(message('redis-away'))
  await until('the letter', () => mailbox.letters.length === 2)
  await until('the request', () => receiver.deliveries.length === 2)
  await redis.start()
  await until('the queue to be back', async () =>
    queue.state().then(
      () => true,
      () => false,
    ),
  )
  queue.post(message('after'))
  await until('the letter after', () => mailbox.letters.length === 3)
  t.match(
    mailbox.letters.map(({ raw }) => /Message-ID: <(.*?)@/i.exec(raw)?.[1]),
    ['before', 'redis-away', 'after'],
  )
})
