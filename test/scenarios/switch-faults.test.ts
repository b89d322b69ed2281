// A switch that misbehaves at its event socket, and a whole server that must each time end in one clear state: said in the log once,
// shown as an alarm and in the health, and mended by itself when the switch is well again.
import t from 'tap'
import { startDemo } from '../fixtures/demo.ts'
import { fakeSwitch, showOf } from '../fixtures/fake-switch.ts'
import { watchFloor } from '../fixtures/floor-watcher.ts'
import { ask } from '../fixtures/http.ts'
import { stepsOf } from '../fixtures/story.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(300_000)
const step = stepsOf(t)
const fake = await fakeSwitch(t)
const node = `127.0.0.1:${fake.port}`
const demo = await startDemo(t, { env: { FREESWITCH_URL: fake.url }, embedded: true })
const floor = await watchFloor(demo)
t.teardown(() => floor.close())

const health = async () => {
  const { status, body } = await ask(`${demo.url}/health/ready`)
  return { status, ...body.dependencies[node] }
}
const alarmIs = (cause: string, id = `switch-${node}`) =>
  until(`the alarm ${cause}`, () => floor.values.get(`alarm/${id}`)?.cause === cause)
const isWell = async () => {
  await until('the switch to be well', async () => (await health()).state === 'up', 60_000)
  await until('the alarm to end', () => !floor.values.has(`alarm/switch-${node}`))
}
const saidTimes = (reason: string) => demo.logs().split(`"reason":"${reason}"`).length - 1

await step('a server with a switch that answers is ready', async t => {
  t.match(await health(), { status: 200, state: 'up' })
})

const NONSENSE: Readonly<Record<string, string>> = {
  'what is no header': 'HTTP/1.1 400 Bad Request\r\n\r\n',
  'an impossible length': 'Content-Type: text/event-plain\nContent-Length: 99999999999\n\n',
  'a negative length': 'Content-Type: api/response\nContent-Length: -1\n\n',
  'headers without an end': `X: ${'x'.repeat(70_000)}`,
  'a frame of no known type': 'Content-Type: text/html\nContent-Length: 2\n\nhi',
  'a reply nobody asked for': 'Content-Type: api/response\nContent-Length: 2\n\nhi'.repeat(50),
}
for (const [what, bytes] of Object.entries(NONSENSE))
  await step(`${what}: said, and connected anew`, async t => {
    const before = fake.accepted()
    fake.raw(bytes)
    await until('the connection to be given up', () => fake.accepted() > before)
    await isWell()
    t.match(demo.logs(), '"reason":"nonsense"')
  })

await step('a list of channels that is none: nothing is concluded from it', async t => {
  fake.answer('show channels', '{"row_count":1,"rows":"what?"}')
  await alarmIs('switch-unreadable', `looks-${node}`)
  t.match(await health(), { state: 'up' }, 'its events are still heard')
  const said = demo.logs().split('channels in an unknown form').length - 1
  t.equal(said, 1, 'said once')
  fake.answer('show channels', showOf([]))
  await until('the alarm to end', () => !floor.values.has(`alarm/looks-${node}`))
})

await step('a socket that stays open and says nothing', async t => {
  fake.freeze()
  await alarmIs('switch-away')
  t.match(await health(), { status: 503, state: 'down', detail: 'does not answer' })
  t.ok(saidTimes('silent') >= 1)
  fake.thaw()
  await isWell()
})

await step('a wrong password: said once, shown, and not hammered', async t => {
  fake.setPassword('another')
  const before = fake.accepted()
  fake.drop()
  await alarmIs('switch-wrong-password')
  t.match(await health(), {
    status: 503,
    state: 'down',
    detail: 'refuses the password of the event socket',
  })
  await new Promise(resolve => setTimeout(resolve, 10_000))
  // One of the driver; the server's own questions to the switch are asked at its connects only.
  t.ok(fake.accepted() - before <= 2, `${fake.accepted() - before} attempts in ten seconds`)
  t.equal(saidTimes('wrong-password'), 1)
  t.notMatch(demo.logs(), 'ClueCon', 'a password is in no log')
  fake.setPassword('ClueCon')
  await isWell()
})

await step('a flood of events: all are read, the server stays small and answers', async t => {
  const memoryMib = async () => {
    const { bytes } = await ask(`${demo.url}/metrics`)
    const found = /^hotline_process_resident_memory_bytes (\S+)$/m.exec(String(bytes))
    return Number(found?.[1]) / 1_048_576
  }
  const before = await memoryMib()
  const started = Date.now()
  for (let batch = 0; batch < 200; batch++) {
    for (let i = 0; i < 500; i++)
      fake.emit({
        'Event-Name': 'DTMF',
        'Unique-ID': `leg-${i}`,
        'DTMF-Digit': '1',
        variable_padding: 'x'.repeat(500),
      })
    await new Promise(resolve => setImmediate(resolve))
  }
  fake.emit({
    'Event-Name': 'CUSTOM',
    'Event-Subclass': 'sofia::register',
    'from-user': '1001',
    contact: 'sip:1001@127.0.0.1;transport=udp',
  })
  await until(
    'the last of them',
    () => floor.values.get('agent/1001')?.phone === 'registered',
    120_000,
  )
  t.comment(`100,000 events in ${Date.now() - started} ms`)
  const grownMib = (await memoryMib()) - before
  t.ok(grownMib < 400, `${grownMib.toFixed(0)} MiB more`)
  t.match(await health(), { state: 'up' })
})
