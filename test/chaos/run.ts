// A run: the world, its people, faults one after another, and at the end the books.
import type { Test } from 'tap'
import { chanceOf } from '../fixtures/esl-proxy.ts'
import { watchStalls } from '../fixtures/rtp-caller.ts'
import { until } from '../fixtures/until.ts'
import { type LedgerCheck, readLedger } from './check.ts'
import type { Fault } from './faults.ts'
import { type Population, populate } from './population.ts'
import { createProbe } from './probe.ts'
import { createKinds, type Kinds } from './kinds.ts'
import { playRound, settle } from './round.ts'
import { createTally, seconds, type Tally, toMarkdown } from './tally.ts'
import { openWorld, type World } from './world.ts'

export interface RunOptions {
  readonly seed: number
  readonly agents: readonly string[]
  /** The faults in their order. */
  readonly faults: readonly Fault[]
  readonly hasBrowser?: boolean
  readonly hasTrunks?: boolean
  /** No fault begins after so long; the books are closed then. */
  readonly limitMs?: number
  readonly isStopped?: () => boolean
  readonly say: (line: string) => void
}

export interface Outcome {
  readonly tally: Tally
  readonly kinds: Kinds
  readonly rounds: number
}

/** Calls change for a random while between these before each fault. */
const STIR_MS = { least: 500, most: 3500 }
const BOOKS_MS = 60_000
const PARTIAL_EVERY = 50
/** A site that cannot be brought back is no longer worth striking. */
const MOST_FAILURES_IN_A_ROW = 5

export async function runChaos(t: Test, options: RunOptions): Promise<Outcome> {
  const { seed, agents, faults, say, hasBrowser = false, hasTrunks = false } = options
  const endMs = performance.now() + (options.limitMs ?? Infinity)
  const chance = chanceOf(seed)
  const [tally, kinds] = [createTally(), createKinds()]
  const world = await openWorld(t, { seed, tally, hasBrowser, hasTrunks })
  const watch = watchStalls()
  t.teardown(() => watch.close())
  const [own = '1001', ...others] = agents
  const probe = await createProbe(world.hall, await world.hall.phone(own, 2200))
  const population = await populate(world.hall, others, chance)
  const deps = { world, population, probe, tally, stalls: watch.stalls }
  say(`seed ${seed}, ${others.length + 1} agents, ${faults.length} faults`)
  let rounds = 0
  let failedInARow = 0
  let healing: Promise<Error | undefined> = Promise.resolve(undefined)
  for (const fault of faults) {
    if (performance.now() > endMs || options.isStopped?.()) break
    if (failedInARow >= MOST_FAILURES_IN_A_ROW) break
    rounds++
    const sayOf = (line: string) => say(`${rounds}/${faults.length} ${fault.name}: ${line}`)
    const violated = tally.failures.length
    try {
      population.forget()
      population.stir()
      const broken = await healing
      if (broken) throw broken
      const beforeMs = STIR_MS.least + chance() * (STIR_MS.most - STIR_MS.least)
      const result = await playRound(deps, fault, beforeMs)
      healing = result.healing
      kinds.add(fault.name, result)
      tally.count('round', true)
      const { regainedMs, talks, settledMs } = result
      sayOf(
        `control after ${seconds(regainedMs)}, ${talks} talks, right after ${seconds(settledMs)}`,
      )
      failedInARow = 0
    } catch (error) {
      failedInARow++
      kinds.fail(fault.name)
      tally.count('round', false, `${fault.name}: ${String(error)}`)
      healing = bringBack(world, population)
    }
    for (const failure of tally.failures.slice(violated)) sayOf(`NOT ${failure}`)
    if (rounds % PARTIAL_EVERY === 0) say(`so far\n\n${toMarkdown(tally.rows())}\n`)
  }
  const close = async (what: string, work: () => Promise<unknown>) => {
    await work().catch((error: unknown) => tally.count('round', false, `${what}: ${String(error)}`))
  }
  await close('the last healing', async () => {
    const broken = await healing
    if (broken) throw broken
    await population.rest()
    await settle(deps, 'at the end')
  })
  await close('the last calls', async () => {
    await probe.end()
    await world.browser?.end()
    await population.endAll()
  })
  await close('the books', () => closeBooks(world, population, tally))
  const { dialled, refused, changes, failedChanges } = population.counts
  const disturbed = (['drop', 'repeat', 'reorder'] as const)
    .map(kind => `${kind} ${world.proxies.reduce((sum, proxy) => sum + proxy.count(kind), 0)}`)
    .join(', ')
  say(
    `${dialled} calls dialled, ${refused} refused, ${changes} changes, ${failedChanges} of them refused or too late`,
  )
  say(`events disturbed: ${disturbed}`)
  return { tally, kinds, rounds }
}

/** After a round that broke off: everything that a fault may have left lying runs again. */
async function bringBack(world: World, population: Population): Promise<Error | undefined> {
  try {
    await population.rest()
    world.browser?.thaw()
    for (const proxy of world.proxies) await proxy.accept()
    const { redis, postgres } = world.cluster
    await redis.kill()
    await redis.start()
    await postgres.start()
    for (const server of world.servers) {
      server.thaw()
      if (!server.isAlive()) await server.restart()
    }
    await world.browser?.recover()
    await world.trunks?.mainAgain()
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Each call that a telephone saw taken has one whole record: a beginning, an end, and every number between. */
async function closeBooks(world: World, population: Population, tally: Tally): Promise<void> {
  const read = () => readLedger(world.cluster.databaseUrl)
  const isWhole = (calls: readonly LedgerCheck[]) =>
    calls.every(({ hasEnd }) => hasEnd) &&
    [...population.taken].every(id => calls.some(({ sipCallId }) => sipCallId === id))
  // What is not whole after the limit is counted below.
  await until('the books', async () => isWhole(await read()), BOOKS_MS, 1000).catch(() => undefined)
  const calls = await read()
  for (const id of population.taken) {
    const found = calls.filter(({ sipCallId }) => sipCallId === id)
    const why = found.length !== 1 ? `${found.length} records` : 'no end'
    tally.count('record', found.length === 1 && found[0]?.hasEnd === true, `${id}: ${why}`)
  }
  for (const { callId, missing, twoOffers } of calls) {
    tally.count('facts', missing === 0, `${callId}: ${missing} facts missing`)
    tally.count('one offer', !twoOffers, `${callId}: offered to two agents at once`)
  }
}
