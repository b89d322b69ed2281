// A stranger starts the system; a caller reaches an agent; everything about it can be found afterwards.
import t, { type Test } from 'tap'
import { startAgentBrowser } from '../fixtures/browser.ts'
import { startDemo } from '../fixtures/demo.ts'
import { dial, watchStalls } from '../fixtures/rtp-caller.ts'
import { containsTone, gaps, parseWav, rms } from '../fixtures/sound.ts'
import {
  AGENT_HZ,
  agentOf,
  answer,
  atAgent,
  atCaller,
  beReady,
  CALLER_HZ,
  callIdOf,
  dialToMenu,
  GAP_MS,
  hearsOnly,
  isUnbroken,
  loudShare,
  reaches,
  recordOf,
  stepsOf,
  timelineOf,
} from '../fixtures/story.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(280_000)
const step = stepsOf(t)
const NUMBER = '02787654321'
/** Observed here and written there: both sides take their time. */
const CLOSE_MS = 1500

const demo = await startDemo(t)
await demo.openOffice()
const browser = await startAgentBrowser({ url: demo.url, microphoneHz: AGENT_HZ })
t.teardown(() => browser.close())
const watched = watchStalls()
t.teardown(() => watched.close())
const deskOf = (username: string) =>
  browser.login({ username, password: demo.passwordOf(username) })
const desk = await deskOf('1001')
const isClose = (t: Test, what: string, iso: string, at: number) =>
  t.ok(Math.abs(Date.parse(iso) - at) < CLOSE_MS, `${what}: ${Date.parse(iso) - at} ms apart`)

await step('a start says where to look', async t => {
  t.match(demo.logs(), demo.url)
  t.match(demo.logs(), /1001 \S+ \(agent\)/)
  t.equal((await demo.api('/health/ready', { as: null })).status, 200)
  t.match((await demo.api('/api/queues', { as: null })).body, { code: 'NOT_SIGNED_IN' })
})

await step('an agent signs in and is busy for a moment', async t => {
  await beReady(desk, demo, '1001')
  await desk.click('置忙')
  await desk.page.getByRole('menuitem', { name: '小休' }).click()
  await desk.sees('已置忙')
  t.match(await agentOf(demo, '1001'), {
    state: 'busy',
    reason: 'short-break',
    phone: 'registered',
  })
})

const caller = await dial({ sipPort: demo.sipPort, from: NUMBER })
t.teardown(() => caller.close())
const seen = {
  pressedAt: 0,
  talkAt: 0,
  talkMs: 0,
  holdAt: 0,
  retrievedAt: 0,
  talkEndedAt: 0,
  pausedMs: 0,
}
let id = ''

await step('the caller is greeted, presses a key, and waits with music', async t => {
  await caller.answered()
  caller.speak(CALLER_HZ)
  id = await callIdOf(demo, caller)
  await reaches(demo, caller, 'node-entered', { node: 'main-menu' })
  const greeting = { samples: caller.end.sound(), rateHz: 8000 }
  t.ok(greeting.samples.length > 3 * 8000, 'of some seconds')
  t.ok(rms(greeting.samples) > 500, `loud enough (${rms(greeting.samples).toFixed(0)})`)
  t.ok(loudShare(greeting) > 0.6, 'that speaks most of the time')
  t.notOk(containsTone(greeting.samples, 8000, CALLER_HZ, 0.5), 'without an echo of the caller')

  await caller.press('1')
  seen.pressedAt = Date.now()
  await reaches(demo, caller, 'queue-joined', { queue: 'consult', position: 1 })
  // The announcement of the place first, then music.
  await caller.end.hear(6000)
  const from = caller.end.packets.length
  const music = await atCaller(caller, 3000)
  t.ok(rms(music.samples) > 200, `loud enough (${rms(music.samples).toFixed(0)})`)
  t.ok(loudShare(music) > 0.9, 'that goes on')
  isUnbroken(t, caller, watched.stalls, from)
  const { items } = await demo.done('/api/queues', { as: '2001' })
  t.match(
    items.find((queue: any) => queue.id === 'consult'),
    { waiting: 1 },
  )
  t.match(await demo.done('/api/lines', { as: '2001' }), { used: 1, limit: 30, waiting: 1 })
})

await step('the agent is idle again, sees who calls, and answers', async t => {
  await desk.click('置闲')
  await desk.sees('来电振铃')
  for (const words of ['027 8765 4321', '武汉', '咨询组']) await desk.sees(words)
  await answer(desk)
  seen.talkAt = Date.now()
  seen.talkMs = performance.now()
})

await step('both hear each other and nobody himself', async t => {
  await atAgent(desk, 500)
  const from = caller.end.packets.length
  const [agent, far] = await Promise.all([atAgent(desk, 3000, watched), atCaller(caller, 3000)])
  hearsOnly(t, 'the agent', agent, { of: CALLER_HZ, not: AGENT_HZ })
  hearsOnly(t, 'the caller', far, { of: AGENT_HZ, not: CALLER_HZ })
  isUnbroken(t, caller, watched.stalls, from)
})

