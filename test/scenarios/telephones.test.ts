// Telephones that others wrote: SIPp and baresip call over UDP and TCP, baresip is an agent's phone.
import t from 'tap'
import { startBaresip } from '../fixtures/baresip.ts'
import { startDemo } from '../fixtures/demo.ts'
import { dial } from '../fixtures/rtp-caller.ts'
import { sipp } from '../fixtures/sipp.ts'
import { containsTone, gaps, parseWav, rms, type Wav } from '../fixtures/sound.ts'
import { AGENT_HZ, agentOf, CALLER_HZ, GAP_MS, phoneRegistered } from '../fixtures/story.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(280_000)
const demo = await startDemo(t)
await demo.openOffice()
const { sipPort, phonePort } = demo

const recordOf = (caller: string, isWanted: (record: any) => boolean = () => true): Promise<any> =>
  until(`the record of ${caller}`, async () => {
    const { items } = await demo.done(`/api/calls?caller=${caller}`)
    return items.find(isWanted)
  })
const factOf = (caller: string, type: string, match: object = {}): Promise<any> =>
  until(`${type} of ${caller}`, async () => {
    const { items } = await demo.done(`/api/calls?caller=${caller}`)
    if (!items[0]) return undefined
    const timeline = await demo.done(`/api/calls/${items[0].id}/timeline`)
    return timeline.items.find(
      (fact: any) =>
        fact.type === type &&
        Object.entries(match).every(([key, value]) => fact.data[key] === value),
    )
  })
const accountOf = async (agent: string) => {
  const { user, password } = await demo.done('/api/phone', { as: agent })
  return { user: user as string, password: password as string }
}
const be = (agent: string, state: string) =>
  demo.done(`/api/agents/${agent}/state`, { as: agent, method: 'POST', body: { state } })
const last = ({ channels, rateHz }: Wav, seconds: number) => channels[0]!.slice(-seconds * rateHz)

await t.test('SIPp goes through the whole story, with baresip as the agent’s phone', async t => {
  const from = '02787654321'
  const phone = await startBaresip({
    sipPort: phonePort,
    toneHz: AGENT_HZ,
    account: await accountOf('1001'),
    isAutoAnswering: true,
  })
  t.teardown(() => phone.close())
  await phoneRegistered(demo, '1001')
  await be('1001', 'idle')
  const startedAt = Date.now()
  const calling = sipp({
    sipPort,
    from,
    // The menu is reached after some 5 s and listens for some 10 s; so does the rating after the talk.
    then: [
      { act: 'pause', ms: 8000 },
      { act: 'press', digit: '1' },
      { act: 'pause', ms: 8000 },
      { act: 'press', digit: '2' },
    ],
    isEndedByFar: true,
  })
  await phone.happens('CALL_ESTABLISHED', 0, 30_000)
  await factOf(from, 'talk-began')
  t.match(await agentOf(demo, '1001'), { state: 'talking' })
  const talkAt = Date.now()
  await new Promise(resolve => setTimeout(resolve, 2000))
  await phone.hangUp()
  const talkEndedAt = Date.now()
  const call = await calling
  const endedAt = Date.now()
  t.ok(call.isDone, call.output)
  t.same(
    call.statuses.filter(status => status >= 200),
    [200],
  )

  const record = await recordOf(from, one => one.endedAt !== null)
  t.match(record, {
    direction: 'inbound',
    caller: from,
    callee: '12393',
    area: '武汉',
    queue: 'consult',
    agent: '1001',
    result: 'answered',
    endedBy: 'system',
    satisfaction: 3,
    recordingId: record.id,
    recordingFault: null,
  })
  const isClose = (what: string, iso: string, at: number) =>
    t.ok(Math.abs(Date.parse(iso) - at) < 1500, `${what}: ${Date.parse(iso) - at} ms apart`)
  isClose('start', record.startedAt, startedAt)
  isClose('answer', record.answeredAt, talkAt)
  isClose('end', record.endedAt, endedAt)
  t.ok(Math.abs(record.talkMs - (talkEndedAt - talkAt)) < 1500, `talk of ${record.talkMs} ms`)
  const [began] = (await demo.done(`/api/calls/${record.id}/timeline`)).items
  t.equal(began.data.sipCallId, call.callId)
})

