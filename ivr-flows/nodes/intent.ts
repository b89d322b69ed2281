import type { FlowInput, NodeOf } from '../node.ts'
import { leave, type NodeStep, quiet, type Standing } from '../standing.ts'
import {
  enter,
  heardNote,
  onNotUnderstood,
  onWrongKey,
  type Question,
  stepHearing,
} from './hearing.ts'

type Intent = NodeOf<'intent'>

/** What the caller says leads on; a key does so at any time, heard or not. */
export function stepIntent(
  node: Intent,
  standing: Standing,
  input: FlowInput,
  hears: boolean,
): NodeStep {
  const question = questionOf(node)
  if (input.type === 'entered') return enter(question, standing, hears)
  const common = stepHearing(question, standing, input)
  if (common) return common
  if (input.type === 'digit') return onDigit(question, node, standing, input.digit)
  if (input.type !== 'understood') return { type: 'ignore' }
  const { text, phrase, confidence, engine } = input
  const intent = node.intents.find(({ id }) => id === phrase)
  if (!intent || (confidence ?? 1) < node.minConfidence)
    return onNotUnderstood(question, standing, engine)
  return leave(
    intent.next,
    quiet(standing),
    heardNote({ outcome: 'understood', text, phrase, confidence, engine }),
  )
}

function onDigit(question: Question, node: Intent, standing: Standing, digit: string): NodeStep {
  const next = node.choices[digit]
  if (next === undefined) return onWrongKey(question, standing, { digit })
  return leave(next, quiet(standing), { type: 'note', fact: 'choice-made', data: { digit, next } })
}

const questionOf = (node: Intent): Question => ({
  node,
  prompt: node.prompt,
  ...(node.keysPrompt && { keysPrompt: node.keysPrompt }),
  phrases: node.intents.map(({ id, phrases }) => ({ id, texts: phrases })),
  hasKeys: Object.keys(node.choices).length > 0,
})
