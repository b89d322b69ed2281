// The server is killed in the middle of a talk: people go on talking, and the next one takes the call up where it is.
import t from 'tap'
import { startAgentBrowser } from '../fixtures/browser.ts'
import { startDemo } from '../fixtures/demo.ts'
import { watchStalls } from '../fixtures/rtp-caller.ts'
import { connectEsl } from '../fixtures/softswitch/esl-client.ts'
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
  phoneRegistered,
  reaches,
  recordOf,
  stepsOf,
  timelineOf,
} from '../fixtures/story.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(280_000)
const step = stepsOf(t)
const demo = await startDemo(t)
await demo.openOffice()
const browser = await startAgentBrowser({ url: demo.url, microphoneHz: AGENT_HZ })
t.teardown(() => browser.close())
const watched = watchStalls()
t.teardown(() => watched.close())
const desk = await browser.login({ username: '1001', password: demo.passwordOf('1001') })
await beReady(desk, demo, '1001')
const caller = await dialToMenu(t, demo)
const id = await callIdOf(demo, caller)
await caller.press('1')
await answer(desk)
await atAgent(desk, 1000)

/** Every channel of the switch with its SIP Call-ID. */
async function channels(): Promise<string[]> {
  const esl = await connectEsl(demo.eslPort, demo.eslPassword())
  try {
    const { rows = [] } = JSON.parse(await esl.api('show channels as json'))
    const all = rows.map(
      async ({ uuid }: { uuid: string }) =>
        `${uuid} ${(await esl.api(`uuid_getvar ${uuid} sip_call_id`)).trim()}`,
    )
    return (await Promise.all<string>(all)).sort()
  } finally {
    esl.close()
  }
}
const before = await channels()
const sinceMs = performance.now()
const heardBefore = { packets: caller.end.packets.length, samples: await desk.heardCount() }

await step('kill -9 of the server ends no talk', async t => {
  t.equal(before.length, 2)
  t.ok(
    before.some(line => line.endsWith(caller.callId)),
    'one of them the caller’s',
  )
  const switchPid = demo.switchPid()
  await demo.kill9()
  const [agent, far] = await Promise.all([atAgent(desk, 3000, watched), atCaller(caller, 3000)])
  hearsOnly(t, 'the agent', agent, { of: CALLER_HZ, not: AGENT_HZ })
  hearsOnly(t, 'the caller', far, { of: AGENT_HZ, not: CALLER_HZ })
  t.same(await channels(), before, 'the same channels, the same Call-IDs')
  t.equal(demo.switchPid(), switchPid)
})

await step('the next server takes the call over as it is', async t => {
  await demo.restart()
  t.same(await channels(), before, 'the same channels, the same Call-IDs')
  await desk.sees('通话中')
  await phoneRegistered(demo, '1001')
  t.match(await demo.done('/api/lines'), { used: 1, talking: 1 })
  t.match(await agentOf(demo, '1001'), { state: 'talking', callId: id })
  await atAgent(desk, 500)
})

await step('no tone had a gap from before the kill until after the restart', async t => {
  isUnbroken(t, caller, watched.stalls, heardBefore.packets)
  const heardMs = ((await desk.heardCount()) - heardBefore.samples) / 16
  const all = await desk.hear(heardMs, heardBefore.samples)
  t.ok(heardMs > 5000, `${heardMs} ms heard`)
  const gapMs = gaps(all, 16_000, CALLER_HZ)
  t.ok(gapMs <= GAP_MS + watched.longestMs(sinceMs), `longest gap ${gapMs} ms`)
})

await step('the desktop controls that same call', async t => {
  await desk.press('F2')
  await desk.sees('已保持')
  await caller.end.hear(500)
  const music = await atCaller(caller, 1500)
  t.ok(rms(music.samples) > 200 && loudShare(music) > 0.9, 'the caller hears music')
  t.notOk(containsTone(music.samples, 8000, AGENT_HZ, 0.5), 'and not the agent')
  await desk.press('F2')
  await reaches(demo, caller, 'call-retrieved')
  await caller.end.hear(500)
  const [agent, far] = await Promise.all([atAgent(desk, 1500, watched), atCaller(caller, 1500)])
  hearsOnly(t, 'the agent', agent, { of: CALLER_HZ, not: AGENT_HZ })
  hearsOnly(t, 'the caller', far, { of: AGENT_HZ, not: CALLER_HZ })
  t.same(await channels(), before)
})

await step('its record is complete', async t => {
  const pausedMs = watched.longestMs(sinceMs)
  await caller.hangUp()
  await desk.sees('话后处理')
  const record = await until('the record', async () => {
    const found = await recordOf(demo, id)
    return found.endedAt !== null && found
  })
  t.match(record, {
    result: 'answered',
    agent: '1001',
    queue: 'consult',
    endedBy: 'caller',
    recordingId: id,
    recordingFault: null,
  })
  const near = (what: string, ms: number, observedMs: number) =>
    t.ok(Math.abs(ms - observedMs) < 1500, `${what}: ${ms} ms, observed ${observedMs} ms`)
  near('duration', record.durationMs, caller.times.endedAt - caller.times.invitedAt)
  const facts = await timelineOf(demo, caller)
  t.same(
    facts.map(({ seq }) => seq),
    facts.map((_, index) => index + 1),
    'no fact is lost',
  )
  for (const type of [
    'talk-began',
    'call-adopted',
    'call-held',
    'call-retrieved',
    'talk-ended',
    'call-ended',
  ])
    t.equal(facts.filter(fact => fact.type === type).length, 1, type)
  const { bytes } = await demo.api(`/api/calls/${id}/recording`, { as: '2001' })
  const { channels: sides, rateHz, durationMs } = parseWav(bytes)
  near('recording', durationMs, record.talkMs)
  const gapMs = gaps(sides[0]!, rateHz, CALLER_HZ)
  t.ok(gapMs <= GAP_MS + pausedMs, `the recording went on as well (gap ${gapMs} ms)`)
})