await step('a supervisor sees the talk as it goes on', async t => {
  const live = await deskOf('2001')
  await live.sees('1001')
  await live.sees(/通话中/)
  t.match(await demo.done('/api/lines', { as: '2001' }), { used: 1, talking: 1, recording: 1 })
  await live.close()
})

await step('the recording can be played while it grows', async t => {
  const answer = await demo.api(`/api/calls/${id}/recording`, { as: '2001' })
  t.equal(answer.status, 200)
  const { channels, durationMs } = parseWav(answer.bytes)
  t.equal(channels.length, 2)
  t.ok(durationMs > 2000)
})

await step('a muted agent is not heard', async t => {
  await desk.press('F3')
  await desk.sees('取消静音')
  await caller.end.hear(500)
  const far = await atCaller(caller, 1000)
  t.notOk(containsTone(far.samples, 8000, AGENT_HZ, 0.05))
  await desk.press('F3')
  await until('the agent to be heard', async () =>
    containsTone((await atCaller(caller, 300)).samples, 8000, AGENT_HZ, 0.5),
  )
})

await step('a held caller hears music, and the agent again when retrieved', async t => {
  await desk.press('F2')
  await desk.sees('已保持')
  seen.holdAt = Date.now()
  await caller.end.hear(500)
  const music = await atCaller(caller, 2000)
  t.ok(rms(music.samples) > 200)
  t.ok(loudShare(music) > 0.9)
  t.notOk(containsTone(music.samples, 8000, AGENT_HZ, 0.5), 'and not the agent')
  await desk.press('F2')
  await until(
    'the talk to go on',
    async () => (await reaches(demo, caller, 'call-retrieved')) && true,
  )
  seen.retrievedAt = Date.now()
  await caller.end.hear(500)
  const [agent, far] = await Promise.all([atAgent(desk, 1500, watched), atCaller(caller, 1500)])
  hearsOnly(t, 'the agent', agent, { of: CALLER_HZ, not: AGENT_HZ })
  hearsOnly(t, 'the caller', far, { of: AGENT_HZ, not: CALLER_HZ })
})

await step('a key of the agent reaches the caller’s telephone', async t => {
  const from = caller.end.packets.length
  await desk.press('F8')
  await desk.page.locator('.keypad').getByRole('button', { name: '5', exact: true }).click()
  const isFive = () =>
    caller.end.packets
      .slice(from)
      .some(packet => packet.payloadType === 101 && packet.payload[0] === 5)
  t.ok(await until('the digit', isFive))
  await desk.press('F8')
})

await step('a reload in the middle of the talk loses nothing', async t => {
  const from = caller.end.packets.length
  const startedMs = performance.now()
  await desk.reload()
  await desk.sees('通话中', 10_000)
  const backMs = performance.now() - startedMs
  t.ok(backMs <= 2000, `the screen is back after ${backMs.toFixed(0)} ms`)
  t.match(await desk.text(), '027 8765 4321')
  await until('the agent to be heard again', async () =>
    containsTone((await atCaller(caller, 300)).samples, 8000, AGENT_HZ, 0.5),
  )
  await atAgent(desk, 500)
  const [agent, far] = await Promise.all([atAgent(desk, 1500, watched), atCaller(caller, 1500)])
  hearsOnly(t, 'the agent', agent, { of: CALLER_HZ, not: AGENT_HZ })
  hearsOnly(t, 'the caller', far, { of: AGENT_HZ, not: CALLER_HZ })
  isUnbroken(t, caller, watched.stalls, from)
  t.equal(caller.times.endedAt, 0, 'the caller never lost the line')
})

await step('the agent hangs up and the caller rates the talk', async t => {
  await desk.press('Escape')
  await desk.sees('再按一次挂机')
  await desk.press('Escape')
  await desk.sees('话后处理')
  seen.talkEndedAt = Date.now()
  seen.pausedMs = watched.longestMs(seen.talkMs)
  await caller.end.hear(2000)
  t.equal(caller.times.endedAt, 0, 'the caller is still there')
  await caller.press('1')
  await caller.ended(20_000)
  t.ok(caller.requests.includes('BYE'), 'the system ends the call after its thanks')
})

await step('the agent writes down what it was about', async t => {
  await desk.page.locator('.notes input').first().fill('王女士')
  await desk.page.locator('.notes textarea').fill('异地就医备案')
  await desk.page.locator('.el-cascader input').first().fill('异地')
  await desk.page.locator('.el-cascader__suggestion-item').first().click()
  await desk.press('Control+Enter')
  await desk.sees('等待来电')
  t.match(await agentOf(demo, '1001'), { state: 'idle', today: { answered: 1, rated: 1 } })
})

