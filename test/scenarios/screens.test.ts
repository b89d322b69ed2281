// Every screen in every state, as a person sees it on the running system: looked at by axe-core, and kept as a picture below
// `agent-desktop/pictures` for eyes (not in the repository; those of the README are copies).
import t from 'tap'
import { startAgentBrowser } from '../fixtures/browser.ts'
import { startDemo } from '../fixtures/demo.ts'
import { look } from '../fixtures/look.ts'
import { dial } from '../fixtures/rtp-caller.ts'
import { AGENT_HZ, dialToMenu, reaches } from '../fixtures/story.ts'

t.setTimeout(420_000)
t.test('every screen in every state', { timeout: 400_000 }, async t => {
  const demo = await startDemo(t, {})
  const browser = await startAgentBrowser({ url: demo.url, microphoneHz: AGENT_HZ })
  t.teardown(() => browser.close())
  const login = (username: string) =>
    browser.login({ username, password: demo.passwordOf(username) })
  const state = (id: string, body: object) =>
    demo.done(`/api/agents/${id}/state`, { as: id, method: 'POST', body })
  await demo.openOffice()
  for (const id of ['1002', '1003', '1004', '1005']) await state(id, { state: 'idle' })
  await state('1006', { state: 'busy', reason: 'meal' })
  await state('1007', { state: 'busy', reason: 'rest' })

  const desk = await login('1001')
  await desk.sees('未签入')
  await look(t, desk, 'signed-out')
  await desk.click('签入')
  await desk.sees('空闲')
  await desk.page.waitForTimeout(1500)
  await look(t, desk, 'idle')

  const caller = await dialToMenu(t, demo, { from: '045187654321' })
  await caller.press('1')
  await reaches(demo, caller, 'agent-offered')
  await desk.sees('接听')
  await look(t, desk, 'ringing')
  await desk.press('F1')
  await reaches(demo, caller, 'talk-began')
  await desk.sees('通话中')
  await desk.page.waitForTimeout(3000)
  await look(t, desk, 'talking')
  await desk.press('F2')
  await reaches(demo, caller, 'call-held')
  await desk.sees('保持')
  await look(t, desk, 'hold')
  await desk.press('F2')
  await reaches(demo, caller, 'call-retrieved')

  const waiting = await Promise.all(
    ['13912345678', '13887654321', '045188880000'].map(async from => {
      const other = await dial({ sipPort: demo.sipPort, from })
      t.teardown(() => other.close())
      await other.answered()
      return other
    }),
  )
  for (const other of waiting.slice(0, 2)) {
    await reaches(demo, other, 'node-entered', { node: 'main-menu' })
    await other.press('1')
    await reaches(demo, other, 'queue-joined')
  }
  const supervisor = await login('2001')
  await supervisor.page.goto(`${demo.url}/live`)
  await supervisor.sees('咨询组')
  await supervisor.page.waitForTimeout(1500)
  await look(t, supervisor, 'live')
  for (const other of waiting) await other.hangUp()

  await caller.hangUp()
  await desk.sees(/话后/)
  await look(t, desk, 'wrap-up')

  await supervisor.page.goto(`${demo.url}/records`)
  await supervisor.sees('0451 8765 4321')
  await supervisor.page.waitForTimeout(800)
  await look(t, supervisor, 'records')
  const { items } = await demo.done('/api/calls?caller=045187654321')
  await supervisor.page.goto(`${demo.url}/records/${items[0].id}`)
  await supervisor.page.waitForTimeout(2500)
  await look(t, supervisor, 'record')
  await supervisor.page.goto(`${demo.url}/missed`)
  await supervisor.page.waitForTimeout(1000)
  await look(t, supervisor, 'missed')

  const admin = await login('admin')
  await admin.page.goto(`${demo.url}/admin`)
  await admin.page.waitForTimeout(1000)
  await look(t, admin, 'admin')

  await demo.kill9()
  await desk.page.waitForTimeout(6000)
  await look(t, desk, 'connection-lost')
})
