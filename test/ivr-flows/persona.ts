// Callers as they are, played through a flow in virtual time. The same seed gives the same people.
import {
  enterFlow,
  PERSON,
  stepFlow,
  type Flow,
  type FlowAction,
  type FlowContext,
  type FlowInput,
  type FlowPosition,
} from '../../ivr-flows/index.ts'

export type Random = () => number

/** Mulberry32: small, seeded, good enough for people. */
export function createRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What a person does at a question; times are ms after it begins to be asked. */
export type Deed =
  | { readonly afterMs: number; readonly key: string }
  /** `phrase` undefined: the recogniser makes nothing of it. */
  | { readonly afterMs: number; readonly speechMs: number; readonly phrase: string | undefined }

export interface Persona {
  readonly name: string
  readonly struggles: boolean
  readonly isElder?: boolean
  /** The question that gives trouble; absent: the first. */
  readonly troubleAt?: string
  /** At each question anew; `spokenMs` is how long it takes to ask it. */
  answer(
    asked: { readonly node: string; readonly spokenMs: number; readonly time: number },
    random: Random,
  ): readonly Deed[]
}

export interface Outcome {
  readonly persona: Persona
  /** When a queue was reached, ms since the flow began; undefined: the flow ended otherwise. */
  readonly queuedMs?: number
  /** When the question that gives trouble began to be asked. */
  readonly troubledMs: number
  readonly lane?: string
}

const MS_A_CHARACTER = 210
const ENGINE_MS = 600
const LONGEST_MS = 300_000

export function live(flow: Flow, persona: Persona, random: Random): Outcome {
  let now = 0
  let order = 0
  const due: { at: number; order: number; input: FlowInput; of: number }[] = []
  /** Kinds of waits that a later one replaces: prompt, timer, the person's own plan. */
  const current = { prompt: 0, timer: 0, plan: 0, ears: 0 }
  let isListening = false
  let queuedMs: number | undefined
  let troubledMs: number | undefined
  let lane: string | undefined
  let isOver = false
  let times = 0
  const context = (): FlowContext => ({
    at: now,
    openingOf: () => ({ state: 'open', rule: 'test' }),
    hears: true,
    isElder: persona.isElder === true,
  })
  const later = (ms: number, input: FlowInput, of: number) =>
    due.push({ at: now + ms, order: (order += 1), input, of })

  let position: FlowPosition

  function plan(node: string, spokenMs: number) {
    current.plan = order += 1
    times += 1
    const kind = flow.nodes[node]?.kind
    if (kind !== 'intent' && kind !== 'menu' && kind !== 'gather' && kind !== 'listen') return
    if (persona.troubleAt === undefined || persona.troubleAt === node) troubledMs ??= now
    for (const deed of persona.answer({ node, spokenMs, time: times }, random)) {
      if ('key' in deed) later(deed.afterMs, { type: 'digit', digit: deed.key }, current.plan)
      else {
        later(deed.afterMs, { type: 'speech-began' }, current.plan)
        const { phrase } = deed
        later(
          deed.afterMs + deed.speechMs + 700 + ENGINE_MS,
          phrase === undefined
            ? { type: 'not-understood' }
            : { type: 'understood', text: phrase === PERSON ? '人工' : phrase, phrase },
          current.plan,
        )
      }
    }
  }

  function act(action: FlowAction) {
    switch (action.type) {
      case 'answer':
        return void later(50, { type: 'leg-answered' }, 0)
      case 'speak': {
        const characters = action.prompts.reduce(
          (sum, prompt) => sum + ('say' in prompt ? prompt.say.length : 10),
          0,
        )
        current.prompt = order += 1
        later(
          characters * MS_A_CHARACTER,
          { type: 'prompt-ended', outcome: 'finished' },
          current.prompt,
        )
        return plan(position.node, characters * MS_A_CHARACTER)
      }
      case 'stop-speaking':
        return void (current.prompt = order += 1)
      case 'start-timer':
        current.timer = order += 1
        return void later(action.afterMs, { type: 'timed-out' }, current.timer)
      case 'stop-timer':
        return void (current.timer = order += 1)
      case 'start-listening':
        return void (isListening = true)
      case 'stop-listening':
        return void (isListening = false)
      case 'enqueue':
        queuedMs = now
        return void (isOver = true)
      case 'hang-up':
      case 'record-message':
        return void (isOver = true)
      case 'note':
        if (action.fact === 'fast-lane-taken') lane = String(action.data['reason'])
    }
  }

  const isCurrent = ({ input, of }: (typeof due)[number]): boolean => {
    switch (input.type) {
      case 'prompt-ended':
        return of === current.prompt
      case 'timed-out':
        return of === current.timer
      case 'speech-began':
      case 'understood':
      case 'not-understood':
        return of === current.plan && isListening
      case 'digit':
        return of === current.plan
      default:
        return true
    }
  }

  const take = ({
    position: next,
    actions,
  }: {
    position: FlowPosition
    actions: readonly FlowAction[]
  }) => {
    position = next
    for (const action of actions) act(action)
  }
  const begun = enterFlow(flow, {}, context())
  position = begun.position
  take(begun)
  while (!isOver && now < LONGEST_MS) {
    due.sort((a, b) => a.at - b.at || a.order - b.order)
    const event = due.shift()
    if (!event) break
    now = event.at
    if (!isCurrent(event)) continue
    take(stepFlow(flow, position, event.input, context()))
  }
  return {
    persona,
    troubledMs: troubledMs ?? now,
    ...(queuedMs !== undefined && { queuedMs }),
    ...(lane !== undefined && { lane }),
  }
}
