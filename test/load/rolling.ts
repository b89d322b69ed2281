// Two servers are restarted one after the other under live calls: `node --import tsx test/load/rolling.ts [calls] [folder of an older release]`.
// Prints a row of a table, and as its last line one JSON object. Exit code 1 when a call was dropped or a server took too long.
import { cpus, loadavg } from 'node:os'
import { resolve } from 'node:path'
import t from 'tap'
import { openHall, toneShare } from '../fixtures/hall.ts'
import { startCluster } from '../fixtures/cluster.ts'
import { until } from '../fixtures/until.ts'

const CALLS = Number(process.argv[2] ?? 30)
/** With it the restart is an upgrade. */
const FIRST_RELEASE = process.argv[3]
const TALKS = Math.min(15, CALLS)
const HZ = { caller: 440, agent: 700 }
/** Issue: rolling restart of two servers. */
const LIMIT_MS = 10_000

/** One a caller, so that each call is found at once. */
const numberOf = (index: number) => `138${String(index).padStart(8, '0')}`

interface Turn {
  readonly server: number
  readonly was: string
  /** From SIGTERM to the end of the process. */
  readonly endedMs: number
  /** From SIGTERM until a server steers the site and takes a request for a live call. */
  readonly inHandMs: number
  /** From the new start until ready. */
  readonly readyMs: number
  readonly dropped: number
  readonly placesLost: number
}

t.setTimeout(900_000)
t.test('rolling restart under live calls', { timeout: 880_000 }, async t => {
  const loadBefore = loadavg()[0] ?? 0
  const cluster = await startCluster(t, {
    servers: 2,
    ...(FIRST_RELEASE !== undefined && { firstRelease: resolve(FIRST_RELEASE) }),
  })
  const [first] = cluster.servers
  if (!first) throw new Error('no server')
  await first.openOffice()
  const hall = await openHall(t, first)
  const agents = Array.from({ length: TALKS }, (_, index) => String(1001 + index))
  const phones = []
  for (const agent of agents) phones.push(await hall.phone(agent, HZ.agent))
  const talking = []
  for (const phone of phones) {
    await hall.setState(phone.agent, 'idle')
    const caller = await hall.dial({ hz: HZ.caller, from: numberOf(talking.length) })
    talking.push({ caller, leg: await phone.next(60_000) })
  }
  const waiting = []
  for (let index = TALKS; index < CALLS; index++)
    waiting.push(await hall.dial({ hz: HZ.caller, from: numberOf(index) }))
  await until(
    'all to wait',
    async () => (await hall.queue('consult')).waiting === waiting.length,
    60_000,
  )
  const ids: string[] = []
  for (const caller of waiting) ids.push(await hall.idOf(caller))
  const callers = [...talking.map(({ caller }) => caller), ...waiting]
  const dropped = () => callers.filter(({ times }) => times.endedAt !== 0).length
  const joinedAt = async () => {
    const { items } = await (await cluster.steering()).done('/api/queues')
    const { waiters } = items.find((one: any) => one.id === 'consult')
    return new Map<string, number>(
      waiters.map((one: any) => [one.callId, Number(new Date(one.joinedAt))]),
    )
  }
  const places = await joinedAt()

  const turns: Turn[] = []
  for (const server of cluster.servers) {
    const was = (await server.role()) ?? 'away'
    const other = cluster.servers.find(one => one !== server)
    if (!other) throw new Error('no other server')
    const began = performance.now()
    const inHand = until(
      'the site to be in hand',
      async () =>
        (await other.role().catch(() => undefined)) === 'steering' && performance.now() - began,
      120_000,
      20,
    )
    await cluster.term(server.index)
    const endedMs = Math.round(performance.now() - began)
    const inHandMs = Math.round(await inHand)
    const restarted = performance.now()
    await cluster.restart(server.index)
    const readyMs = Math.round(performance.now() - restarted)
    const now = await joinedAt()
    const placesLost = ids.filter(id => now.get(id) !== places.get(id)).length
    turns.push({
      server: server.index,
      was,
      endedMs,
      inHandMs,
      readyMs,
      dropped: dropped(),
      placesLost,
    })
  }

  let heard = 0
  for (const { caller, leg } of talking) {
    const [atCaller, atAgent] = await Promise.all([caller.end.hear(400), leg.end.hear(400)])
    if (toneShare(atCaller, HZ.agent) > 0.2 && toneShare(atAgent, HZ.caller) > 0.2) heard += 1
  }
  const worst = Math.max(...turns.map(({ endedMs, inHandMs }) => Math.max(endedMs, inHandMs)))
  const figures = {
    bench: 'rolling',
    calls: callers.length,
    talks: talking.length,
    waiting: waiting.length,
    dropped: dropped(),
    placesLost: Math.max(...turns.map(({ placesLost }) => placesLost)),
    talksHeardBothWays: heard,
    worstMs: worst,
    turns,
    cores: cpus().length,
    load: { before: loadBefore, after: loadavg()[0] },
  }
  t.equal(figures.dropped, 0, 'no call was dropped')
  t.equal(figures.placesLost, 0, 'everybody who waits kept place and time')
  t.equal(heard, talking.length, 'every talk is heard both ways')
  t.ok(worst <= LIMIT_MS, `at most ${LIMIT_MS} ms a server (${worst})`)
  for (const line of [
    '',
    '| rolling restart of two servers under | dropped | places lost | worst hand-over | starts again in |',
    '| --- | --- | --- | --- | --- |',
    `| ${callers.length} calls (${talking.length} talks, ${waiting.length} waiting) | ${figures.dropped} | ${figures.placesLost} | ${worst} ms | ${turns.map(({ readyMs }) => `${readyMs} ms`).join(', ')} |`,
  ])
    process.stderr.write(`${line}\n`)
  process.stderr.write(`${JSON.stringify(figures)}\n`)
})
