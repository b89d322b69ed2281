// One fault from before to after: what stood, the blow, and what is true when control is back.
import { setTimeout as pause } from 'node:timers/promises'
import type { RtpCaller, Stall } from '../fixtures/rtp-caller.ts'
import { longestGapMs } from '../fixtures/rtp-caller.ts'
import { until } from '../fixtures/until.ts'
import { type QueueShown, wrongStates } from './check.ts'
import { type Fault, killPostgres } from './faults.ts'
import type { Population } from './population.ts'
import type { Probe } from './probe.ts'
import type { Tally } from './tally.ts'
import type { World } from './world.ts'

export interface RoundDeps {
  readonly world: World
  readonly population: Population
  readonly probe: Probe
  readonly tally: Tally
  readonly stalls: readonly Stall[]
}

/** Longest silence that nobody takes for a fault. */
const GAP_MS = 60
/** A state may be wrong for so long after the last fault. */
const SETTLE_MS = 10_000
/** Between the blow and the first look at who still talks. */
const AFTER_MS = 300

export interface RoundResult {
  readonly regainedMs: number
  readonly settledMs: number
  readonly talks: number
  readonly keptTalks: number
  /** What the fault broke runs again; an error says what does not. */
  readonly healing: Promise<Error | undefined>
}

/** Changes go on while what the last fault broke is mended; this one strikes a random while after that. */
export async function playRound(
  deps: RoundDeps,
  fault: Fault,
  beforeMs: number,
): Promise<RoundResult> {
  const { world, population, probe, tally } = deps
  await world.browser?.stand()
  await pause(beforeMs)
  // Changes begun at this moment go on into the fault: that is the random moment.
  const resting = population.rest()
  const standing = probe.pair()
  const before = [...population.pairs(), ...(standing ? [standing] : [])]
  const atBrowser = world.browser?.caller()
  const marks = new Map(before.map(({ caller }) => [caller, caller.end.packets.length]))
  const queuesBefore = await queuesOf(world).catch(() => undefined)
  const blow = await fault.strike(world)
  const regainedMs = await probe.regained(blow.atMs)
  if (blow.back === 'another') tally.time('regained by another server', regainedMs)
  if (blow.back === 'restart') tally.time('regained by restart', regainedMs)
  await resting
  await pause(AFTER_MS)
  if (fault === killPostgres) tally.time('database', await ledgerAnswers(deps, blow.atMs))

  let [talks, keptTalks] = [0, 0]
  const countTalk = (isKept: boolean, why: string) => {
    talks++
    if (isKept) keptTalks++
    tally.count('bridged', isKept, `${fault.name}: ${why}`)
  }
  for (const { caller, leg, phone } of before) {
    // Whoever hung up by the test's own will is no loss; the far side's BYE is.
    const isLost = caller.requests.includes('BYE') || leg.requests.includes('BYE')
    const hungUp = caller.times.endedAt > 0 || leg.times.endedAt > 0
    if (hungUp && !isLost) continue
    const ended = hungUp && isLost && !(await wasAsked(deps, caller))
    const gapMs = ended ? 0 : longestGapMs(caller.end, deps.stalls, marks.get(caller) ?? 0)
    const isQuiet = gapMs > GAP_MS && leg.directions.length === 0
    const what = `gap ${gapMs.toFixed(0)} ms, ended ${ended}`
    countTalk(!ended && !isQuiet, `${caller.number} with ${phone.agent}, ${what}`)
  }
  if (atBrowser) countTalk(atBrowser.times.endedAt === 0, 'the caller of the browser was cut off')
  if (queuesBefore) await comparePlaces(deps, queuesBefore, fault)
  const healing = blow.heal().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )
  const settledMs = await settle(deps, fault.name)
  return { regainedMs, settledMs, talks, keptTalks, healing }
}

/** The talk ended because a change of the test's own asked for it, in the moment of the fault. */
async function wasAsked({ world }: RoundDeps, caller: RtpCaller): Promise<boolean> {
  const facts = await world.hall
    .idOf(caller)
    .then(id => world.hall.facts(id))
    .catch(() => [])
  return (
    facts.some(({ type }) => type === 'call-transferred') ||
    facts.some(
      ({ type, data }) => type === 'talk-ended' && data.by !== 'system' && data.by !== 'network',
    )
  )
}

/** The fact of what the probe has just done can be read from the database. */
async function ledgerAnswers({ probe }: RoundDeps, sinceMs: number): Promise<number> {
  await probe.inLedger()
  return performance.now() - sinceMs
}

const queuesOf = async (world: World): Promise<QueueShown[]> =>
  (await world.hall.demo.done('/api/queues')).items

/** Whoever still waits waits since the same instant, and nobody has overtaken anybody. */
async function comparePlaces(
  { world, tally, population }: RoundDeps,
  before: readonly QueueShown[],
  fault: Fault,
): Promise<void> {
  const after = await until('the queues', () => queuesOf(world).catch(() => undefined), 10_000, 100)
  for (const queue of before) {
    const now = after.find(({ id }) => id === queue.id)?.waiters ?? []
    const order = now.map(({ callId }) => callId)
    const kept = queue.waiters.filter(({ callId }) => order.includes(callId))
    kept.forEach((waiter, index) => {
      const shown = now.find(({ callId }) => callId === waiter.callId)
      const next = kept[index + 1]
      const isBefore = !next || order.indexOf(waiter.callId) < order.indexOf(next.callId)
      tally.count(
        'place',
        shown?.joinedAt === waiter.joinedAt && isBefore,
        `${fault.name}: ${waiter.number} joined ${waiter.joinedAt}, then ${shown?.joinedAt}`,
      )
    })
    for (const waiter of queue.waiters.filter(({ callId }) => !order.includes(callId))) {
      const caller = population.callers.find(({ number }) => number === waiter.number)
      // Off to an agent, to another group, or hung up by the test: fine. Cut off: not.
      const isCut = caller !== undefined && caller.requests.includes('BYE')
      tally.count('place', !isCut, `${fault.name}: ${waiter.number} lost the line while waiting`)
    }
  }
}

/** Until nothing is wrong; what is wrong after the limit counts. */
export async function settle(
  { world, population, probe, tally }: RoundDeps,
  after: string,
): Promise<number> {
  const startedMs = performance.now()
  for (;;) {
    const others = [probe.pair(), world.browser?.caller()].filter(one => one !== undefined).length
    const wrong = await Promise.all([
      wrongStates(world.hall, population, others),
      world.browser?.wrong() ?? [],
    ]).then(
      found => found.flat(),
      (error: unknown) => [String(error)],
    )
    const tookMs = performance.now() - startedMs
    if (wrong.length === 0 || tookMs > SETTLE_MS) {
      tally.count('state', wrong.length === 0, `${after}: ${wrong.join('; ')}`)
      return tookMs
    }
    await pause(200)
  }
}
