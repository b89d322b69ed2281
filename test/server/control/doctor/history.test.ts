// Hundreds of random histories in which events are lost, doubled and out of turn: after the doctor's looks floor and switch agree,
// and nobody who talked was cut off by it.
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { agentId } from '../../../../telephony/call/id.ts'
import type { LiveAgent, LiveCall } from '../../../../server/control/state.ts'
import { actor, createControlTwin, faults } from '../../../fixtures/control-twin.ts'
import { chanceOf } from '../../../fixtures/esl-proxy.ts'
import { createModelSwitch, type Gate, type ModelSwitch } from '../../../fixtures/model-switch.ts'

t.setTimeout(300_000)

const AGENTS = ['1001', '1002', '2001'].map(agentId)
const STEP_MS = 100
const LOOK_STEPS = 10

interface History {
  readonly seed: number
  /** Share of events that are lost, doubled or late, each. */
  readonly share: number
  /** Share of commands that are lost. */
  readonly lostCommands: number
}
interface Outcome {
  readonly wrong: readonly string[]
  readonly repairs: Readonly<Record<string, number>>
  readonly talks: number
  /** Talks that ended though neither side hung up. */
  readonly harmed: readonly string[]
}

const gateOf = (chance: () => number, share: number): Gate => {
  let waiting: (() => void)[] = []
  return (event, pass) => {
    const which = chance() / share
    if (which < 1) return
    const overtaken = waiting
    waiting = []
    if (which < 3 && which >= 2) waiting.push(() => pass(event))
    else pass(event)
    if (which < 2) pass(event)
    for (const late of overtaken) late()
  }
}

/** What differs between floor and switch at a quiet moment. */
function differences(
  calls: readonly LiveCall[],
  agents: readonly LiveAgent[],
  model: ModelSwitch,
): string[] {
  const wrong: string[] = []
  const held = new Set<string>()
  for (const call of calls) {
    if (call.stage.state === 'ended') continue
    for (const leg of Object.values(call.legs)) {
      held.add(leg.id)
      const real = model.legs.get(leg.id)
      if (!real) wrong.push(`${call.id} holds ${leg.id}, which is gone`)
      else if (leg.bridgedTo !== real.bridgedTo)
        wrong.push(`${leg.id} is joined with ${real.bridgedTo}, not ${leg.bridgedTo}`)
      else if ((leg.state === 'answered') !== (real.state === 'answered'))
        wrong.push(`${leg.id} is ${real.state}, not ${leg.state}`)
    }
    const customer = call.customerLegId && model.legs.get(call.customerLegId)
    const { stage } = call
    if (stage.state === 'offered') wrong.push(`${call.id} was never claimed`)
    if (stage.state === 'queued' && customer && !customer.play && !customer.bridgedTo)
      wrong.push(`${call.id} waits in silence`)
    if (
      stage.state === 'talking' &&
      stage.lostUntil === undefined &&
      customer &&
      !customer.bridgedTo
    )
      wrong.push(`${call.id} talks to nobody`)
  }
  for (const id of model.legs.keys()) if (!held.has(id)) wrong.push(`nobody knows ${id}`)
  for (const agent of agents) {
    const own = [...model.legs.values()].filter(leg => leg.agent === agent.id)
    const isOnCall = ['ringing', 'talking', 'on-hold', 'reserved'].includes(agent.state)
    if (own.length > 1) wrong.push(`${agent.id} has ${own.length} legs`)
    const call = calls.find(({ id }) => id === agent.callId)
    const isKept = call?.stage.state === 'talking' && call.stage.lostUntil !== undefined
    if (isOnCall !== own.length > 0 && !isKept)
      wrong.push(`${agent.id} is ${agent.state} with ${own.length} legs`)
    // A phone that failed to ring is doubted until its agent is back.
    const isDoubted = agent.state === 'busy' && agent.reason === 'phone-lost'
    if ((agent.phone === 'registered') !== model.phones.has(agent.id) && !isDoubted)
      wrong.push(`${agent.id}'s phone is ${agent.phone}`)
  }
  return wrong
}

