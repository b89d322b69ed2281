// The embedded switch beside FreeSWITCH in one run on one machine, in blocks that take turns, so that whatever else the machine does hits
// both: what a recorded call costs, how soon a caller is answered, and how soon an agent's phone rings, beside mod_callcenter.
import { freeSwitchProgram } from '../fixtures/freeswitch.ts'
import { percentiles, table } from './figures.ts'
import type { Ports } from './load/callers.ts'
import { startHelper } from './load/child.ts'
import { measureDispatch } from './peer/dispatch.ts'
import { setUp } from './peer/set-up.ts'
import { startSwitches, type PeerSwitch } from './peer/switches.ts'
import { idleCost, talk, type Talks } from './peer/talks.ts'

const STEPS = [10, 30]
const ROUNDS = 2
const IDLE_MS = 3_000
const MEASURE_MS = 6_000
/** Before anything counts: a switch runs for weeks, its first calls on code that never ran are not its figures. */
const REHEARSAL = { steps: [10], measureMs: 2_000 }
/** Pairs that hear each other without a switch: their gaps are the machine's. */
const DIRECT_PAIRS = 5
const RATES = [15, 30]
const CALLS_A_RATE = 500
const LINES = 200
const DISPATCHES = { rounds: 2, ready: 200, arrival: 60 }
/** Callers of each block have numbers of their own. */
const NUMBERS_A_BLOCK = 200

const mean = (values: readonly number[]) =>
  +(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)).toFixed(2)
const ratio = (ours: number, theirs: number | undefined) =>
  theirs ? +(ours / theirs).toFixed(2) : undefined

const PARTS = ['calls', 'set-up', 'dispatch'] as const
type Part = (typeof PARTS)[number]

/** `[calls] [set-up] [dispatch] [--short]`: all three unless said; `--short` is a tenth, to see that it runs. */
export async function run(rest: string[]): Promise<object> {
  const isShort = rest.includes('--short')
  const named = PARTS.filter(part => rest.includes(part))
  const parts = named.length > 0 ? named : PARTS
  if (freeSwitchProgram === undefined)
    console.log('HOTLINE_TEST_FREESWITCH is not set: the embedded switch alone.')
  const both = parts.some(part => part !== 'dispatch') ? await compareSwitches(parts, isShort) : {}
  return {
    short: isShort,
    ...both,
    ...(parts.includes('dispatch') && { dispatch: await compareDispatch(isShort) }),
  }
}

async function compareSwitches(parts: readonly Part[], isShort: boolean): Promise<object> {
  const load = startHelper('./callers.ts')
  const short = startHelper('./short-calls.ts')
  const switches: PeerSwitch[] = []
  try {
    switches.push(...(await startSwitches(LINES)))
    const talks = parts.includes('calls') && (await compareTalks(switches, load, isShort))
    const setUps = parts.includes('set-up') && (await compareSetUps(switches, short, isShort))
    return { ...(talks && { talks }), ...(setUps && { setUps }) }
  } finally {
    await Promise.all([load.end(), short.end()])
    for (const peer of switches) await peer.end()
  }
}

async function compareTalks(
  switches: readonly PeerSwitch[],
  load: ReturnType<typeof startHelper>,
  isShort: boolean,
) {
  const { calledPort } = await load.ask<Ports>('ports')
  await load.ask('direct', { pairs: DIRECT_PAIRS })
  const idle = new Map<string, number>()
  let first = 0
  for (const peer of switches) {
    await talk(peer, load, { ...REHEARSAL, first, calledPort, idleMsPerSecond: 0 })
    first += NUMBERS_A_BLOCK
  }
  for (const peer of switches) idle.set(peer.name, await idleCost(peer, isShort ? 1000 : IDLE_MS))
  const blocks: Talks[] = []
  const recordings: Record<string, number> = {}
  const faults: string[] = []
  for (let round = 0; round < (isShort ? 1 : ROUNDS); round++) {
    for (const peer of switches) {
      const block = await talk(peer, load, {
        steps: STEPS,
        first,
        calledPort,
        idleMsPerSecond: idle.get(peer.name) ?? 0,
        measureMs: isShort ? 1000 : MEASURE_MS,
      })
      first += NUMBERS_A_BLOCK
      blocks.push(...block.rows)
      recordings[peer.name] = (recordings[peer.name] ?? 0) + block.recordings
      faults.push(...block.faults.map(fault => `${peer.name}: ${fault}`))
    }
  }
  console.log(
    `\nRecorded two-way calls, block by block\n${table(blocks.map(block => ({ ...block })))}`,
  )
  const cost = (name: string, calls: number) =>
    mean(
      blocks
        .filter(block => block.switch === name && block.calls === calls)
        .map(block => block.cpuMsPerSecondPerCall),
    )
  const sum = STEPS.map(calls => ({
    calls,
    embeddedCpuMs: cost('embedded', calls),
    ...(switches.length > 1 && {
      freeSwitchCpuMs: cost('FreeSWITCH', calls),
      timesFreeSwitch: ratio(cost('embedded', calls), cost('FreeSWITCH', calls)),
    }),
  }))
  console.log(`\nCPU ms a second for each recorded call\n${table(sum)}`)
  return {
    sum,
    idleCpuMsPerSecond: Object.fromEntries([...idle].map(([name, ms]) => [name, +ms.toFixed(1)])),
    recordings,
    faults,
    blocks,
  }
}

