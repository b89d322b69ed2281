import { FlowLoops, FlowNodeUnknown } from './errors.ts'
import type {
  Flow,
  FlowAction,
  FlowContext,
  FlowInput,
  FlowPosition,
  FlowStep,
  Node,
  Prompt,
} from './node.ts'
import { stepAnswer } from './nodes/answer.ts'
import { passBranch } from './nodes/branch.ts'
import { stepCallback } from './nodes/callback.ts'
import { stepGather } from './nodes/gather.ts'
import { stepHangup } from './nodes/hangup.ts'
import { passHours } from './nodes/hours.ts'
import { stepIntent } from './nodes/intent.ts'
import { saidBack, stepListen } from './nodes/listen.ts'
import { stepMenu } from './nodes/menu.ts'
import { stepQueue } from './nodes/queue.ts'
import { stepRate } from './nodes/rate.ts'
import { stepSpeech } from './nodes/speech.ts'
import { stepTransfer } from './nodes/transfer.ts'
import { stepVoicemail } from './nodes/voicemail.ts'
import { isElderAsked, type LaneReason, laneAt, readSigns, withPerson } from './fast-lane.ts'
import { FRESH, ignore, type NodeStep, quiet, type Standing } from './standing.ts'

// A real flow passes two or three nodes between two waits.
const MAX_NODES_A_STEP = 50

/** Where a call stands and what is to be done when it enters a flow with these variables. */
export function enterFlow(
  flow: Flow,
  variables: Readonly<Record<string, string>>,
  context: FlowContext,
): FlowStep {
  return enterNode(flow, { node: flow.start, variables, lane: undefined }, [], context)
}

/**
 * The node where a call stands begins anew: another process took over, and what it played and waited for is gone.
 * @throws {FlowNodeUnknown} {FlowLoops} as stepFlow does.
 */
export function reenterFlow(
  flow: Flow,
  { node, variables, lane }: FlowPosition,
  context: FlowContext,
): FlowStep {
  return enterNode(flow, { node, variables, lane }, [], context)
}

/**
 * What one input does to a call in a flow. Pure. An input that means nothing here gives back the same position and no actions.
 * @throws {FlowNodeUnknown} when the flow was changed and the call's node is gone.
 * @throws {FlowLoops} when the flow never comes to rest.
 */
export function stepFlow(
  flow: Flow,
  position: FlowPosition,
  input: FlowInput,
  context: FlowContext,
): FlowStep {
  const node = nodeOf(flow, position.node)
  const step = stepNode(node, position, input, position.variables, context)
  const { lane, reason } = readSigns(flow, node, position, input, step, context.at)
  const { flow: id, node: name, variables } = position
  if (reason !== undefined && flow.fastLane)
    return divert(flow, position, reason, actionsOf(step), isLate(input), context)
  switch (step.type) {
    case 'ignore':
      return { position, actions: [] }
    case 'stay': {
      const { candidate } = step.standing
      const said =
        node.kind === 'listen' && candidate !== undefined
          ? { ...variables, heard: saidBack(node, candidate) }
          : variables
      return {
        position: { flow: id, node: name, variables, ...step.standing, ...(lane && { lane }) },
        actions: finished(flow, step.actions, name, said, lane),
      }
    }
    case 'leave': {
      const grown = { ...variables, ...step.variables }
      const actions = [...deafen(position, isLate(input)), ...step.actions]
      const before = finished(flow, actions, name, grown, lane)
      return enterNode(flow, { node: step.next, variables: grown, lane }, before, context)
    }
  }
}

/** These tell that the listening is over already. */
const isLate = ({ type }: FlowInput) =>
  type === 'understood' || type === 'not-understood' || type === 'ears-failed'

const actionsOf = (step: NodeStep): readonly FlowAction[] =>
  step.type === 'ignore' ? [] : step.actions

const deafen = ({ ears }: FlowPosition, isOver: boolean): FlowAction[] =>
  isOver || (ears !== 'listening' && ears !== 'speech') ? [] : [{ type: 'stop-listening' }]

/** To a person, whatever the node would have done; what it noticed is noted all the same. */
function divert(
  flow: Flow,
  position: FlowPosition,
  reason: LaneReason,
  actions: readonly FlowAction[],
  isOver: boolean,
  context: FlowContext,
): FlowStep {
  const { node, variables } = position
  const taken: FlowAction[] = [
    ...deafen(position, isOver),
    quiet(position),
    ...actions.filter(action => action.type === 'note'),
    { type: 'note', fact: 'fast-lane-taken', data: { reason } },
  ]
  const next = flow.fastLane?.next ?? node
  const before = finished(flow, taken, node, variables, 'over')
  return enterNode(flow, { node: next, variables, lane: 'over' }, before, context)
}