async function live({ seed, share, lostCommands }: History): Promise<Outcome> {
  const chance = chanceOf(seed)
  const model = createModelSwitch()
  const twin = await createControlTwin({ telephony: model.telephony })
  const settled = () => new Promise<void>(resolve => setImmediate(resolve))
  let steps = 0
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= STEP_MS) {
      mock.timers.tick(STEP_MS)
      await settled()
      if (++steps % LOOK_STEPS === 0) model.look()
    }
  }
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(chance() * list.length)]
  /** Who hung up themselves; any other end of a talk is harm. */
  const left = new Set<string>()
  const harmed: string[] = []
  let talks = 0
  const watch = (event: {
    type: string
    legId?: string
    otherLegId?: string
    endedBy?: string
  }) => {
    if (event.type === 'legs-bridged') talks++
  }
  const { perform } = model.telephony
  Object.assign(model.telephony, {
    perform: async (command: Parameters<typeof perform>[0]) => {
      const leg = model.legs.get(command.legId)
      const other = leg?.bridgedTo
      if (
        command.type === 'hang-up-leg' &&
        other !== undefined &&
        !left.has(other) &&
        !left.has(command.legId)
      )
        harmed.push(`${command.legId} was cut off while it talked to ${other}`)
      await perform(command)
    },
  })
  model.manner = () => ({ afterMs: 200 + chance() * 3000, answers: chance() < 0.85 })
  for (const agent of AGENTS) model.register(agent, true)
  const comeBack = async () => {
    for (const agent of AGENTS) {
      const { state } = twin.control.agents().find(({ id }) => id === agent)!
      if (state === 'signed-out' || state === 'busy' || state === 'wrap-up')
        await twin.control.setAgentState(agent, 'idle', undefined, actor(agent))
    }
  }
  await comeBack()

  const gate = gateOf(chance, share)
  model.loses = () => chance() < lostCommands
  model.gate = (event, through) => {
    watch(event)
    gate(event, through)
  }
  let callers = 0
  for (let turns = 0; turns < 60; turns++) {
    await pass(500 + Math.floor(chance() * 20) * STEP_MS)
    const what = chance()
    const legs = [...model.legs.values()]
    const inbound = legs.filter(leg => leg.direction === 'inbound')
    if (what < 0.4 && inbound.length < 6) model.ring(`caller-${seed}-${++callers}`, '13800001111')
    else if (what < 0.65) {
      const leg = pick(inbound)
      if (leg) model.press(leg.id, '1')
    } else if (what < 0.8) {
      const leg = pick(legs)
      if (leg && chance() < 0.7) {
        left.add(leg.id)
        model.hangUp(leg.id)
      }
    } else if (what < 0.85) {
      const agent = pick(AGENTS)
      if (agent) model.register(agent, !model.phones.has(agent))
    } else if (what < 0.9) {
      const call = twin.control.agents().find(({ state }) => state === 'talking')
      if (call?.callId)
        await twin.control
          .verb(call.callId as never, 'hold', {}, actor(call.id))
          .catch(() => undefined) // Held already, or over: the history goes on.
    } else await comeBack()
  }
  // Nothing more goes wrong and nobody moves; what is under way comes to rest, and the doctor looks.
  model.gate = (event, through) => through(event)
  model.manner = () => null
  model.loses = () => false
  for (const agent of AGENTS) if (!model.phones.has(agent)) model.register(agent, true)
  await pass(10_000)
  const entries = [...(await twin.store.load())]
  const ofKind = <T>(kind: string) =>
    entries.filter(([key]) => key.startsWith(kind)).map(([, json]) => JSON.parse(json) as T)
  const wrong = differences(ofKind<LiveCall>('call/'), ofKind<LiveAgent>('agent/'), model)
  const repairs = Object.fromEntries(
    twin.store
      .facts()
      .filter(fact => fact.type === 'state-repaired')
      .reduce((counts, { data }) => {
        const { cause } = data as { cause: string }
        return counts.set(cause, (counts.get(cause) ?? 0) + 1)
      }, new Map<string, number>()),
  )
  await twin.close()
  return { wrong, repairs, talks, harmed }
}
const run = async (
  t: Test,
  histories: number,
  { share = 0, lostCommands = 0 }: Partial<History>,
): Promise<ReadonlyMap<string, number>> => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_766_360_000_000 })
  t.teardown(() => mock.timers.reset())
  const total = new Map<string, number>()
  let talks = 0
  for (let seed = 1; seed <= histories; seed++) {
    const outcome = await live({ seed, share, lostCommands })
    talks += outcome.talks
    for (const [cause, count] of Object.entries(outcome.repairs))
      total.set(cause, (total.get(cause) ?? 0) + count)
    if (outcome.wrong.length > 0) t.fail(`seed ${seed}: ${outcome.wrong.join('; ')}`)
    if (outcome.harmed.length > 0) t.fail(`seed ${seed}: ${outcome.harmed.join('; ')}`)
  }
  t.same(faults.splice(0), [], 'no fault in the loop')
  t.ok(talks > histories, `${talks} talks in ${histories} histories`)
  t.comment(`repairs: ${JSON.stringify(Object.fromEntries([...total].sort()))}`)
  return total
}

t.test('nothing is lost: the doctor finds nothing', async t => {
  const repairs = await run(t, 30, {})
  t.same([...repairs], [], 'nothing was repaired where nothing was wrong')
})
t.test('one event in a hundred is lost, doubled, or late', async t => {
  const repairs = await run(t, 60, { share: 0.01 })
  t.ok(repairs.size > 3, 'what was wrong was repaired')
})
t.test('one event in ten', async t => {
  const repairs = await run(t, 60, { share: 0.1 })
  t.ok(repairs.size > 6, 'what was wrong was repaired')
})
t.test('commands are lost as well', async t => {
  const repairs = await run(t, 60, { share: 0.02, lostCommands: 0.03 })
  t.ok(repairs.size > 6, 'what was wrong was repaired')
})
