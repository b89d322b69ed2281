// Processes die, a store goes away, a disk is full: what callers hear, and what is true afterwards. Telephones are plain SIP ones.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readMark } from '../../server/process/living.ts'
import { startDemo } from '../fixtures/demo.ts'
import { watchFloor } from '../fixtures/floor-watcher.ts'
import { GAP_MS, hears, hearsMusic, openHall, talk } from '../fixtures/hall.ts'
import { longestGapMs, watchStalls } from '../fixtures/rtp-caller.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(280_000)
const CALLER = 440
const FIRST = 880
const SECOND = 1240
const THIRD = 1720
const FOURTH = 2200

const demo = await startDemo(t)
await demo.openOffice()
const hall = await openHall(t, demo)
const watched = watchStalls()
t.teardown(() => watched.close())
const first = await hall.phone('1001', FIRST)
const second = await hall.phone('1002', SECOND)
const third = await hall.phone('1003', THIRD)
const fourth = await hall.phone('1004', FOURTH)
// A phone rings on while the machine takes its time.
await hall.setQueue('consult', { ringMs: 120_000 })
const phones = [first, second, third, fourth]

const caseOf = (name: string, run: (t: Test) => Promise<void>) =>
  t.test(name, { timeout: 120_000 }, async t => {
    try {
      await run(t)
    } finally {
      await hall.clear()
    }
  })
const numbersInOrder = (facts: readonly { seq: number }[]) =>
  facts.every(({ seq }, index) => seq === index + 1)

await caseOf('with no server alive calls go on; afterwards each is where it was', async t => {
  const held = await talk(hall, first, { from: '13800000001' })
  await hall.verb(held.id, 'hold', {}, '1001')
  await hall.reachesState('1001', 'on-hold')
  const three = await talk(hall, second, { from: '13800000002', hz: 560 })
  await hall.setState('1003', 'idle')
  await hall.verb(three.id, 'consult', { to: { agent: '1003' } }, '1002')
  const joined = await third.next()
  await hears(t, 'the one asked', joined, { of: [SECOND] })
  await hall.verb(three.id, 'conference', {}, '1002')
  await hears(t, 'three: the caller', three.caller, { of: [SECOND, THIRD], not: [560] })
  fourth.manner = 'ring'
  await hall.setState('1004', 'idle')
  const ringing = await hall.dial({ from: '13800000003' })
  const rung = await fourth.next()
  const waiting = await hall.dial({ from: '13800000004' })
  const waitingId = await hall.idOf(waiting)
  const { data: joinedQueue } = await hall.fact(waitingId, 'queue-joined')
  const inMenu = await hall.dial({ to: '12393', from: '13800000005' })
  const inMenuId = await hall.idOf(inMenu)
  await hall.fact(inMenuId, 'node-entered', { node: 'main-menu' })
  const before = await hall.facts(held.id)
  const sinceOfWait = (await hall.queue('consult')).waiters.find(
    (one: any) => one.callId === waitingId,
  ).joinedAt
  const from = three.caller.end.packets.length

  await demo.kill9()
  const refused = await hall.dial({ from: '13800000006' })
  t.equal(await refused.refused(), 503, 'a new call is not left ringing')
  const tookMs = refused.times.endedAt - refused.times.invitedAt
  t.ok(tookMs > 2500, `but waits for a server to come back (${tookMs} ms)`)
  await hearsMusic(t, 'held: the caller', held.caller, [FIRST])
  await hears(t, 'three: the agent', three.agentLeg, { of: [560, THIRD], not: [SECOND] })
  await hearsMusic(t, 'waiting', waiting, [CALLER])
  await demo.restart()

  for (const caller of [held.caller, three.caller, ringing, waiting, inMenu])
    t.equal(caller.times.endedAt, 0, `${caller.number} never lost the line`)
  const gapMs = longestGapMs(three.caller.end, watched.stalls, from)
  t.ok(gapMs <= GAP_MS, `three: no gap through kill and restart (${gapMs.toFixed(0)} ms)`)
  for (const [agent, state] of [
    ['1001', 'on-hold'],
    ['1002', 'talking'],
    ['1003', 'talking'],
    ['1004', 'ringing'],
  ] as const)
    t.match(await hall.agent(agent), { state, phone: 'registered' }, agent)

  await hall.verb(held.id, 'retrieve', {}, '1001')
  await hears(t, 'held: the caller', held.caller, { of: [FIRST], not: [CALLER] })
  await hears(t, 'held: the agent', held.agentLeg, { of: [CALLER], not: [FIRST] })
  await held.caller.hangUp()
  t.match(await hall.ended(held.id), { result: 'answered', agent: '1001', recordingFault: null })
  const after = await hall.facts(held.id)
  t.same(after.slice(0, before.length), before, 'what was known is known')
  t.ok(numbersInOrder(after), 'every fact once')

  await hears(t, 'three: the caller', three.caller, { of: [SECOND, THIRD], not: [560] })
  await joined.hangUp()
  await hears(t, 'three: the caller', three.caller, { of: [SECOND], not: [THIRD] })
  await three.agentLeg.hangUp()
  await three.caller.ended()
  t.match(await hall.ended(three.id), { result: 'answered' })

  rung.answer()
  const ringingId = await hall.idOf(ringing)
  await hall.fact(ringingId, 'talk-began')
  await hears(t, 'ringing: the caller', ringing, { of: [FOURTH], not: [CALLER] })

  await inMenu.press('1')
  await hall.fact(inMenuId, 'queue-joined', { queue: 'consult' })
  const queue = await hall.queue('consult')
  t.match(queue.waiters, [{ callId: waitingId, joinedAt: sinceOfWait }, { callId: inMenuId }])
  t.equal(joinedQueue.queue, 'consult')
  first.manner = 'answer'
  await hall.setState('1001', 'idle')
  const next = await first.next()
  t.equal(next.from, waiting.number, 'who waited longer comes first')
  await hears(t, 'waiting: the caller', waiting, { of: [FIRST] })
})

