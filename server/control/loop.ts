// The edge of the control loop: runs turns, writes what they changed as one, then lets the world have the effects.
import { randomUUID } from 'node:crypto'
import type { AgentId, CallId } from '../../telephony/call/id.ts'
import { playId } from '../../telephony/call/id.ts'
import type { Telephony } from '../../telephony/index.ts'
import { Refusal } from '../errors.ts'
import type { Fact } from '../ledger/fact.ts'
import { LeaseLost } from '../store/index.ts'
import type { FloorStore } from '../store/port.ts'
import type { Figures } from './figures.ts'
import type { Hearing } from './hearing.ts'
import { createMailbox } from './mailbox.ts'
import type { Mandate } from './port.ts'
import { route } from './route.ts'
import { step, type Input } from './step.ts'
import { createTimers, TIMER_NAMES } from './timers.ts'
import type { TrialReader } from './trial-window.ts'
import type { TrunkBook } from './trunk-book.ts'
import { Turn, type Effect, type Floor, type SettingsIndex, type Sound } from './turn.ts'

export interface Log {
  info(o: object, m: string): void
  warn(o: object, m: string): void
  error(o: object, m: string): void
}

export interface LoopDeps {
  readonly floor: Floor
  readonly store: FloorStore
  readonly telephonies: ReadonlyMap<string, Telephony>
  /** Files for what is to be heard, in order. */
  readonly filesFor: (
    sounds: readonly Sound[],
    variables: Readonly<Record<string, string>>,
  ) => Promise<readonly string[]>
  /** Our media folder; recordings lie below it. */
  readonly mediaFolder: string
  readonly today: Pick<Figures, 'add' | 'handleOf'>
  readonly mandate: Mandate
  readonly trunks: TrunkBook
  readonly trials: TrialReader
  readonly hearing: Hearing
  readonly onFact: (fact: Fact) => void
  readonly settings: () => SettingsIndex
  readonly now: () => number
  /** After each turn: what desktops may have to see. */
  readonly onChanged: (calls: ReadonlySet<CallId>, agents: ReadonlySet<AgentId>) => void
  readonly onLeaseLost: () => void
  readonly onFault: (error: unknown, about: string) => void
  readonly log: Log
}

export interface Loop {
  input(input: Input): void
  /** Runs a request as a turn. @throws {Refusal} and changes nothing, when it can't be done. */
  ask<T>(work: (turn: Turn) => T): Promise<T>
  /** False: no new offers are made (the store is away, or we are closing). */
  setRouting(on: boolean): void
  stop(): void
  idle(): Promise<void>
}

