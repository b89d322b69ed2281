// What operators do on a running system: trial calls over a trunk, a backup, metrics.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createCarrier } from '../fixtures/agent-phone.ts'
import { startAgentBrowser } from '../fixtures/browser.ts'
import { startDemo } from '../fixtures/demo.ts'
import { ask } from '../fixtures/http.ts'
import { look, lookInEnglish } from '../fixtures/look.ts'
import { until } from '../fixtures/until.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

t.setTimeout(290_000)
t.test('operations on the running system', async t => {
  const carrier = await createCarrier(700)
  t.teardown(() => carrier.close())
  const folder = mkdtempSync(join(tmpdir(), 'hotline-operations-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const keyFile = join(folder, 'key')
  writeFileSync(keyFile, 'a key of the operator, long enough', { mode: 0o600 })
  const settings = {
    HOTLINE_TRUNK: carrier.trunk,
    HOTLINE_TRIAL_CALL_NUMBER: '10086',
    HOTLINE_BACKUP_DIR: join(folder, 'backups'),
    HOTLINE_BACKUP_KEY_FILE: keyFile,
  }
  const demo = await startDemo(t, { env: settings })
  const tryIt = (trunk = 'default') =>
    demo.done('/api/trial-calls', { as: '2001', method: 'POST', body: { trunk } })
  const alarms = async (cause: string, state: string) =>
    (await demo.done(`/api/alarms?cause=${cause}&state=${state}`)).items as any[]

  await t.test('a trial call hears the far end, is timed, and counts nowhere', async t => {
    const before = await demo.done('/api/calls?limit=5')
    const call = await tryIt()
    t.match(call, { trunk: 'default', number: '10086', outcome: 'passed', by: /./, detail: null })
    t.ok(call.setUpMs > 0, `set up in ${call.setUpMs} ms`)
    t.ok(call.heardRms > 500, `heard ${call.heardRms}`)
    t.equal(carrier.calls.length, 1)
    t.match(carrier.calls[0]?.invite, /10086/)
    await until('the carrier to be hung up on', () => !carrier.calls[0]!.isTalking())
    const sound = await demo.api(`/api/trial-calls/${call.id}/recording`, { as: '2001' })
    t.equal(sound.status, 200)
    t.ok(sound.bytes.length > 50_000, 'some seconds of sound')
    t.same((await demo.done('/api/calls?limit=5')).items, before.items, 'no call record')
    t.match((await demo.done('/api/lines')).used, 0)
  })

  await t.test('a carrier that refuses is an alarm until a trial call passes', async t => {
    carrier.manner = 503
    t.match(await tryIt(), { outcome: 'refused', setUpMs: null })
    await until('the alarm', async () => (await alarms('trial-call-failed', 'open')).length === 1)
    carrier.manner = 'answer'
    t.match(await tryIt(), { outcome: 'passed' })
    await until('its end', async () => (await alarms('trial-call-failed', 'over')).length === 1)
    const { items, trunks, number } = await demo.done('/api/trial-calls', { as: '2001' })
    t.same([items.length, trunks, number], [3, ['default'], '10086'])
  })

  await t.test('who may and what is refused', async t => {
    const of = (as: string, trunk: string) =>
      demo.api('/api/trial-calls', { as, method: 'POST', body: { trunk } })
    t.equal((await of('1001', 'default')).status, 403)
    t.equal((await of('2001', 'nowhere')).status, 404)
    t.equal((await demo.api('/api/backups', { as: '2001', method: 'POST' })).status, 403)
  })

  await t.test(
    'a backup of the running server, and the maintenance command that must not',
    async t => {
      const { id } = await demo.done('/api/backups', { method: 'POST' })
      const made = await until(
        'the backup',
        async () => {
          const { items } = await demo.done('/api/backups')
          return items.find((one: any) => one.id === id && one.outcome !== 'running')
        },
        60_000,
      )
      t.match(made, { outcome: 'done', detail: null })
      t.ok(made.rows > 20 && made.bytes > 1000)
      const refused = await new Promise<string>(resolve =>
        execFile(
          process.execPath,
          ['server/process/backup.mjs', 'backup'],
          { cwd: root, env: { ...process.env, ...settings, HOTLINE_DATA_DIR: demo.dataDir } },
          (_error, stdout) => resolve(stdout),
        ),
      )
      t.match(refused, /ask the running server for a backup/)
      const { bytes } = await ask(`${demo.url}/metrics`)
      t.match(bytes.toString(), /hotline_last_backup_timestamp_seconds [1-9]/)
    },
  )

  await t.test('a key that is gone makes the backup fail, and somebody hears of it', async t => {
    rmSync(keyFile)
    await demo.done('/api/backups', { method: 'POST' })
    await until(
      'the alarm',
      async () => (await alarms('backup-failed', 'open')).length === 1,
      30_000,
    )
    const { items } = await demo.done('/api/backups')
    t.match(items[0], { outcome: 'failed', detail: /can't be read/ })
  })

  await t.test('the page shows alarms, trial calls and backups, and takes a note', async t => {
    const browser = await startAgentBrowser({ url: demo.url, microphoneHz: 880 })
    t.teardown(() => browser.close())
    const desk = await browser.login({ username: 'admin', password: demo.passwordOf('admin') })
    const shows = async (section: string, words: string | RegExp) => {
      await desk.page.goto(`${demo.url}/alarms/${section}`)
      await desk.sees(words)
      await look(t, desk, `operations-${section}`)
      await lookInEnglish(t, desk, `operations-${section}`)
    }
    await shows('trials', '被拒绝')
    await shows('backups', '失败')
    await shows('messages', '没有设置发送途径')
    await shows('alarms', '备份失败')
    await desk.click('确认处理')
    await desk.page.getByPlaceholder(/例如/).fill('密钥文件已补上')
    await desk.page.getByRole('dialog').getByRole('button', { name: '确认处理' }).click()
    await desk.sees('密钥文件已补上')
    t.match((await alarms('backup-failed', 'open'))[0], { seenBy: 'admin', note: '密钥文件已补上' })
    await look(t, desk, 'operations-seen')
  })
})