await caseOf(
  'redis dies and comes back: talks go on, no fact is lost, who waits is served',
  async t => {
    const floor = await watchFloor(demo)
    t.teardown(() => floor.close())
    const now = await talk(hall, first, { from: '13800000011' })
    const waiting = await hall.dial({ from: '13800000012', hz: 560 })
    const waitingId = await hall.idOf(waiting)
    await hall.fact(waitingId, 'queue-joined')
    const before = [await hall.facts(now.id), await hall.facts(waitingId)]
    const from = now.caller.end.packets.length
    const redis = readMark(join(demo.dataDir, 'redis/redis.pid'))!
    process.kill(redis.pid, 'SIGKILL')
    await floor.shows('alarm/store')
    await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
    await until('redis again', () => {
      const mark = readMark(join(demo.dataDir, 'redis/redis.pid'))
      return mark !== undefined && mark.pid !== redis.pid
    })
    await until('no alarm', () => !floor.values.has('alarm/store'))
    const gapMs = longestGapMs(now.caller.end, watched.stalls, from)
    t.ok(gapMs <= GAP_MS, `no gap (${gapMs.toFixed(0)} ms)`)
    await hall.setState('1002', 'idle')
    const leg = await second.next()
    t.equal(leg.from, waiting.number)
    await hears(t, 'who waited', waiting, { of: [SECOND], not: [560] })
    await now.caller.hangUp()
    await waiting.hangUp()
    for (const [index, id] of [now.id, waitingId].entries()) {
      t.match(await hall.ended(id), { result: 'answered' })
      const facts = await hall.facts(id)
      t.same(facts.slice(0, before[index]!.length), before[index], 'what was known is known')
      t.ok(numbersInOrder(facts), 'every fact once')
    }
  },
)