export function createLoop(deps: LoopDeps): Loop {
  const { floor, store, log } = deps
  const timers = createTimers(deps.now)
  const mailbox = createMailbox<string>((callId, error) => deps.onFault(error, callId))
  let routing = true
  let stopped = false

  const newTurn = () =>
    new Turn({
      floor,
      settings: deps.settings(),
      at: deps.now(),
      newId: randomUUID,
      handleOf: queue => deps.today.handleOf(queue),
      trunks: deps.trunks,
      trials: deps.trials,
      hears: deps.hearing.isOpen(),
    })

  function run<T>(work: (turn: Turn) => T): { result: T; written: Promise<void> } {
    const turn = newTurn()
    let result: T
    try {
      result = work(turn)
    } catch (error) {
      turn.undo()
      throw error
    }
    const written = settle(turn)
    decideAgain()
    return { result, written }
  }

  /** Routing takes a turn of its own: a fault in it undoes no input of anybody. */
  function decideAgain(): void {
    if (!routing || !deps.mandate.mayAct()) return
    const turn = newTurn()
    try {
      timers.set('route', route(turn), () => loop.input({ type: 'time-passed' }))
    } catch (error) {
      turn.undo()
      return deps.onFault(error, 'routing')
    }
    settle(turn).catch((error: unknown) => deps.onFault(error, 'write'))
  }

  /** What a turn changed is kept, written, and let out into the world. */
  function settle(turn: Turn): Promise<void> {
    for (const fact of turn.facts) {
      deps.today.add(fact)
      deps.onFact(fact)
    }
    for (const news of turn.trunkNews) deps.trunks.note(news)
    armTimers(turn)
    const written = write(turn)
    dispatch(turn.effects, written)
    if (turn.touchedCalls.size + turn.touchedAgents.size > 0)
      deps.onChanged(turn.touchedCalls, turn.touchedAgents)
    return written
  }

  function write(turn: Turn): Promise<void> {
    const set: Record<string, string> = {}
    const remove: string[] = []
    for (const id of turn.touchedCalls) {
      const call = floor.calls.get(id)
      if (call) set[`call/${id}`] = JSON.stringify(call)
      else remove.push(`call/${id}`)
    }
    for (const id of turn.touchedAgents) {
      const agent = floor.agents.get(id)
      if (agent) set[`agent/${id}`] = JSON.stringify(agent)
    }
    if (turn.facts.length === 0 && remove.length === 0 && Object.keys(set).length === 0)
      return Promise.resolve()
    return store.commit({ facts: turn.facts, set, remove }).catch((error: unknown) => {
      if (error instanceof LeaseLost) {
        loop.stop()
        deps.onLeaseLost()
        throw new Refusal('SWITCH_AWAY', 503, 'another server has taken over')
      }
      // Kept by the store and written when it is back; calls go on meanwhile (design decision 5).
      log.warn({ facts: turn.facts.length }, 'floor change waits for the store')
    })
  }

  /** Effects of one call keep their order; they wait for the facts that explain them. */
  function dispatch(effects: readonly Effect[], written: Promise<void>): void {
    const byCall = new Map<string, Effect[]>()
    for (const effect of effects) {
      const key =
        'callId' in effect
          ? effect.callId
          : 'callId' in effect.command
            ? effect.command.callId
            : callOfLeg(effect.command.legId)
      const list = byCall.get(key)
      if (list) list.push(effect)
      else byCall.set(key, [effect])
    }
    for (const [key, list] of byCall) {
      mailbox.post(key, async () => {
        await written
        for (const effect of list) await perform(effect)
      })
    }
  }

  const callOfLeg = (legId: string): string => {
    for (const call of floor.calls.values()) if (call.legs[legId]) return call.id
    return legId
  }

  /** Looked at when a command is sent, not when it was decided: the process may have slept in between. */
  async function maySend(node: string): Promise<boolean> {
    if (stopped) return false
    return deps.mandate.mayAct() || ((await deps.mandate.confirm(node)) && !stopped)
  }

  async function perform(effect: Effect): Promise<void> {
    if (effect.type === 'listen' || effect.type === 'stop-listening')
      return deps.hearing.perform(effect)
    const telephony = deps.telephonies.get(effect.node)
    if (!telephony || !(await maySend(effect.node))) return
    if (effect.type === 'command') {
      const { command } = effect
      // One connection keeps the order; waiting for each reply would add a round trip to every offer.
      void telephony.perform(
        'path' in command ? { ...command, path: `${deps.mediaFolder}/${command.path}` } : command,
      )
      return
    }
    try {
      const files = await deps.filesFor(effect.sounds, effect.variables)
      // While the prompt was made, something else may have begun to play.
      const current = floor.calls.get(effect.callId)?.play
      if (
        effect.sounds.length > 0 &&
        current &&
        current.id !== effect.playId &&
        effect.legId === floor.calls.get(effect.callId)?.customerLegId
      )
        return
      if (!(await maySend(effect.node))) return
      await telephony.perform({
        type: 'play',
        legId: effect.legId,
        playId: playId(effect.playId),
        files,
        loop: effect.loop,
      })
    } catch (error) {
      log.error({ err: error, callId: effect.callId }, 'prompt could not be made')
      loop.input({
        type: 'event',
        node: effect.node,
        event: {
          type: 'play-ended',
          at: deps.now(),
          callId: effect.callId,
          legId: effect.legId,
          playId: playId(effect.playId),
          outcome: 'failed',
        },
      })
    }
  }

  /** A fault of ours ends that call with a recorded cause; the process and all other calls live on. */
  function endFaulty(input: Input): void {
    const about = input.type === 'event' ? input.event : input
    const callId = 'callId' in about ? about.callId : undefined
    const call = callId === undefined ? undefined : floor.calls.get(callId)
    if (!call || (input.type === 'event' && input.event.type === 'leg-ended')) return
    for (const leg of Object.values(call.legs)) {
      dispatch(
        [
          {
            type: 'command',
            node: call.node,
            command: { type: 'hang-up-leg', legId: leg.id, cause: 'failed' },
          },
        ],
        Promise.resolve(),
      )
    }
  }

  function armTimers(turn: Turn): void {
    for (const id of turn.touchedCalls) {
      const due = floor.calls.get(id)?.timers ?? {}
      for (const name of TIMER_NAMES) {
        timers.set(`${id}/${name}`, due[name], () =>
          loop.input({ type: 'call-timer', callId: id, name }),
        )
      }
    }
    for (const id of turn.touchedAgents) {
      timers.set(`agent/${id}`, floor.agents.get(id)?.wrapUpUntil, () =>
        loop.input({ type: 'wrap-up-over', agentId: id }),
      )
    }
  }

  const loop: Loop = {
    input(input) {
      if (stopped) return
      try {
        run(turn => step(turn, input)).written.catch((error: unknown) =>
          deps.onFault(error, 'write'),
        )
      } catch (error) {
        deps.onFault(error, input.type)
        endFaulty(input)
      }
    },
    async ask(work) {
      if (stopped) throw new Refusal('SWITCH_AWAY', 503, 'this server is stopping')
      const { result, written } = run(work)
      await written
      return result
    },
    setRouting(on) {
      routing = on
      if (on) loop.input({ type: 'time-passed' })
    },
    stop() {
      stopped = true
      deps.hearing.close()
      timers.clearAll()
    },
    idle: () => mailbox.idle(),
  }
  return loop
}