for (const transport of ['udp', 'tcp'] as const) {
  await t.test(`two baresips talk to each other through the queue, over ${transport}`, async t => {
    const agent = await startBaresip({
      sipPort: phonePort,
      transport,
      toneHz: AGENT_HZ,
      account: await accountOf('1002'),
      isAutoAnswering: true,
    })
    t.teardown(() => agent.close())
    await phoneRegistered(demo, '1002')
    await be('1001', 'signed-out')
    await be('1002', 'idle')
    const caller = await startBaresip({ sipPort, transport, toneHz: CALLER_HZ })
    t.teardown(() => caller.close())
    await caller.dial('12393')
    await caller.happens('CALL_ESTABLISHED')
    const from = '13800002222'
    await factOf(from, 'node-entered', { node: 'main-menu' })
    await caller.press('1')
    await agent.happens('CALL_ESTABLISHED', 0, 30_000)
    await factOf(from, 'talk-began')
    await new Promise(resolve => setTimeout(resolve, 4000))
    await caller.hangUp()
    await agent.happens('CALL_CLOSED')

    const [atCaller, atAgent] = [await caller.close(), await agent.close()]
    const far = last(atCaller[0]!, 2)
    t.ok(containsTone(far, 8000, AGENT_HZ, 0.8), 'the caller hears the agent')
    t.notOk(containsTone(far, 8000, CALLER_HZ, 0.05), 'and not himself')
    t.ok(gaps(far, 8000, AGENT_HZ) <= GAP_MS, 'without a gap')
    const near = last(atAgent[0]!, 2)
    t.ok(containsTone(near, 8000, CALLER_HZ, 0.8), 'the agent hears the caller')
    t.notOk(containsTone(near, 8000, AGENT_HZ, 0.05), 'and not himself')
    t.ok(gaps(near, 8000, CALLER_HZ) <= GAP_MS, 'without a gap')
    t.ok(rms(atCaller[0]!.channels[0]!.subarray(0, 3 * 8000)) > 300, 'there was a greeting')

    const record = await recordOf(from, one => one.endedAt !== null)
    t.match(record, {
      result: 'answered',
      agent: '1002',
      endedBy: 'caller',
      recordingFault: null,
    })
    const { bytes } = await demo.api(`/api/calls/${record.id}/recording`, { as: '2001' })
    const { channels, rateHz } = parseWav(bytes)
    t.ok(containsTone(channels[0]!, rateHz, CALLER_HZ, 0.8), 'the caller is left')
    t.ok(containsTone(channels[1]!, rateHz, AGENT_HZ, 0.8), 'the agent is right')
    await be('1002', 'signed-out')
  })
}

await t.test('SIPp with sound and keys over TCP', async t => {
  const call = await sipp({
    sipPort,
    transport: 'tcp',
    from: '13822223333',
    then: [
      { act: 'pause', ms: 8000 },
      { act: 'press', digit: '2' },
      { act: 'pause', ms: 500 },
    ],
  })
  t.ok(call.isDone, call.output)
  t.match(await factOf('13822223333', 'choice-made'), {
    data: { digit: '2', next: 'self-service' },
  })
  const loud = await sipp({
    sipPort,
    transport: 'tcp',
    from: '13822224444',
    then: [{ act: 'tone', ms: 2000 }],
  })
  t.ok(loud.isDone, loud.output)
  const { data } = await factOf('13822224444', 'leg-ended')
  t.ok(data.packetsIn > 80, `${data.packetsIn} packets of its tone arrived`)
})

await t.test('an agent’s phone calls a colleague with its password, and with no other', async t => {
  const colleague = await startBaresip({
    sipPort: phonePort,
    toneHz: AGENT_HZ,
    account: await accountOf('1004'),
    isAutoAnswering: true,
  })
  t.teardown(() => colleague.close())
  await phoneRegistered(demo, '1004')
  await be('1003', 'idle')
  await be('1004', 'idle')
  const account = await accountOf('1003')
  const call = await sipp({
    sipPort: phonePort,
    account,
    to: '1004',
    then: [{ act: 'tone', ms: 1500 }],
  })
  t.ok(call.isDone, call.output)
  t.same(
    call.statuses.filter(status => status >= 200),
    // A registrar may challenge as a proxy does (RFC 3261 §22.3).
    [demo.freeSwitch ? 407 : 401, 200],
  )
  await colleague.happens('CALL_CLOSED')
  const [heard] = await colleague.close()
  t.ok(containsTone(heard!.channels[0]!, 8000, CALLER_HZ, 0.8), 'the colleague hears the tone')
  const wrong = await sipp({
    sipPort: phonePort,
    account: { ...account, password: 'guess' },
    to: '1004',
    expect: 403,
  })
  t.ok(wrong.isDone, wrong.output)
})

await t.test('a phone that would refer its talk elsewhere is refused, and talks on', async t => {
  const colleague = await startBaresip({
    sipPort: phonePort,
    toneHz: AGENT_HZ,
    account: await accountOf('1006'),
    isAutoAnswering: true,
  })
  t.teardown(() => colleague.close())
  await phoneRegistered(demo, '1006')
  await be('1005', 'idle')
  await be('1006', 'idle')
  const account = await accountOf('1005')
  const phone = await dial({ sipPort: phonePort, account, from: account.user, to: '1006' })
  t.teardown(() => phone.close())
  await phone.answered()
  phone.speak(CALLER_HZ)
  const isHeard = async () => containsTone(await phone.end.hear(500), 8000, AGENT_HZ, 0.5)
  await until('the colleague to be heard', isHeard)
  const to = [
    'Refer-To: <sip:0085290000000@127.0.0.1>',
    `Referred-By: <sip:${account.user}@127.0.0.1>`,
  ]
  // FreeSWITCH does not allow the method there; the embedded switch declines this request.
  t.equal(await phone.ask('REFER', to), demo.freeSwitch ? 405 : 603)
  t.ok(await isHeard(), 'the colleague is heard after the refusal')
  const before = await demo.done('/api/calls?limit=50')
  t.notMatch(JSON.stringify(before), /0085290000000/, 'nobody was dialled')
  await phone.hangUp()
  await colleague.happens('CALL_CLOSED')
})
