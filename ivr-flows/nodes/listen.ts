import type { FlowAction, FlowInput, NodeOf } from '../node.ts'
import { digitsIn, YES_NO } from '../spoken-word.ts'
import { ignore, type NodeStep, quiet, type Standing, stay } from '../standing.ts'
import {
  ask,
  askAgain,
  enter,
  heardNote,
  isHeard,
  onNotUnderstood,
  onWrongKey,
  type Question,
  stepHearing,
} from './hearing.ts'

type Listen = NodeOf<'listen'>
type Understood = Extract<FlowInput, { type: 'understood' }>
const YES_NO_KEYS: Readonly<Record<string, string>> = { '1': 'yes', '2': 'no' }

/** What the caller says, or presses, becomes a variable; where wanted only after they have said that it is right. */
export function stepListen(
  node: Listen,
  standing: Standing,
  input: FlowInput,
  hears: boolean,
): NodeStep {
  if (input.type === 'entered') return enter(questionOf(node), standing, hears)
  const { candidate } = standing
  const question = candidate === undefined ? questionOf(node) : confirmationOf(node)
  if (candidate === undefined && node.what === 'digits' && standing.digits !== '')
    if (input.type === 'timed-out') return onPause(node, question, standing)
  const common = stepHearing(question, standing, input)
  if (common) return common
  if (candidate !== undefined) return onConfirmation(node, question, standing, candidate, input)
  if (input.type === 'digit') return onKey(node, question, standing, input.digit)
  return input.type === 'understood' ? onUnderstood(node, question, standing, input) : ignore
}

function onUnderstood(
  node: Listen,
  question: Question,
  standing: Standing,
  input: Understood,
): NodeStep {
  const { confidence, engine } = input
  const value = valueOf(node, input)
  if (value === undefined || (confidence ?? 1) < node.minConfidence)
    return onNotUnderstood(question, standing, engine)
  const words = node.confidential ? {} : { text: input.text, phrase: input.phrase }
  const note = heardNote({ outcome: 'understood', ...words, confidence, engine })
  return take(node, standing, value, [quiet(standing), note])
}

/** What the words come to here, or nothing. */
function valueOf(node: Listen, { text, phrase }: Understood): string | undefined {
  switch (node.what) {
    case 'free':
      return text.trim() === '' ? undefined : text.trim()
    case 'digits': {
      const digits = digitsIn(text)
      return digits.length >= node.minDigits && digits.length <= node.maxDigits ? digits : undefined
    }
    case 'yes-no':
    case 'phrases':
      return phrase
  }
}

function onKey(node: Listen, question: Question, standing: Standing, key: string): NodeStep {
  if (node.what !== 'digits') {
    const value = keysOf(node)[key]
    if (value === undefined)
      return question.hasKeys ? onWrongKey(question, standing, { digit: key }) : ignore
    return take(node, standing, value, [
      quiet(standing),
      { type: 'note', fact: 'choice-made', data: { digit: key, next: node.next } },
    ])
  }
  if (key === node.terminator) {
    return standing.digits.length >= node.minDigits
      ? take(node, standing, standing.digits, [quiet(standing)])
      : onWrongKey(question, standing, counted(node, standing.digits))
  }
  const digits = standing.digits + key
  const { ears, ...rest } = standing
  if (digits.length >= node.maxDigits) return take(node, standing, digits, [quiet(standing)])
  const hush: FlowAction[] = standing.speaking ? [{ type: 'stop-speaking' }] : []
  const deafen: FlowAction[] = isHeard(standing) ? [{ type: 'stop-listening' }] : []
  // Who presses one digit presses them all: what is said meanwhile counts for nothing.
  const typing = { ...rest, ...(ears === 'gone' && { ears }), digits, speaking: false }
  const wait: FlowAction = { type: 'start-timer', afterMs: node.betweenDigitsMs }
  return stay(typing, ...hush, ...deafen, wait)
}

const onPause = (node: Listen, question: Question, standing: Standing): NodeStep =>
  standing.digits.length >= node.minDigits
    ? take(node, standing, standing.digits, [])
    : onWrongKey(question, standing, counted(node, standing.digits))

/** Kept at once, or said back first. */
function take(
  node: Listen,
  standing: Standing,
  value: string,
  before: readonly FlowAction[],
): NodeStep {
  if (node.confirm === undefined) return keep(node, value, before)
  const confirming = { ...standing, candidate: value }
  // A listening that has not told anything yet is for the first question, and asking the next one replaces it.
  return ask(confirmationOf(node), confirming, before)
}

function onConfirmation(
  node: Listen,
  question: Question,
  standing: Standing,
  candidate: string,
  input: FlowInput,
): NodeStep {
  const answer = answerOf(input)
  if (answer === 'yes') return keep(node, candidate, [quiet(standing)])
  if (answer === 'no') {
    const { candidate: _, ...anew } = standing
    const note: FlowAction = {
      type: 'note',
      fact: 'wrong-input',
      data: { attempt: String(standing.attempt), digit: '' },
    }
    return askAgain(questionOf(node), anew, [quiet(standing), note])
  }
  if (input.type === 'digit') return onWrongKey(question, standing, { digit: input.digit })
  return input.type === 'understood' ? onNotUnderstood(question, standing, input.engine) : ignore
}

function answerOf(input: FlowInput): string | undefined {
  if (input.type === 'digit') return YES_NO_KEYS[input.digit]
  return input.type === 'understood' ? input.phrase : undefined
}

function keep(node: Listen, value: string, before: readonly FlowAction[]): NodeStep {
  const note: FlowAction[] =
    node.what === 'digits'
      ? [
          {
            type: 'note',
            fact: 'digits-collected',
            data: { variable: node.variable, ...counted(node, value) },
          },
        ]
      : []
  return {
    type: 'leave',
    next: node.next,
    actions: [...before, ...note],
    variables: { [node.variable]: value },
  }
}

const counted = (node: Listen, digits: string): Record<string, string> =>
  node.confidential ? { count: String(digits.length) } : { digits, count: String(digits.length) }

const keysOf = (node: Listen): Readonly<Record<string, string>> =>
  node.what === 'yes-no' && Object.keys(node.choices).length === 0 ? YES_NO_KEYS : node.choices

function questionOf(node: Listen): Question {
  const { prompt, keysPrompt, what, minDigits: min, maxDigits: max } = node
  const phrases =
    what === 'yes-no'
      ? YES_NO
      : what === 'phrases'
        ? node.phrases.map(({ id, phrases: texts }) => ({ id, texts }))
        : undefined
  return {
    node,
    prompt,
    ...(keysPrompt && { keysPrompt }),
    ...(phrases && { phrases }),
    ...(what === 'digits' && { digits: { min, max } }),
    hasKeys: what === 'digits' || Object.keys(keysOf(node)).length > 0,
  }
}

const confirmationOf = (node: Listen): Question => ({
  node,
  prompt: node.confirm?.prompt ?? node.prompt,
  phrases: YES_NO,
  hasKeys: true,
})

/** A candidate as it is said back: digits one by one, phrases by their first words. */
export function saidBack(node: Listen, candidate: string): string {
  switch (node.what) {
    case 'digits':
      return [...candidate].join(' ')
    case 'yes-no':
      return candidate === 'yes' ? '是' : '不是'
    case 'phrases':
      return node.phrases.find(({ id }) => id === candidate)?.phrases[0] ?? candidate
    case 'free':
      return candidate
  }
}
