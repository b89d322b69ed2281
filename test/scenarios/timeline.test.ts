// One call on one axis of time: what the wire said, what was decided and why, how it sounded; seen by each role, and handed on to Homer.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { decodeHep, encodeHep, type HepPacket } from '../../telephony/capture/hep.ts'
import { startDemo } from '../fixtures/demo.ts'
import { openHall, talk } from '../fixtures/hall.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(280_000)
const NUMBER = '13912345678'

const homer = createSocket('udp4')
const exported: HepPacket[] = []
homer.on('message', data => {
  const packet = decodeHep(data)
  if (packet) exported.push(packet)
})
homer.bind(0, '127.0.0.1')
await once(homer, 'listening')
t.teardown(() => homer.close())

const demo = await startDemo(t, {
  env: { HOTLINE_HEP_EXPORT: `127.0.0.1:${homer.address().port}` },
})
const hall = await openHall(t, demo)
const first = await hall.phone('1001', 880)
await hall.phone('1011', 1240)

await demo.done('/api/users', {
  method: 'POST',
  body: { username: 'shenji', name: '审计', roles: ['auditor'], password: 'a long password' },
})
const auditor = await demo.api('/api/login', {
  as: null,
  method: 'POST',
  body: { username: 'shenji', password: 'a long password' },
})
const asAuditor = (path: string) =>
  demo.api(path, { as: null, headers: { authorization: `Bearer ${auditor.body.token}` } })
const timelineAs = (id: string, as: string) => demo.done(`/api/calls/${id}/timeline`, { as })

const say = (entry: any, items: any[]): string => {
  if (entry.kind === 'fact') return items.find(item => item.seq === entry.seq).type
  if (entry.kind === 'quality') return 'quality'
  return `${entry.direction} ${entry.status ?? entry.method}`
}
/** The words come in this order, whatever lies between. */
const inOrder = (t: Test, all: readonly string[], wanted: readonly string[], what: string) => {
  let from = 0
  for (const word of wanted) {
    const at = all.indexOf(word, from)
    if (at < 0) return t.fail(`${what}: no ${word} after ${all.slice(0, from).join(', ')}`, { all })
    from = at + 1
  }
  return t.pass(what)
}

let id = ''
let callId = ''

await t.test(
  'a call with hold and transfer is told by the wire, the facts and the sound',
  async t => {
    const now = await talk(hall, first, { from: NUMBER })
    id = now.id
    callId = now.caller.callId
    await until(
      'a point of quality of both legs',
      async () => {
        const { entries } = await timelineAs(id, '2001')
        const legs = entries.filter((entry: any) => entry.kind === 'quality' && entry.packets > 100)
        return new Set(legs.map((entry: any) => entry.legId)).size === 2
      },
      40_000,
      500,
    )
    await hall.verb(id, 'hold', {}, '1001')
    await hall.reachesState('1001', 'on-hold')
    await hall.verb(id, 'retrieve', {}, '1001')
    await hall.reachesState('1001', 'talking')
    await hall.setState('1011', 'idle')
    await hall.verb(id, 'transfer', { to: { agent: '1011' } }, '1001')
    await hall.reachesState('1011', 'talking')
    await now.caller.hangUp()
    await hall.ended(id)

    const { items, legs, entries } = await until(
      'the whole wire in the database',
      async () => {
        const timeline = await timelineAs(id, '2001')
        const byes = timeline.entries.filter((entry: any) => entry.method === 'BYE' && entry.status)
        return byes.length >= 3 && timeline
      },
      20_000,
      250,
    )
    const times = entries.map((entry: any) => Date.parse(entry.at))
    t.same(
      times,
      times.toSorted((a: number, b: number) => a - b),
      'in one order of time',
    )
    t.same(
      entries.filter((entry: any) => entry.kind === 'fact').map((entry: any) => entry.seq),
      items.map((item: any) => item.seq),
      'every fact has its place',
    )
    t.equal(legs.length, 3, 'the caller and two agents')
    for (const leg of legs)
      t.ok(leg.sipCallIds.length > 0, `the dialog of the ${leg.role} is known`)

    const words = (legId?: string) =>
      entries
        .filter((entry: any) => legId === undefined || entry.legId === legId)
        .map((entry: any) => say(entry, items))
    const [caller, agent, other] = legs
    inOrder(
      t,
      words(caller.legId),
      ['in INVITE', 'out 200', 'in ACK', 'in BYE', 'out 200'],
      'caller',
    )
    for (const leg of [agent, other])
      inOrder(
        t,
        words(leg.legId),
        ['out INVITE', 'in 200', 'out ACK', 'out BYE', 'in 200'],
        leg.role,
      )
    inOrder(
      t,
      words(),
      [
        'in INVITE',
        'call-began',
        'queue-joined',
        'agent-offered',
        'out INVITE',
        'agent-answered',
        'quality',
        'call-held',
        'call-retrieved',
        'call-transferred',
        'in BYE',
        'call-ended',
      ],
      'what was decided stands between what was said',
    )
    const reason = items.find((item: any) => item.type === 'agent-offered').data.reason
    t.type(reason.rule, 'string', 'a decision says its reason')
    const quality = entries.filter((entry: any) => entry.kind === 'quality' && entry.packets > 100)
    for (const point of quality) {
      t.ok(Math.abs(point.forMs - 5000) < 2500, `every five seconds (${point.forMs} ms)`)
      t.ok(point.mos > 1 && point.mos < 4.5, `mean opinion score ${point.mos}`)
    }
  },
)

