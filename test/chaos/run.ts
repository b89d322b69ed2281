// A run: the world, its people, faults one after another, and at the end the books.
import type { Test } from 'tap'
import { chanceOf } from '../fixtures/esl-proxy.ts'
import { watchStalls } from '../fixtures/rtp-caller.ts'
import { until } from '../fixtures/until.ts'
import { type LedgerCheck, readLedger } from './check.ts'
import type { Fault } from './faults.ts'
import { type Population, populate } from './population.ts'
import { createProbe } from './probe.ts'
import { playRound } from './round.ts'
import { createTally, type Tally } from './tally.ts'
import { openWorld, type World } from './world.ts'

export interface RunOptions {
  readonly seed: number
  readonly agents: readonly string[]
  /** The faults in their order. */
  readonly faults: readonly Fault[]
  readonly say: (line: string) => void
}

/** Calls change for a random while between these before each fault. */
const STIR_MS = { least: 1500, most: 4500 }
const BOOKS_MS = 60_000

export async function runChaos(t: Test, options: RunOptions): Promise<Tally> {
  const { seed, agents, faults, say } = options
  const chance = chanceOf(seed)
  const tally = createTally()
  const world = await openWorld(t, seed)
  const watch = watchStalls()
  t.teardown(() => watch.close())
  const [own = '1001', ...others] = agents
  const probe = await createProbe(world.hall, await world.hall.phone(own, 2200))
  const population = await populate(world.hall, others, chance)
  say(`seed ${seed}, ${others.length + 1} agents, ${faults.length} faults`)
  for (const [index, fault] of faults.entries()) {
    const beforeMs = STIR_MS.least + chance() * (STIR_MS.most - STIR_MS.least)
    const sayOf = (line: string) => say(`${index + 1}/${faults.length} ${line}`)
    const deps = { world, population, probe, tally, stalls: watch.stalls, say: sayOf }
    await playRound(deps, fault, beforeMs)
  }
  await probe.end()
  await population.endAll()
  await closeBooks(world, population, tally)
  const { dialled, refused, changes, failedChanges } = population.counts
  const disturbed = (['drop', 'repeat', 'reorder'] as const)
    .map(kind => `${kind} ${world.proxies.reduce((sum, proxy) => sum + proxy.count(kind), 0)}`)
    .join(', ')
  say(
    `${dialled} calls dialled, ${refused} refused, ${changes} changes, ${failedChanges} of them refused or too late`,
  )
  say(`events disturbed: ${disturbed}`)
  return tally
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