await step('the record tells what both observed', async t => {
  const record = await until('the record to be complete', async () => {
    const found = await recordOf(demo, id)
    return found.result !== null && found.contactReason !== null && found
  })
  const { items } = await demo.done('/api/calls')
  t.match(items[0], { id, result: 'answered' })
  t.match(record, {
    direction: 'inbound',
    caller: NUMBER,
    callee: '12393',
    area: /武汉/,
    callerName: '王女士',
    queue: 'consult',
    agent: '1001',
    result: 'answered',
    endedBy: 'system',
    satisfaction: 5,
    recordingId: id,
    recordingFault: null,
    contactReason: String,
    notes: '异地就医备案',
  })
  isClose(t, 'start', record.startedAt, caller.times.invitedAt)
  isClose(t, 'answer', record.answeredAt, seen.talkAt)
  isClose(t, 'end', record.endedAt, caller.times.endedAt)
  t.match(record.startedAt, /\+08:00$/)
  const near = (what: string, ms: number, observedMs: number) =>
    t.ok(Math.abs(ms - observedMs) < CLOSE_MS, `${what}: ${ms} ms, observed ${observedMs} ms`)
  near('duration', record.durationMs, caller.times.endedAt - caller.times.invitedAt)
  near('talk', record.talkMs, seen.talkEndedAt - seen.talkAt)
  near('hold', record.holdMs, seen.retrievedAt - seen.holdAt)
  near('wait', record.waitMs, seen.talkAt - seen.pressedAt)
})

await step('the recording has the caller left and the agent right', async t => {
  const { status, headers, bytes } = await demo.api(`/api/calls/${id}/recording`, { as: '2001' })
  t.equal(status, 200)
  t.equal(headers['content-type'], 'audio/wav')
  const { channels, rateHz, durationMs } = parseWav(bytes)
  const [left, right] = channels as [Int16Array, Int16Array]
  const { talkMs } = await recordOf(demo, id)
  t.ok(Math.abs(durationMs - talkMs) < CLOSE_MS, `${durationMs} ms of ${talkMs} ms`)
  const piece = (samples: Int16Array) => samples.subarray(rateHz, 4 * rateHz)
  hearsOnly(
    t,
    'left',
    { samples: piece(left), rateHz, pausedMs: seen.pausedMs },
    { of: CALLER_HZ, not: AGENT_HZ },
  )
  hearsOnly(t, 'right', { samples: piece(right), rateHz }, { of: AGENT_HZ, not: CALLER_HZ })
  const gapMs = gaps(left, rateHz, CALLER_HZ)
  t.ok(gapMs <= GAP_MS + seen.pausedMs, `the caller is there all the time (gap ${gapMs} ms)`)
  t.ok(
    containsTone(right.subarray(-rateHz), rateHz, AGENT_HZ, 0.5),
    'the agent after the reload too',
  )
  const part = await demo.api(`/api/calls/${id}/recording`, {
    as: '2001',
    headers: { range: 'bytes=44-143' },
  })
  t.match({ status: part.status, length: part.bytes.length }, { status: 206, length: 100 })
  t.same(part.bytes, bytes.subarray(44, 144))
  const wave = await demo.done(`/api/calls/${id}/waveform`, { as: '2001' })
  t.ok(wave.caller.length > 50 && Math.max(...wave.caller) > 0.1 && Math.max(...wave.agent) > 0.1)
})

await step('the timeline has every fact in order', async t => {
  const facts = await timelineOf(demo, caller)
  t.same(
    facts.map(({ seq }) => seq),
    facts.map((_, index) => index + 1),
  )
  t.ok(facts.every((fact, i) => i === 0 || Date.parse(fact.at) >= Date.parse(facts[i - 1]!.at)))
  const order = [
    'call-began',
    'flow-entered',
    'call-answered',
    'choice-made',
    'queue-joined',
    'agent-offered',
    'agent-answered',
    'talk-began',
    'recording-started',
    'call-held',
    'call-retrieved',
    'talk-ended',
    'call-rated',
    'call-ended',
  ]
  const types = facts.map(({ type }) => type)
  const places = order.map(type => types.indexOf(type))
  t.notOk(places.includes(-1), `all of them: ${types.join(' ')}`)
  t.same(
    places.toSorted((a, b) => a - b),
    places,
  )
  t.match(facts.find(({ type }) => type === 'agent-offered')?.data.reason, { rule: 'only-one' })
})

await step('a caller who gives up is a missed call that is worked off', async t => {
  await desk.click('置忙')
  await desk.page.getByRole('menuitem', { name: '小休' }).click()
  const other = await dialToMenu(t, demo, { from: '13911112222' })
  await other.press('1')
  await reaches(demo, other, 'queue-joined')
  await other.hangUp()
  const missed = await until('the missed call', async () => {
    const { items } = await demo.done('/api/missed-calls?state=open', { as: '1001' })
    return items.find((one: any) => one.kind === 'abandoned')
  })
  t.match(await recordOf(demo, missed.callId), { result: 'abandoned-queue', agent: null })
  await demo.done(`/api/missed-calls/${missed.id}/done`, { as: '1001', method: 'POST', body: {} })
  const { items } = await demo.done('/api/missed-calls?state=done', { as: '1001' })
  t.match(items[0], { id: missed.id, state: 'done' })
})

await step('records can be taken away as a table', async t => {
  const { bytes, headers } = await demo.api('/api/calls.csv', { as: '2001' })
  t.match(headers['content-type'], /text\/csv/)
  t.match(bytes.toString(), NUMBER)
  const { body } = await demo.api('/metrics', { as: null })
  t.match(body, /^hotline_/m)
})