await t.test('it is found by its id, by the SIP Call-ID and by a part of the number', async t => {
  for (const query of [`id=${id}`, `id=${encodeURIComponent(callId)}`, 'caller=9123456']) {
    const { items } = await demo.done(`/api/calls?${query}`, { as: '2001' })
    t.same(
      items.map((item: any) => item.id),
      [id],
      query,
    )
  }
})

await t.test('each role sees what it may', async t => {
  const whole = JSON.stringify(await timelineAs(id, '2001'))
  t.match(whole, NUMBER, 'a supervisor sees the number, on the wire as well')
  t.notMatch(whole, /response=\\"[0-9a-f]{32}/, 'and nobody an answer to a challenge')
  const own = await timelineAs(id, '1011')
  t.match(JSON.stringify(own), NUMBER, 'an agent sees the number of the own caller')
  t.notOk(
    own.entries.some((entry: any) => entry.kind === 'message'),
    'and not the wire',
  )
  t.equal((await demo.api(`/api/calls/${id}/timeline`, { as: '1002' })).status, 404)

  const paths = [
    `/api/calls/${id}/timeline`,
    `/api/calls/${id}`,
    '/api/calls',
    '/api/calls.csv',
    '/api/missed-calls',
    '/api/audit',
    '/api/lines',
  ]
  const looks = async (t: Test, ask: (path: string) => Promise<any>) => {
    for (const path of paths) {
      const answer = await ask(path)
      if (answer.status === 403) continue
      t.equal(answer.status, 200, path)
      t.notMatch(answer.bytes.toString('utf8'), NUMBER, `${path} tells no number`)
    }
    const { body } = await ask(`/api/calls/${id}/timeline`)
    t.match(JSON.stringify(body), '139****5678', 'but which it was, roughly')
    t.ok(
      body.entries.some((entry: any) => entry.kind === 'message' && /^INVITE /.test(entry.text)),
      'the wire is there to be read',
    )
  }
  await t.test('an auditor', t => looks(t, asAuditor))
  t.equal((await asAuditor(`/api/calls/${id}/recording`)).status, 403, 'a voice is not masked')
  t.same((await asAuditor('/api/calls?caller=9123456')).body.items, [], 'nor found out by digits')
  t.equal((await asAuditor(`/api/calls?caller=${NUMBER}`)).body.items.length, 1)

  const settings = await demo.done('/api/settings')
  await demo.done('/api/settings', {
    method: 'PUT',
    body: { ...settings, maskForSupervisors: true },
  })
  await t.test('a supervisor, where the site says so', t =>
    looks(t, path => demo.api(path, { as: '2001' })),
  )
  await demo.done('/api/settings', { method: 'PUT', body: settings })
})

await t.test('everything is handed on to Homer, without secrets', async t => {
  const ofCall = exported.filter(packet => packet.payload.includes(callId))
  t.ok(ofCall.length >= 6, `${ofCall.length} messages of the caller's dialog`)
  t.ok(ofCall.every(packet => packet.kind === 1 && packet.atUs > 1.6e15))
  t.match(ofCall[0]?.payload.toString(), /^INVITE /)
  const registers = exported.filter(packet => packet.payload.includes('REGISTER'))
  t.ok(registers.length > 0, 'registrations as well')
  t.notOk(registers.some(packet => /response="[0-9a-f]{32}"/.test(packet.payload.toString())))
})

await t.test('a flood of nonsense is counted and harms no call', async t => {
  const socket = createSocket('udp4')
  t.teardown(() => socket.close())
  const good = encodeHep({
    protocol: 17,
    from: { address: '127.0.0.1', port: 5060 },
    to: { address: '127.0.0.1', port: 5061 },
    atUs: Date.now() * 1000,
    kind: 1,
    captureId: 9,
    payload: Buffer.from('OPTIONS sip:x SIP/2.0\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n'),
  })!
  const junk = [Buffer.from('HEP3'), good.subarray(0, 40), Buffer.alloc(60_000, 0x41), good]
  for (let round = 0; round < 3000; round++) {
    socket.send(junk[round % junk.length]!, demo.hepPort!, '127.0.0.1')
    if (round % 100 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  const figure = async (outcome: string) => {
    const { bytes } = await demo.api('/metrics', { as: null })
    const line = new RegExp(`hotline_signalling_packets\\{outcome="${outcome}"\\} (\\d+)`)
    return Number(line.exec(bytes.toString())?.[1] ?? 0)
  }
  await until('the nonsense to be counted', async () => (await figure('junk')) > 100, 15_000, 250)
  const now = await talk(hall, first, { from: '13700000001' })
  await now.caller.hangUp()
  t.match(await hall.ended(now.id), { result: 'answered' }, 'a call goes through')
})
