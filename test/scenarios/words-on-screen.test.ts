// H-AI-1, H-AI-2: what both sides of a call say stands on the agent's desktop while they say it, on the page of captions, and in the record.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t from 'tap'
import { startBaresip } from '../fixtures/baresip.ts'
import { startAgentBrowser } from '../fixtures/browser.ts'
import { startDemo } from '../fixtures/demo.ts'
import { openHall, STRAIGHT } from '../fixtures/hall.ts'
import { look } from '../fixtures/look.ts'
import { toneSamples } from '../fixtures/sound.ts'
import { startFunasrServer } from '../fixtures/speech/funasr-server.ts'
import { AGENT_HZ, answer, beReady, CALLER_HZ, stepsOf } from '../fixtures/story.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(280_000)
const WORDS = {
  [CALLER_HZ]: '我想问门诊慢特病怎么办理。',
  [AGENT_HZ]: '好的，请稍等，我帮您查询。',
}
const engine = await startFunasrServer(t, WORDS)
const folder = mkdtempSync(join(tmpdir(), 'hotline-words-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'speech.json')
const recogniser = { name: 'funasr', kind: 'funasr', url: engine.url, for: ['talk'] }
writeFileSync(file, JSON.stringify({ recognisers: [recogniser] }), { mode: 0o600 })

const demo = await startDemo(t, { env: { HOTLINE_SPEECH_FILE: file } })
const hall = await openHall(t, demo)
const browser = await startAgentBrowser({ url: demo.url, microphoneHz: AGENT_HZ })
t.teardown(() => browser.close())
const step = stepsOf(t)
const people = (username: string) =>
  browser.login({ username, password: demo.passwordOf(username) })
const desk = await people('1001')
const lineOf = (side: 'caller' | 'agent') =>
  desk.page.locator(`.line.is-${side}`, {
    hasText: WORDS[side === 'caller' ? CALLER_HZ : AGENT_HZ],
  })
/** Two seconds of speech and one and a half of silence, in turns: a tone without an end is no sentence. */
const says = toneSamples(CALLER_HZ, 120)
for (let at = 2; at < 120; at += 3.5) says.fill(0, at * 8000, (at + 1.5) * 8000)
const caller = await startBaresip({ sipPort: demo.sipPort, toneHz: CALLER_HZ, says })
t.teardown(() => caller.close())
let callId = ''
let reader: Page | undefined

await step('both sides stand on the desktop while they speak', async t => {
  await beReady(desk, demo, '1001')
  await caller.dial(STRAIGHT)
  await answer(desk)
  await desk.sees('转写中')
  await desk.page.locator('.growing.is-agent').waitFor()
  t.pass('the agent’s words grow')
  await lineOf('caller').first().waitFor()
  t.pass('the caller’s sentence is whole')
  // A pause of the agent: what was said becomes a sentence.
  await desk.press('F3')
  await lineOf('agent').first().waitFor()
  await desk.press('F3')
  const said = await desk.page.locator('.transcript li').allInnerTexts()
  t.match(said.join(' '), /来电[\s\S]*座席|座席[\s\S]*来电/, 'and who says it is written beside it')
  await look(t, desk, 'talking-words')
  const { items } = await demo.done('/api/agents')
  callId = items.find((one: { id: string }) => one.id === '1001').callId
  t.ok(callId)
})

await step(
  'words are found on the panel, and its text is copied with speaker and time',
  async t => {
    await desk.page.context().grantPermissions(['clipboard-read', 'clipboard-write', 'microphone'])
    await desk.page.getByLabel('查找转写内容').fill('慢特病')
    await desk.page.locator('mark.is-hit-now').waitFor()
    await desk.page.getByRole('button', { name: '复制', exact: true }).click()
    const copied = await desk.page.evaluate<string>('navigator.clipboard.readText()')
    t.match(copied, /\d\d:\d\d:\d\d {2}来电 {2}我想问门诊慢特病怎么办理。/)
    t.match(copied, /座席 {2}好的，请稍等/)
  },
)

await step('a supervisor reads along', async t => {
  const lead = await people('2001')
  await lead.page.goto(`${demo.url}/live`)
  await lead.page.locator('.seats li', { hasText: '1001' }).first().click()
  await lead.page.locator('.agent-sheet .line.is-caller').first().waitFor()
  await lead.page.locator('.agent-sheet .line.is-agent').first().waitFor()
  await lead.sees('语音通道')
  t.pass('both sides, and the channels in use')
  await lead.close()
})

await step('the caller reads captions under a link, without a login', async t => {
  await desk.page.getByRole('button', { name: '字幕', exact: true }).click()
  const captionsUrl = await desk.page.getByLabel('字幕链接').inputValue()
  const context = await desk.page.context().browser()!.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(captionsUrl)
  await page.locator('li.is-caller', { hasText: WORDS[CALLER_HZ]! }).first().waitFor()
  await page.locator('li.is-agent').first().waitFor()
  await page.goto(`${demo.url}/captions/not-a-token`)
  await page.getByText('字幕链接无效或已过期').waitFor()
  await page.goto(captionsUrl)
  await page.locator('li.is-caller').first().waitFor()
  t.pass('both sides, and a link that is none is said to be none')
  await desk.page.keyboard.press('Escape')
  reader = page
})

await step('after the call the words stay through the wrap-up', async t => {
  await caller.hangUp()
  await desk.sees(/话后处理/)
  await lineOf('caller').first().waitFor()
  t.ok((await lineOf('agent').count()) > 0)
  await reader?.getByText('通话已结束').waitFor()
  t.pass('and whoever reads captions is told that it is over')
  await desk.press('Control+Enter')
})

await step('the record has the words in step with the sound', async t => {
  await hall.ended(callId)
  const lead = await people('2001')
  await lead.page.goto(`${demo.url}/records/${callId}`)
  const last = lead.page.locator('.line.is-caller').last()
  await last.waitFor()
  await lead.page.locator('svg rect.caller').first().waitFor({ state: 'attached' })
  await last.locator('button.time').click()
  await lead.page.locator('.line.is-now').waitFor()
  const atS = await until('the sound at the sentence', () =>
    lead.page.evaluate<number>('document.querySelector("audio").currentTime'),
  )
  const { items } = await demo.done(`/api/calls/${callId}/transcript`)
  const startS = items.findLast((one: { side: string }) => one.side === 'caller').startMs / 1000
  t.ok(startS > 1 && atS >= startS - 0.1, `plays from ${startS} s (at ${atS} s)`)
  await look(t, lead, 'record-words')
  t.equal(engine.complaints.length, 0, 'the engine had nothing to complain of')
})
