// One turn of the loop: an input comes in, functions read and replace entries, and what the world shall do is collected.
// Nothing here touches the world; the loop writes facts and entries as one, then sends the commands.
import { legId, playId, type AgentId, type CallId, type LegId } from '../../telephony/call/id.ts'
import type { CallCommand } from '../../telephony/call/command.ts'
import type { Prompt } from '../../ivr-flows/node.ts'
import type { AgentConfig, QueueConfig } from '../api/schema.ts'
import type { Fact, FactData, FactType } from '../ledger/fact.ts'
import type { ListenRequest, Settings } from './port.ts'
import type { LiveAgent, LiveCall } from './state.ts'
import type { TrialReader } from './trial-window.ts'
import type { TrunkNews, TrunkReader } from './trunk-book.ts'

/** What plays: prompts become files at the edge, `tone` and `music` are files already. */
export type Sound = Prompt | { readonly tone: string } | { readonly music: true }

export type Effect =
  | { readonly type: 'command'; readonly node: string; readonly command: CallCommand }
  | {
      readonly type: 'speak'
      readonly node: string
      readonly callId: CallId
      readonly legId: LegId
      readonly playId: string
      readonly sounds: readonly Sound[]
      readonly loop: boolean
      readonly variables: Readonly<Record<string, string>>
    }
  | {
      readonly type: 'listen'
      readonly callId: CallId
      readonly listeningId: string
      readonly request: ListenRequest
    }
  | { readonly type: 'stop-listening'; readonly callId: CallId; readonly listeningId: string }

/** Settings as the turn wants them: looked up by id. */
export interface SettingsIndex extends Settings {
  readonly queueById: ReadonlyMap<string, QueueConfig>
  readonly agentById: ReadonlyMap<string, AgentConfig>
  readonly elderNumbers: ReadonlySet<string>
}

export const toIndex = (settings: Settings): SettingsIndex => ({
  ...settings,
  queueById: new Map(settings.queues.map(queue => [queue.id, queue])),
  agentById: new Map(settings.agents.map(agent => [agent.id, agent])),
  elderNumbers: new Set(settings.elders),
})

export interface Floor {
  readonly calls: Map<CallId, LiveCall>
  readonly agents: Map<AgentId, LiveAgent>
}

export interface TurnOptions {
  readonly floor: Floor
  readonly settings: SettingsIndex
  readonly at: number
  /** A fresh UUID. */
  readonly newId: () => string
  /** Mean handle time by group, for the wait promise. */
  readonly handleOf: (queue: string) => { readonly meanMs: number; readonly count: number }
  readonly trunks: TrunkReader
  readonly trials: TrialReader
  /** Whether flows can have speech understood. */
  readonly hears: boolean
}

export class Turn {
  readonly at: number
  readonly settings: SettingsIndex
  readonly facts: Fact[] = []
  readonly effects: Effect[] = []
  readonly touchedCalls = new Set<CallId>()
  readonly touchedAgents = new Set<AgentId>()
  readonly handleOf: TurnOptions['handleOf']
  readonly trunks: TrunkReader
  readonly trials: TrialReader
  readonly hears: boolean
  /** What this turn has learnt of trunks; kept when the turn is. */
  readonly trunkNews: TrunkNews[] = []
  readonly #floor: Floor
  readonly #newId: () => string
  /** Entries as they were before this turn, so that a fault in it changes nothing. */
  readonly #callsBefore = new Map<CallId, LiveCall | undefined>()
  readonly #agentsBefore = new Map<AgentId, LiveAgent | undefined>()

  constructor(options: TurnOptions) {
    this.at = options.at
    this.settings = options.settings
    this.handleOf = options.handleOf
    this.trunks = options.trunks
    this.trials = options.trials
    this.hears = options.hears
    this.#floor = options.floor
    this.#newId = options.newId
  }

