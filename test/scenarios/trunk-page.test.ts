// The page of the trunks on the running system, with networks played by SIPp: one dies, one fills up, one registers; calls come and go,
// move on to another trunk, and are blocked for several reasons (W-CAP-2, W-TEL-3).
import t from 'tap'
import { createAgentPhone } from '../fixtures/agent-phone.ts'
import { startAgentBrowser } from '../fixtures/browser.ts'
import { startDemo } from '../fixtures/demo.ts'
import { look, lookInEnglish } from '../fixtures/look.ts'
import { freePorts } from '../fixtures/ports.ts'
import { startCarrier } from '../fixtures/sipp-carrier.ts'
import { sipp } from '../fixtures/sipp.ts'
import { phoneRegistered } from '../fixtures/story.ts'
import { until } from '../fixtures/until.ts'

const LIMIT_MS = 290_000
/** Longer than the test: callers hang up when it ends. */
const TALK_MS = 200_000
t.setTimeout(LIMIT_MS)

t.test('the page of the trunks', { timeout: LIMIT_MS - 10_000 }, async t => {
  const [mainPort, standbyPort, imsPort] = (await freePorts(3)) as [number, number, number]
  const registrar = { user: '059112393', password: 'a b"c', realm: 'ims.example.net' }
  const [main, standby, ims] = await Promise.all([
    startCarrier({ address: '127.0.0.2', port: mainPort }),
    startCarrier({ address: '127.0.0.3', port: standbyPort }),
    startCarrier({
      address: '127.0.0.4',
      port: imsPort,
      registrar: { ...registrar, expiresS: 600 },
    }),
  ])
  t.teardown(() => Promise.all([main, standby, ims].map(carrier => carrier.close())))
  const demo = await startDemo(t)
  await demo.openOffice()
  const setTrunk = (id: string, carrier: { address: string; port: number }, more: object) =>
    demo.done(`/api/trunks/${id}`, {
      method: 'PUT',
      body: {
        id,
        address: { host: carrier.address, port: carrier.port },
        options: { everyS: 5, failuresToDown: 1 },
        ...more,
      },
    })
  const access = { type: 'registration', username: registrar.user, ...registrar, user: undefined }
  await setTrunk('main', main, { name: '移动 IMS', lineLimit: 30 })
  await setTrunk('standby', standby, { name: '电信 SIP', priority: 1, lineLimit: 4 })
  await setTrunk('ims', ims, { name: '联通 IMS', priority: 2, lineLimit: 120, access })
  const live = async (id: string) => (await demo.done(`/api/trunks/${id}`, { as: '2001' })).live
  const becomes = (id: string, state: string) =>
    until(`${id} to be ${state}`, async () => (await live(id))?.state === state, 90_000, 200)
  for (const id of ['main', 'standby', 'ims']) await becomes(id, 'up')

  for (const agent of ['1001', '1002']) {
    const phone = await createAgentPhone(demo, { agent, hz: 880 })
    t.teardown(() => phone.close())
    await phoneRegistered(demo, agent)
    const body = { state: 'idle' }
    await demo.done(`/api/agents/${agent}/state`, { as: agent, method: 'POST', body })
  }
  const dial = (agent: string, to: string) =>
    demo.done('/api/calls', { as: agent, method: 'POST', body: { agent, to } })
  const comes = (carrier: { address: string }, from: string, more: object = {}) =>
    sipp({ sipPort: demo.sipPort, address: carrier.address, from, ...more })
  const stays = (carrier: { address: string }, from: string) => {
    const call = comes(carrier, from, {
      then: [{ act: 'pause', ms: TALK_MS }],
      limitMs: TALK_MS,
    })
    // The server ends before the caller does.
    call.catch(() => undefined)
  }
  const uses = (id: string, count: number) =>
    until(`${id} to use ${count} lines`, async () => (await live(id)).used === count, 60_000, 150)

  await t.test('calls of every kind', async t => {
    await dial('1001', '059187654321')
    await uses('main', 1)
    // The network of the main trunk refuses: the next call moves on.
    await main.die()
    await main.start({ type: 'refuse', status: 503 })
    await dial('1002', '059187654322')
    await uses('standby', 1)
    await main.die()
    for (const from of ['13900000001', '13900000002', '13900000003']) stays(standby, from)
    await uses('standby', 4)
    for (const from of ['13900000011', '13900000012'])
      t.ok((await comes(standby, from, { expect: 486 })).isDone, 'no line of the trunk is free')
    for (const from of ['13900000004', '13900000005']) stays(ims, from)
    await uses('ims', 2)
    const reason = { reason: '反复骚扰' }
    await demo.done('/api/blacklist/13900000021', { method: 'PUT', body: reason })
    t.ok((await comes(ims, '13900000021', { expect: 603 })).isDone, 'on the blacklist')
    t.ok((await comes(ims, '13900000022', { to: '12399', expect: 404 })).isDone, 'not published')
    if (!demo.freeSwitch)
      t.ok(
        (await comes({ address: '127.0.0.9' }, '02112345678', { to: '110', expect: 404 })).isDone,
      )
    await becomes('main', 'down')
  })

  const browser = await startAgentBrowser({ url: demo.url, microphoneHz: 880 })
  t.teardown(() => browser.close())
  const open = async (username: string) => {
    const desk = await browser.login({ username, password: demo.passwordOf(username) })
    await desk.page.getByRole('link', { name: '中继', exact: true }).click()
    await desk.sees('今日拦截的来电')
    await desk.sees('移动 IMS')
    return desk
  }
  const supervisor = await open('2001')

  await t.test('a supervisor sees what is wrong, and has nothing to press', async t => {
    await supervisor.sees('2/3 条可用')
    const row = (name: string) =>
      supervisor.page.getByRole('listitem').filter({ hasText: name }).first().innerText()
    await until('the figures', async () => /切换\s+1/.test(await row('移动 IMS')))
    t.match(await row('移动 IMS'), /主用[\s\S]*中断[\s\S]*对端不应答探测[\s\S]*呼出\s+2/)
    t.match(await row('电信 SIP'), /备用[\s\S]*正常[\s\S]*往返[\s\S]*4\s*\/ 4\s+已满/)
    t.match(await row('电信 SIP'), /呼入\s+3\s[\s\S]*呼出\s+1\s[\s\S]*中继线路占满 2/)
    t.match(await row('联通 IMS'), /已注册[\s\S]*2\s*\/ 120[\s\S]*拦截\s+2/)
    for (const words of ['黑名单', '号码未开通', '中继线路占满', '139 0000 0021', '控制连接'])
      await supervisor.sees(words)
    const page = await demo.done('/api/blocked-calls?day=today', { as: '2001' })
    t.equal(page.total, demo.freeSwitch ? 4 : 5)
    t.match(
      page.items.find((one: any) => one.caller === '13900000021'),
      { reason: 'blacklist', trunk: 'ims', callee: '12393' },
    )
    t.equal((await demo.api('/api/blocked-calls', { as: '1001' })).status, 403)
    t.match((await demo.done('/api/switches', { as: '2001' })).items, [
      { connected: true, lines: 7, mayDrain: demo.drachtio !== undefined },
    ])
    t.equal(await supervisor.page.getByRole('button', { name: '停用' }).count(), 0)
    await look(t, supervisor, 'trunks')
    await lookInEnglish(t, supervisor, 'trunks')
  })

  await t.test('what changes is there without a reload', async t => {
    await supervisor.sees('移动 IMS')
    await main.start()
    await supervisor.sees('3/3 条可用', 60_000)
    t.ok((await comes(ims, '13900000023', { to: '12398', expect: 404 })).isDone)
    await supervisor.sees('139 0000 0023')
  })

  await t.test('an administrator changes a trunk by the keyboard alone', async t => {
    const admin = await open('admin')
    const edit = admin.page.getByRole('button', { name: '编辑 移动 IMS' })
    await edit.focus()
    await admin.press('Enter')
    const lines = admin.page.getByRole('spinbutton', { name: '线路数' })
    await lines.fill('45')
    await admin.sees(/线路数：\s*30\s*→\s*45/)
    await look(t, admin, 'trunk-form')
    await lines.press('Enter')
    await until('the new limit', async () => (await live('main')).limit === 45)
    // A form that closes gives the keyboard back to where it was opened.
    await admin.page.getByRole('dialog').waitFor({ state: 'hidden' })
    const row = admin.page.getByRole('listitem').filter({ hasText: '联通 IMS' }).first()
    await row.getByRole('button', { name: '停用' }).focus()
    await admin.press('Enter')
    await admin.sees('不再经此呼入呼出')
    await admin.page.getByRole('dialog').getByRole('button', { name: '停用' }).focus()
    await admin.press('Enter')
    await admin.sees('已停用')
    t.match((await demo.done('/api/trunks/ims')).trunk, {
      enabled: false,
      access: { hasPassword: true, username: registrar.user },
    })
    await look(t, admin, 'trunks-admin')
    await admin.click('新增中继')
    const form = admin.page.getByRole('dialog', { name: '新增中继' })
    const fields = { 标识: 'spare', 名称: '备用 SIP', 对端地址: '127.0.0.3' }
    for (const [label, value] of Object.entries(fields))
      await form.getByRole('textbox', { name: label, exact: true }).fill(value)
    await form.getByRole('button', { name: '保存' }).click()
    await admin.sees('备用 SIP')
    t.match((await demo.done('/api/trunks/spare')).trunk, {
      name: '备用 SIP',
      address: { host: '127.0.0.3', port: 5060 },
      access: { type: 'ip-trust' },
    })
  })
})
