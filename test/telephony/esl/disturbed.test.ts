// The way events get lost in tests is itself tested: what is promised to be lost is lost, and nothing else.
import t, { type Test } from 'tap'
import type { EslEvent } from '../../../telephony/esl/event.ts'
import { createEslClient, type LinkStatus } from '../../../telephony/esl/client.ts'
import { collector } from '../../fixtures/collector.ts'
import { type EslProxy, eslProxy } from '../../fixtures/esl-proxy.ts'
import { type FakeSwitch, fakeSwitch } from '../../fixtures/fake-switch.ts'

t.setTimeout(60_000)

const setUp = async (
  t: Test,
): Promise<{
  fake: FakeSwitch
  proxy: EslProxy
  names: () => string[]
  until: (count: number) => Promise<unknown>
  statuses: ReturnType<typeof collector<LinkStatus>>
  client: ReturnType<typeof createEslClient>
}> => {
  const fake = await fakeSwitch(t)
  const proxy = await eslProxy(t, fake)
  const events = collector<EslEvent>()
  const statuses = collector<LinkStatus>()
  const client = createEslClient({
    address: { host: '127.0.0.1', port: proxy.port, password: 'ClueCon' },
    events: ['DTMF'],
    customEvents: [],
    onEvent: events.add,
    onStatus: statuses.add,
    now: Date.now,
    timing: {
      probeEveryMs: 100,
      probeTimeoutMs: 200,
      backoff: { firstMs: 10, mostMs: 20, refusedMs: 60_000 },
    },
  })
  t.teardown(() => client.close())
  await statuses.until(status => status.state === 'connected')
  return {
    fake,
    proxy,
    client,
    statuses,
    names: () => events.items.map(event => event.get('DTMF-Digit') ?? ''),
    until: count => events.until((_, index) => index + 1 === count),
  }
}
const press = (fake: FakeSwitch, digits: string) => {
  for (const digit of digits) fake.emit({ 'Event-Name': 'DTMF', 'DTMF-Digit': digit })
}

t.test('events are lost, doubled, late and out of turn as told', async t => {
  const { fake, proxy, names, until } = await setUp(t)
  const off = proxy.rule(event => {
    switch (event.get('DTMF-Digit')) {
      case '1':
        return 'drop'
      case '2':
        return { repeat: 1 }
      case '3':
        return 'after-next'
      case '5':
        return { delayMs: 50 }
      default:
        return undefined
    }
  })
  press(fake, '1234567')
  await until(7)
  t.equal(names().join(''), '2243675')
  t.same(
    (['pass', 'drop', 'repeat', 'reorder', 'delay'] as const).map(kind => proxy.count(kind)),
    [3, 1, 1, 1, 1],
  )
  off()
  press(fake, '12')
  await until(9)
  t.equal(names().join(''), '224367512', 'a rule taken away has no effect')
})

t.test('chance is the same for the same seed', async t => {
  const runs: string[] = []
  for (const _ of [1, 2]) {
    const { fake, proxy, names, until } = await setUp(t)
    proxy.disturb({ seed: 7, drop: 0.2, repeat: 0.2, of: event => event.get('DTMF-Digit') !== '#' })
    press(fake, '1234567890'.repeat(10))
    press(fake, '#')
    while (names().at(-1) !== '#') await until(names().length + 1)
    runs.push(names().join(''))
    t.ok(proxy.count('drop') > 5 && proxy.count('repeat') > 5, 'both happened')
  }
  t.equal(runs[0], runs[1])
})

t.test('a link that is frozen, gone or cut is noticed, and the next one works', async t => {
  const { fake, proxy, names, until, statuses, client } = await setUp(t)
  const again = async () => {
    const count = statuses.items.length
    const lost = await statuses.until(
      (status, index) => index >= count && status.state === 'disconnected',
    )
    await statuses.until((status, index) => index > count && status.state === 'connected')
    return lost.state === 'disconnected' ? lost.reason : ''
  }
  let noticed = again()
  proxy.cut()
  t.equal(await noticed, 'closed')
  noticed = again()
  proxy.vanish()
  t.equal(await noticed, 'silent', 'nothing tells of it but silence')
  noticed = again()
  proxy.freeze()
  setTimeout(() => proxy.thaw(), 400)
  t.equal(await noticed, 'silent')
  noticed = again()
  await proxy.refuse()
  await proxy.accept()
  t.equal(await noticed, 'closed')
  t.ok(client.connected)
  press(fake, '9')
  await until(names().length + 1)
  t.equal(names().at(-1), '9')
  t.ok(proxy.accepted() >= 5)
})
