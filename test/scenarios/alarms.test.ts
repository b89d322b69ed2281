// Something goes wrong on the running system: people are told by mail and web hook, see it, and it is over (T-OPS-1).
import t from 'tap'
import { openHookReceiver } from '../fixtures/hook-receiver.ts'
import { openMailbox } from '../fixtures/mailbox.ts'
import { startDemo } from '../fixtures/demo.ts'
import { ask } from '../fixtures/http.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(280_000)
t.test('an alarm from its beginning to its end', async t => {
  const mailbox = await openMailbox()
  const receiver = await openHookReceiver()
  t.teardown(() => Promise.all([mailbox.close(), receiver.close()]))
  const demo = await startDemo(t, {
    env: {
      HOTLINE_SMTP_URL: `smtp://127.0.0.1:${mailbox.port}`,
      HOTLINE_ALARM_MAIL_FROM: 'hotline@example.org',
      HOTLINE_ALARM_MAIL_TO: 'duty@example.org',
      HOTLINE_ALARM_HOOK_URL: receiver.url,
      HOTLINE_ALARM_HOOK_SECRET: 'sixteen letters.',
    },
  })
  const alarmOf = async (alarm: string, state: string) => {
    const { items } = await demo.done(`/api/alarms?state=${state}`, { as: '2001' })
    return items.find((one: any) => one.alarm === alarm)
  }

  await t.test('wrong passwords in a row are an alarm', async t => {
    for (let index = 0; index < 12; index++)
      await ask(`${demo.url}/api/login`, {
        method: 'POST',
        body: { username: `nobody-${index}`, password: 'wrong password' },
      })
    const alarm = await until('the alarm', () => alarmOf('failedLogins', 'open'), 30_000)
    t.match(alarm, { level: 'warning', cause: 'login-failures', clearedAt: null, seenBy: null })
    const letter = await until('the letter', () =>
      mailbox.letters.find(({ subject }) => subject.includes('登录失败次数异常')),
    )
    t.match(letter.text, /\[注意\] 登录失败次数异常/)
    await until('the web hook', () =>
      receiver.deliveries.some(({ text }) => text.includes('login-failures')),
    )
  })

  await t.test('a supervisor sees to it, an agent may not', async t => {
    const { id } = await alarmOf('failedLogins', 'open')
    const refused = await demo.api(`/api/alarms/${id}/seen`, {
      as: '1001',
      method: 'POST',
      body: {},
    })
    t.equal(refused.status, 403)
    const seen = await demo.done(`/api/alarms/${id}/seen`, {
      as: '2001',
      method: 'POST',
      body: { note: '已核实，为员工忘记密码' },
    })
    t.match(seen, { seenBy: /./, note: '已核实，为员工忘记密码' })
    t.equal((await demo.api('/api/alarms', { as: '1001' })).status, 403)
  })

  await t.test('the switch dies: critical at once, over when it is back', async t => {
    const before = demo.switchPid()
    process.kill(before, 'SIGKILL')
    const alarm = await until(
      'the alarm',
      async () => {
        const { items } = await demo.done('/api/alarms?cause=switch-away')
        return items[0]
      },
      30_000,
    )
    t.equal(alarm.level, 'critical')
    await until(
      'its end',
      async () => {
        const { items } = await demo.done('/api/alarms?cause=switch-away&state=over')
        return items.length > 0
      },
      60_000,
    )
    await until('the restart to be noticed', () => alarmOf('switchRestarts', 'open'), 30_000)
    await until('a letter about the switch', () =>
      mailbox.letters.some(({ subject }) => subject.includes('交换机')),
    )
  })

  await t.test('thresholds are set by the administrator and count at once', async t => {
    const settings = await demo.done('/api/alarm-settings')
    const thresholds = { failedLogins: { critical: 1 }, switchRestarts: null }
    t.equal(
      (await demo.api('/api/alarm-settings', { as: '2001', method: 'PUT', body: settings })).status,
      403,
    )
    await demo.done('/api/alarm-settings', { method: 'PUT', body: { ...settings, thresholds } })
    await until(
      'the level to rise',
      async () => (await alarmOf('failedLogins', 'open'))?.level === 'critical',
      30_000,
    )
    await until(
      'the rule turned off to be silent',
      async () => !(await alarmOf('switchRestarts', 'open')),
      30_000,
    )
  })

  await t.test('a trial message shows that messages arrive', async t => {
    await demo.done('/api/alarm-messages/trial', { method: 'POST' })
    await until('the letter', () =>
      mailbox.letters.some(({ subject }) => subject.includes('测试消息')),
    )
    const messages = await until('nothing on its way', async () => {
      const found = await demo.done('/api/alarm-messages')
      return found.waiting === 0 && found
    })
    t.match(messages, { outlets: ['mail', 'hook'], waiting: 0 })
    t.same(messages.dead, [])
  })

  await t.test(
    'what a server left behind when it was killed is put right at the next start',
    async t => {
      await demo.kill9()
      await demo.restart()
      await until(
        'the old alarm to be over',
        async () => {
          const { items } = await demo.done('/api/alarms?cause=login-failures')
          return items.every((one: any) => one.clearedAt !== null)
        },
        30_000,
      )
      const { text } = await ask(`${demo.url}/metrics`).then(({ bytes }) => ({
        text: bytes.toString(),
      }))
      t.match(text, /hotline_alarms\{level="critical"\} \d/)
      t.match(text, /hotline_disk_free_bytes [1-9]/)
    },
  )
})