type Entry = Pick<FlowPosition, 'node' | 'variables'> & { readonly lane: FlowPosition['lane'] }

function enterNode(
  flow: Flow,
  { node: first, variables, lane: before }: Entry,
  done: readonly FlowAction[],
  context: FlowContext,
): FlowStep {
  const actions = [...done]
  let name = first
  let lane = before
  for (let passed = 0; passed < MAX_NODES_A_STEP; passed += 1) {
    const node = nodeOf(flow, name)
    if (flow.fastLane && isElderAsked(flow, node, lane, context)) {
      actions.push({
        type: 'note',
        fact: 'fast-lane-taken',
        data: { node: name, reason: 'elder' },
      })
      lane = 'over'
      name = flow.fastLane.next
      continue
    }
    lane = laneAt(node, lane)
    actions.push({ type: 'note', fact: 'node-entered', data: { node: name, kind: node.kind } })
    const step = stepNode(node, FRESH, { type: 'entered' }, variables, context)
    if (step.type === 'ignore') break
    actions.push(...finished(flow, step.actions, name, variables, lane))
    if (step.type === 'stay') {
      const { standing } = step
      return {
        position: { flow: flow.id, node: name, variables, ...standing, ...(lane && { lane }) },
        actions,
      }
    }
    name = step.next
  }
  throw new FlowLoops(flow.id, name)
}

function stepNode(
  node: Node,
  { attempt, digits, speaking, ears, candidate }: Standing,
  input: FlowInput,
  variables: Readonly<Record<string, string>>,
  context: FlowContext,
): NodeStep {
  const hears = context.hears === true
  const standing: Standing = {
    attempt,
    digits,
    speaking,
    ...(ears !== undefined && { ears }),
    ...(candidate !== undefined && { candidate }),
  }
  switch (node.kind) {
    case 'answer':
      return stepAnswer(node, standing, input)
    case 'say':
    case 'play':
      return stepSpeech(node, standing, input)
    case 'menu':
      return stepMenu(node, standing, input)
    case 'gather':
      return stepGather(node, standing, input)
    case 'intent':
      return stepIntent(node, standing, input, hears)
    case 'listen':
      return stepListen(node, standing, input, hears)
    case 'hours':
      return input.type === 'entered' ? passHours(node, context) : ignore
    case 'branch':
      return input.type === 'entered' ? passBranch(node, variables) : ignore
    case 'queue':
      return stepQueue(node, standing, input)
    case 'voicemail':
      return stepVoicemail(node, standing, input)
    case 'callback':
      return stepCallback(node, standing, input)
    case 'transfer':
      return stepTransfer(node, standing, input)
    case 'rate':
      return stepRate(node, standing, input)
    case 'hangup':
      return stepHangup(node, standing, input)
  }
}

function nodeOf(flow: Flow, name: string): Node {
  const node = Object.hasOwn(flow.nodes, name) ? flow.nodes[name] : undefined
  if (node === undefined) throw new FlowNodeUnknown(flow.id, name)
  return node
}

/** A node's actions as the outside gets them. */
const finished = (
  flow: Flow,
  actions: readonly FlowAction[],
  node: string,
  variables: Readonly<Record<string, string>>,
  lane: FlowPosition['lane'],
): readonly FlowAction[] =>
  filled(
    named(actions, node).map(action => withPerson(flow, lane, action)),
    variables,
  )

/** Every note says at which node it was taken. */
const named = (actions: readonly FlowAction[], node: string): readonly FlowAction[] =>
  actions.map(action =>
    action.type === 'note' ? { ...action, data: { node, ...action.data } } : action,
  )

const filled = (
  actions: readonly FlowAction[],
  variables: Readonly<Record<string, string>>,
): readonly FlowAction[] =>
  actions.map(action =>
    action.type === 'speak'
      ? { ...action, prompts: action.prompts.map(prompt => fillPrompt(prompt, variables)) }
      : action,
  )

/** `{{name}}` becomes the call's variable, or nothing when it is not set. Between tags (SSML) it stays text, whatever is in it. */
function fillPrompt(prompt: Prompt, variables: Readonly<Record<string, string>>): Prompt {
  if (!('say' in prompt)) return prompt
  const isMarkup = /^\s*<speak[\s>]/.test(prompt.say)
  const say = prompt.say.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => {
    const value = Object.hasOwn(variables, name) ? (variables[name] ?? '') : ''
    return isMarkup ? value.replace(/[<>&"']/g, ' ') : value
  })
  return { ...prompt, say }
}