async function compareSetUps(
  switches: readonly PeerSwitch[],
  short: ReturnType<typeof startHelper>,
  isShort: boolean,
) {
  const samples = new Map<string, number[]>()
  const refused: string[] = []
  const count = isShort ? 25 : CALLS_A_RATE / ROUNDS
  let first = 0
  const key = (name: string, perSecond: number) => `${name} ${perSecond}`
  for (let round = 0; round < ROUNDS; round++) {
    for (const perSecond of RATES) {
      for (const peer of switches) {
        const found = await setUp(peer, short, { count, perSecond, first })
        first += count
        const name = key(peer.name, perSecond)
        samples.set(name, [...(samples.get(name) ?? []), ...found.answeredMs])
        refused.push(...[...found.refused, ...found.faults].map(one => `${peer.name}: ${one}`))
      }
    }
  }
  const rows = RATES.map(perSecond => {
    const [ours, theirs] = ['embedded', 'FreeSWITCH'].map(name => {
      const found = samples.get(key(name, perSecond))
      return found && { calls: found.length, ...percentiles(found) }
    })
    return {
      perSecond,
      embeddedCalls: ours?.calls ?? 0,
      embeddedP50Ms: ours?.p50 ?? 0,
      embeddedP99Ms: ours?.p99 ?? 0,
      ...(theirs && {
        freeSwitchCalls: theirs.calls,
        freeSwitchP50Ms: theirs.p50,
        freeSwitchP99Ms: theirs.p99,
        p50TimesFreeSwitch: ratio(ours?.p50 ?? 0, theirs.p50),
        p99TimesFreeSwitch: ratio(ours?.p99 ?? 0, theirs.p99),
      }),
    }
  })
  console.log(`\nINVITE → 200\n${table(rows)}`)
  return { rows, refused }
}

async function compareDispatch(isShort: boolean) {
  const found = await measureDispatch(isShort ? { rounds: 1, ready: 10, arrival: 10 } : DISPATCHES)
  const rows = found.map(({ name, ready, arrival, missed }) => {
    const [whenReady, onArrival] = [percentiles(ready), percentiles(arrival)]
    return {
      routing: name,
      ready: ready.length,
      readyP50Ms: whenReady.p50,
      readyP99Ms: whenReady.p99,
      readyMaxMs: whenReady.max,
      arrivals: arrival.length,
      arrivalP50Ms: onArrival.p50,
      arrivalP99Ms: onArrival.p99,
      arrivalMaxMs: onArrival.max,
      missed: missed.length,
    }
  })
  const peer = rows.find(({ routing }) => routing === 'mod_callcenter')
  const ratios = peer
    ? rows
        .filter(row => row !== peer)
        .map(row => ({
          routing: row.routing,
          readyP50TimesPeer: ratio(row.readyP50Ms, peer.readyP50Ms),
          readyP99TimesPeer: ratio(row.readyP99Ms, peer.readyP99Ms),
          arrivalP50TimesPeer: ratio(row.arrivalP50Ms, peer.arrivalP50Ms),
          arrivalP99TimesPeer: ratio(row.arrivalP99Ms, peer.arrivalP99Ms),
        }))
    : []
  console.log(`\nAn agent and a caller → INVITE at the telephone\n${table(rows)}`)
  if (ratios.length > 0) console.log(`\nTimes mod_callcenter\n${table(ratios)}`)
  return {
    rows,
    ratios,
    missed: found.flatMap(({ name, missed }) => missed.map(one => `${name}: ${one}`)),
  }
}
