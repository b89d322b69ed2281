// Elder and struggling callers go to a person at once: which signs count, and when there are enough of them.
import type {
  Flow,
  FlowAction,
  FlowContext,
  FlowInput,
  FlowPosition,
  LaneSigns,
  Node,
} from './node.ts'
import { attemptsOf } from './nodes/hearing.ts'
import { asksForPerson, PERSON, PERSON_TEXTS } from './spoken-word.ts'
import type { NodeStep } from './standing.ts'

export type LaneReason = 'failures' | 'asked-for-person' | 'slow-digits' | 'elder'
type Lane = FlowPosition['lane']

const NO_SIGNS: LaneSigns = { failures: 0, slowPauses: 0 }
/** One long pause is a look at the card; a second one is a habit. */
const SLOW_PAUSES = 2
const ASKING: ReadonlySet<Node['kind']> = new Set(['menu', 'gather', 'intent', 'listen'])
const WITH_PERSON: ReadonlySet<Node['kind']> = new Set([
  'queue',
  'transfer',
  'callback',
  'voicemail',
])

/** Who waits for a person, or has left a message for one, is past the machine. */
export const laneAt = (node: Node, lane: Lane): Lane => (WITH_PERSON.has(node.kind) ? 'over' : lane)

export const isLaneOpen = (flow: Flow, lane: Lane): boolean =>
  flow.fastLane !== undefined && lane !== 'over'

/** Known elders are asked nothing. */
export const isElderAsked = (flow: Flow, node: Node, lane: Lane, context: FlowContext): boolean =>
  isLaneOpen(flow, lane) &&
  flow.fastLane?.elders === true &&
  context.isElder === true &&
  ASKING.has(node.kind)

/** What one input and the node's answer to it say about how the caller gets on. */
export function readSigns(
  flow: Flow,
  node: Node,
  position: FlowPosition,
  input: FlowInput,
  step: NodeStep,
  at: number,
): { readonly lane: Lane; readonly reason?: LaneReason } {
  const { fastLane } = flow
  const { lane = NO_SIGNS } = position
  if (fastLane === undefined || lane === 'over' || !ASKING.has(node.kind))
    return { lane: position.lane }
  if (isAskingForPerson(node, input)) return { lane, reason: 'asked-for-person' }
  const hasFailed = isFailure(node, position, step)
  const failures = lane.failures + (hasFailed ? 1 : 0)
  const slowPauses = lane.slowPauses + (isSlow(lane, position, input, at, fastLane) ? 1 : 0)
  const isTyping = input.type === 'digit' && step.type === 'stay' && step.standing.digits !== ''
  const signs: LaneSigns = { failures, slowPauses, ...(isTyping && { keyAt: at }) }
  if (step.type === 'leave' && !hasFailed) return { lane: signs }
  if (failures >= fastLane.failures) return { lane: signs, reason: 'failures' }
  const gaveUpTyping = input.type === 'timed-out' && position.digits !== '' && hasFailed
  if (gaveUpTyping || slowPauses >= SLOW_PAUSES) return { lane: signs, reason: 'slow-digits' }
  return { lane: signs }
}

/** An author's own intent for 人工 goes before the lane. */
function isAskingForPerson(node: Node, input: FlowInput): boolean {
  if (input.type !== 'understood') return false
  const own = node.kind === 'intent' && node.intents.some(({ id }) => id === input.phrase)
  return !own && (input.phrase === PERSON || asksForPerson(input.text))
}

const isSlow = (
  lane: LaneSigns,
  position: FlowPosition,
  input: FlowInput,
  at: number,
  { slowDigitsMs }: { readonly slowDigitsMs: number },
): boolean =>
  input.type === 'digit' &&
  position.digits !== '' &&
  lane.keyAt !== undefined &&
  at - lane.keyAt > slowDigitsMs

const notesOf = (step: NodeStep) =>
  step.type === 'ignore' ? [] : step.actions.filter(action => action.type === 'note')

/** Who says nothing where it is asked once only has given the answer that the author expects. */
function isAskedOnce(node: Node, { ears }: FlowPosition): boolean {
  if (node.kind === 'intent' || node.kind === 'listen') return attemptsOf(node, ears) === 1
  return 'attempts' in node && node.attempts === 1
}

const isFailure = (node: Node, position: FlowPosition, step: NodeStep): boolean =>
  notesOf(step).some(
    ({ fact, data }) =>
      (fact === 'no-input' && !isAskedOnce(node, position)) ||
      fact === 'wrong-input' ||
      (fact === 'speech-heard' && data['outcome'] === 'not-understood'),
  )

/** Whoever listens for certain words listens for the wish for a person as well. */
export function withPerson(flow: Flow, lane: Lane, action: FlowAction): FlowAction {
  if (action.type !== 'start-listening' || !isLaneOpen(flow, lane)) return action
  if (action.phrases === undefined && action.digits === undefined) return action
  const phrases = action.phrases ?? []
  const own = new Set(phrases.flatMap(({ texts }) => texts))
  const texts = PERSON_TEXTS.filter(text => !own.has(text))
  return { ...action, phrases: [...phrases, { id: PERSON, texts }] }
}