  newLegId = (): LegId => legId(this.#newId())
  newId = (): string => this.#newId()

  calls = (): Iterable<LiveCall> => this.#floor.calls.values()
  agents = (): Iterable<LiveAgent> => this.#floor.agents.values()
  call = (id: CallId): LiveCall | undefined => this.#floor.calls.get(id)
  agent = (id: AgentId): LiveAgent | undefined => this.#floor.agents.get(id)
  get callCount(): number {
    return this.#floor.calls.size
  }

  /** Replaces fields of a call; the call must live. */
  change(id: CallId, fields: Partial<LiveCall>): LiveCall {
    const before = this.#floor.calls.get(id)
    if (!before) throw new Error(`call ${id} is not on the floor`)
    const after = { ...before, ...fields }
    this.#setCall(id, after)
    return after
  }

  begin(call: LiveCall): void {
    this.#setCall(call.id, call)
  }

  forget(id: CallId): void {
    this.#setCall(id, undefined)
  }

  #setCall(id: CallId, call: LiveCall | undefined): void {
    if (!this.#callsBefore.has(id)) this.#callsBefore.set(id, this.#floor.calls.get(id))
    if (call) this.#floor.calls.set(id, call)
    else this.#floor.calls.delete(id)
    this.touchedCalls.add(id)
  }

  #setAgent(id: AgentId, agent: LiveAgent): void {
    if (!this.#agentsBefore.has(id)) this.#agentsBefore.set(id, this.#floor.agents.get(id))
    this.#floor.agents.set(id, agent)
    this.touchedAgents.add(id)
  }

  /** Puts everything back: the input was refused, or met a fault of ours. */
  undo(): void {
    for (const [id, call] of this.#callsBefore) {
      if (call) this.#floor.calls.set(id, call)
      else this.#floor.calls.delete(id)
    }
    for (const [id, agent] of this.#agentsBefore) {
      if (agent) this.#floor.agents.set(id, agent)
      else this.#floor.agents.delete(id)
    }
  }

  /** Replaces fields of an agent; `without` names those that fall away. */
  changeAgent(
    id: AgentId,
    fields: Partial<LiveAgent>,
    ...without: OptionalKey<LiveAgent>[]
  ): LiveAgent {
    const before = this.#floor.agents.get(id)
    if (!before) throw new Error(`agent ${id} is not on the floor`)
    const after = { ...omit(before, ...without), ...fields }
    this.#setAgent(id, after)
    return after
  }

  putAgent(agent: LiveAgent): void {
    this.#setAgent(agent.id, agent)
  }

  /** Writes a fact of a call; its number rises within the call. */
  fact<T extends FactType>(callId: CallId, type: T, data: FactData[T]): void {
    const call = this.change(callId, { seq: (this.call(callId)?.seq ?? 0) + 1 })
    this.facts.push({ subject: callId, seq: call.seq, at: this.at, type, data } as Fact)
  }

  agentFact(id: AgentId, data: FactData['agent-state']): void {
    const agent = this.changeAgent(id, { seq: (this.agent(id)?.seq ?? 0) + 1 })
    this.facts.push({
      subject: `agent:${id}`,
      seq: agent.seq,
      at: this.at,
      type: 'agent-state',
      data,
    })
  }

  /** A fact whose subject lives no longer than itself. */
  loneFact<T extends FactType>(subject: string, type: T, data: FactData[T]): void {
    this.facts.push({ subject, seq: 1, at: this.at, type, data } as Fact)
  }

  command(call: LiveCall, command: CallCommand): void {
    this.effects.push({ type: 'command', node: call.node, command })
  }

  /** Plays to the leg; what played before is stopped. Only the newest play's end is listened to. */
  speak(
    id: CallId,
    leg: LegId,
    sounds: readonly Sound[],
    purpose: NonNullable<LiveCall['play']>['purpose'],
    loop = false,
  ): void {
    const before = this.call(id)
    if (before?.play) this.command(before, { type: 'stop-play', legId: leg })
    const play = playId(this.#newId())
    const call = this.change(id, { play: { id: play, purpose } })
    const variables = { caller: call.caller, callee: call.callee, ...call.flow?.variables }
    this.effects.push({
      type: 'speak',
      node: call.node,
      callId: id,
      legId: leg,
      playId: play,
      sounds,
      loop,
      variables,
    })
  }

  /** Ends what plays, if anything does. */
  hush(id: CallId, leg: LegId): void {
    const call = this.call(id)
    if (!call?.play) return
    this.command(call, { type: 'stop-play', legId: leg })
    this.drop(id, 'play')
  }

  drop(id: CallId, ...keys: OptionalKey<LiveCall>[]): void {
    const call = this.call(id)
    if (!call) return
    this.#setCall(id, omit(call, ...keys))
  }

  setTimer(id: CallId, name: string, dueAt: number): void {
    const call = this.call(id)
    if (call) this.change(id, { timers: { ...call.timers, [name]: dueAt } })
  }

  clearTimer(id: CallId, name: string): void {
    const call = this.call(id)
    if (call && name in call.timers) this.change(id, { timers: omitKey(call.timers, name) })
  }
}

type OptionalKey<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T]

/** A copy without the fields named: exact optional fields are absent, never undefined. */
export function omit<T extends object>(value: T, ...keys: OptionalKey<T>[]): T {
  const copy: T = { ...value }
  for (const key of keys) Reflect.deleteProperty(copy, key)
  return copy
}

/** A copy of a record without one key. */
export const omitKey = <V>(
  record: Readonly<Record<string, V>>,
  key: string,
): Readonly<Record<string, V>> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== key))
