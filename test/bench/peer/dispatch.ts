// From "there is an agent and a caller" to the INVITE at the agent's telephone, seen from outside in one process and on one clock. The
// telephone is not picked up: the caller gives up, and everybody is as before.
import { freeSwitchProgram } from '../../fixtures/freeswitch.ts'
import { until } from '../../fixtures/until.ts'
import { openCallcenter } from './callcenter.ts'
import { type DispatchHall, NUMBER, openHotline } from './hall.ts'
import { type Caller, type Callers, openCallers } from './phones.ts'

/** mod_callcenter looks every 100 ms: what happens must not follow its step. */
const STEP_MS = 100
const WAIT_MS = 5_000
const MOST_MISSED = 10
const REHEARSED = 10
const anyMoment = () => new Promise(resolve => setTimeout(resolve, Math.random() * STEP_MS))

export interface Dispatches {
  readonly name: string
  /** A caller waits and no agent is ready; from the order that makes one ready. */
  readonly ready: number[]
  /** All agents are ready; from the caller's INVITE. */
  readonly arrival: number[]
  /** Why a sample did not come about. */
  readonly missed: string[]
}

/** Three halls where there is a FreeSWITCH; one otherwise. They take turns, `rounds` times. */
export async function measureDispatch(options: {
  readonly rounds: number
  readonly ready: number
  readonly arrival: number
}): Promise<Dispatches[]> {
  const halls: DispatchHall[] = []
  const callers = await openCallers()
  try {
    halls.push(await openHotline('server + embedded', true))
    if (freeSwitchProgram !== undefined) {
      const onFreeSwitch = await openHotline('server + FreeSWITCH', false)
      halls.push(onFreeSwitch, await openCallcenter(onFreeSwitch.mediaDir))
    }
    const found = halls.map(({ name }): Dispatches => ({
      name,
      ready: [],
      arrival: [],
      missed: [],
    }))
    // The first round is a rehearsal: code that never ran, lists that are not yet in memory.
    for (let round = 0; round <= options.rounds; round++) {
      const share = (all: number) => (round === 0 ? REHEARSED : Math.ceil(all / options.rounds))
      for (const [index, hall] of halls.entries()) {
        const of = found[index]
        if (!of) continue
        const ready = await sampleOften(of, share(options.ready), await readyToRing(hall, callers))
        const arrival = await sampleOften(
          of,
          share(options.arrival),
          await arrivalToRing(hall, callers),
        )
        if (round === 0) continue
        of.ready.push(...ready)
        of.arrival.push(...arrival)
      }
    }
    return found
  } finally {
    callers.close()
    for (const hall of halls) await hall.close()
  }
}

type Sample = (index: number) => Promise<number>

/** What did not come about is told and counted; a hall that fails again and again ends the bench. */
async function sampleOften(found: Dispatches, count: number, sample: Sample): Promise<number[]> {
  const samples: number[] = []
  for (let index = 0; index < count; index++) {
    try {
      samples.push(await sample(index))
    } catch (error) {
      found.missed.push(error instanceof Error ? error.message : String(error))
      if (found.missed.length > MOST_MISSED)
        throw new Error(`${found.name}: ${found.missed.join('; ')}`)
    }
  }
  return samples
}

/** Whatever happens, the caller gives up. */
async function withCaller<T>(
  callers: Callers,
  port: number,
  use: (caller: Caller) => Promise<T>,
): Promise<T> {
  const caller = await callers.dial(NUMBER, port)
  try {
    return await use(caller)
  } finally {
    caller.hangUp()
  }
}

async function readyToRing(
  { agents, phones, ...hall }: DispatchHall,
  callers: Callers,
): Promise<Sample> {
  for (const agent of agents) await hall.makeRest(agent)
  return async index => {
    const agent = agents[index % agents.length] ?? ''
    const { rung, ms } = await withCaller(callers, hall.sipPort, async () => {
      await until('the caller to wait', async () => (await hall.waiting()) === 1, WAIT_MS, 5)
      await anyMoment()
      const rings = phones.next()
      const fromMs = performance.now()
      const [rung] = await Promise.all([rings, hall.makeReady(agent)])
      return { rung, ms: rung.atMs - fromMs }
    }).finally(() => hall.makeRest(agent))
    await rung.cancelled
    if (rung.agent !== agent) throw new Error(`${rung.agent} rings instead of ${agent}`)
    return ms
  }
}

async function arrivalToRing(
  { agents, phones, ...hall }: DispatchHall,
  callers: Callers,
): Promise<Sample> {
  for (const agent of agents) await hall.makeReady(agent)
  return async () => {
    await anyMoment()
    const rings = phones.next()
    const { rung, ms } = await withCaller(callers, hall.sipPort, async ({ invitedAtMs }) => {
      const rung = await rings
      return { rung, ms: rung.atMs - invitedAtMs }
    })
    await rung.cancelled
    return ms
  }
}
