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
import { stepMenu } from './nodes/menu.ts'
import { stepQueue } from './nodes/queue.ts'
import { stepRate } from './nodes/rate.ts'
import { stepSpeech } from './nodes/speech.ts'
import { stepTransfer } from './nodes/transfer.ts'
import { stepVoicemail } from './nodes/voicemail.ts'
import { FRESH, ignore, type NodeStep } from './standing.ts'

// A real flow passes two or three nodes between two waits.
const MAX_NODES_A_STEP = 50

/** Where a call stands and what is to be done when it enters a flow with these variables. */
export function enterFlow(
  flow: Flow,
  variables: Readonly<Record<string, string>>,
  context: FlowContext,
): FlowStep {
  return enterNode(flow, flow.start, variables, [], context)
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
  const step = stepNode(nodeOf(flow, position.node), position, input, position.variables, context)
  switch (step.type) {
    case 'ignore':
      return { position, actions: [] }
    case 'stay':
      return {
        position: { ...position, ...step.standing },
        actions: filled(named(step.actions, position.node), position.variables),
      }
    case 'leave': {
      const variables = { ...position.variables, ...step.variables }
      return enterNode(
        flow,
        step.next,
        variables,
        filled(named(step.actions, position.node), variables),
        context,
      )
    }
  }
}

function enterNode(
  flow: Flow,
  first: string,
  variables: Readonly<Record<string, string>>,
  before: readonly FlowAction[],
  context: FlowContext,
): FlowStep {
  const actions = [...before]
  let name = first
  for (let passed = 0; passed < MAX_NODES_A_STEP; passed += 1) {
    const node = nodeOf(flow, name)
    actions.push({ type: 'note', fact: 'node-entered', data: { node: name, kind: node.kind } })
    const step = stepNode(node, FRESH, { type: 'entered' }, variables, context)
    if (step.type === 'ignore') break
    actions.push(...filled(named(step.actions, name), variables))
    if (step.type === 'stay') {
      return { position: { flow: flow.id, node: name, variables, ...step.standing }, actions }
    }
    name = step.next
  }
  throw new FlowLoops(flow.id, name)
}

function stepNode(
  node: Node,
  { attempt, digits, speaking }: Pick<FlowPosition, 'attempt' | 'digits' | 'speaking'>,
  input: FlowInput,
  variables: Readonly<Record<string, string>>,
  context: FlowContext,
): NodeStep {
  const standing = { attempt, digits, speaking }
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

/** `{{name}}` becomes the call's variable, or nothing when it is not set. */
function fillPrompt(prompt: Prompt, variables: Readonly<Record<string, string>>): Prompt {
  if (!('say' in prompt)) return prompt
  const say = prompt.say.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? '') : '',
  )
  return { ...prompt, say }
}
