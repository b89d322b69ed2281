import type { FlowInput, NodeOf } from '../node.ts'
import { ignore, leave, stay, type NodeStep, type Standing } from '../standing.ts'
import { isSpoken, speak } from './speech.ts'

type Voicemail = NodeOf<'voicemail'>
const END_OF_MESSAGE = '#'
const ATTEMPTS = 2

/** Speaks, records until `#` or the limit, and asks once more when nothing was said. */
export function stepVoicemail(node: Voicemail, standing: Standing, input: FlowInput): NodeStep {
  if (input.type === 'entered') return speak(standing, ...node.prompt)
  if (standing.speaking) {
    if (isSpoken(standing, input)) return record(node, standing)
    const skips = input.type === 'digit' && input.digit === END_OF_MESSAGE
    return skips ? record(node, standing, { type: 'stop-speaking' }) : ignore
  }
  if (input.type === 'message-recorded') return onRecorded(node, standing, input.durationMs)
  const ends = input.type === 'digit' && input.digit === END_OF_MESSAGE && standing.digits === ''
  return ends ? stay({ ...standing, digits: END_OF_MESSAGE }, { type: 'stop-message' }) : ignore
}

const record = (node: Voicemail, standing: Standing, ...before: { type: 'stop-speaking' }[]) =>
  stay({ ...standing, digits: '', speaking: false }, ...before, {
    type: 'record-message',
    maxMs: node.maxMs,
  })

function onRecorded(node: Voicemail, standing: Standing, durationMs: number): NodeStep {
  if (durationMs >= node.minMs) return leave(node.next)
  if (standing.attempt >= ATTEMPTS) return leave(node.otherwise ?? node.next)
  return speak({ ...standing, attempt: standing.attempt + 1, digits: '' }, ...node.prompt)
}