await caseOf('the process of browser legs dies: plain telephones do not notice', async t => {
  const now = await talk(hall, first)
  const from = now.caller.end.packets.length
  const legs = childrenOf(demo.switchPid()).filter(pid => commandOf(pid).includes('browser'))
  t.equal(legs.length, 1, 'there is one')
  process.kill(legs[0]!, 'SIGKILL')
  await until('another one', () =>
    childrenOf(demo.switchPid()).some(pid => pid !== legs[0] && commandOf(pid).includes('browser')),
  )
  await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
  await hears(t, 'the agent', now.agentLeg, { of: [CALLER], not: [FIRST] })
  const gapMs = longestGapMs(now.caller.end, watched.stalls, from)
  t.ok(gapMs <= GAP_MS, `no gap (${gapMs.toFixed(0)} ms)`)
  t.equal(now.caller.times.endedAt, 0)
})

await caseOf(
  'a disk that is full costs the recording, not the talk, and is said at once',
  async t => {
    const floor = await watchFloor(demo)
    t.teardown(() => floor.close())
    const folder = join(demo.mediaDir, 'recordings')
    const undo = fillUp(folder)
    try {
      const now = await talk(hall, first)
      t.match(await floor.shows('alarm/recording', 30_000), {
        level: 'critical',
        cause: 'recording-fault',
      })
      await hears(t, 'the caller', now.caller, { of: [FIRST], not: [CALLER] })
      await hears(t, 'the agent', now.agentLeg, { of: [CALLER], not: [FIRST] })
      t.equal((await hall.agent('1001')).state, 'talking')
      await now.caller.hangUp()
      const record = await hall.ended(now.id)
      t.equal(record.result, 'answered')
      t.match(record.recordingFault, /\S/, `${record.recordingFault}`)
    } finally {
      undo()
    }
    const next = await talk(hall, first, { from: '13800000021' })
    await until('the alarm to be over', () => !floor.values.has('alarm/recording'))
    await next.caller.hangUp()
    t.match(await hall.ended(next.id), { recordingFault: null })
  },
)

await caseOf(
  'the switch dies in a talk: it is back, callers are owed a call, agents are available',
  async t => {
    const now = await talk(hall, first, { from: '13800000031' })
    const waiting = await hall.dial({ from: '13800000032' })
    const waitingId = await hall.idOf(waiting)
    await hall.fact(waitingId, 'queue-joined')
    const dead = demo.switchPid()
    const killedMs = performance.now()
    process.kill(dead, 'SIGKILL')
    await until('another switch', async () => {
      const pid = demo.switchPid()
      return (
        pid > 0 && pid !== dead && (await demo.api('/health/ready', { as: null })).status === 200
      )
    })
    t.comment(`back after ${(performance.now() - killedMs).toFixed(0)} ms`)
    for (const [id, number] of [
      [now.id, '13800000031'],
      [waitingId, '13800000032'],
    ] as const) {
      t.match(await hall.ended(id), { result: 'switch-lost' })
      const missed = await until('the missed call', async () => {
        const { items } = await demo.done('/api/missed-calls?state=open&limit=200')
        return items.find((one: any) => one.callId === id)
      })
      t.match(missed, { kind: 'callback', number })
    }
    t.match(await hall.agent('1001'), { state: 'idle', phone: 'unregistered' })
    const early = await hall.dial({ from: '13800000033' })
    await early.answered()
    for (const phone of phones) await phone.register()
    const leg = await first.next()
    t.equal(leg.from, early.number, 'and is given calls again once the phone is back')
    await hears(t, 'the caller', early, { of: [FIRST], not: [CALLER] })
  },
)

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(child => {
      try {
        const stat = readFileSync(`/proc/${child}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid
      } catch {
        // Ended meanwhile, or no process.
        return false
      }
    })
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** A file system of some seconds of sound; without the right to mount one, a file stands where the folder should. Gives the way back. */
function fillUp(folder: string): () => void {
  const run = (...args: readonly string[]) => spawnSync(args[0]!, args.slice(1)).status === 0
  mkdirSync(folder, { recursive: true })
  if (run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder)) {
    const undo = () => void run('umount', '-l', folder)
    t.teardown(undo)
    return undo
  }
  run('mv', folder, `${folder}-kept`)
  writeFileSync(folder, '')
  return () => void (run('rm', folder) && run('mv', `${folder}-kept`, folder))
}
