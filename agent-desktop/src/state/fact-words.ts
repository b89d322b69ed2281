// A fact as a key of the language file and the values that go into its sentence.
import { formatDuration } from './duration.ts'
import { formatNumber } from './number.ts'
import type { TimelineItem } from './protocol.ts'

export interface FactWords {
  readonly key: string
  readonly values: Readonly<Record<string, string>>
}
export interface FactNames {
  queue(id: string): string
  agent(id: string): string
  /** Word for a code in a family (`outcome`, `role` …), or the code itself. */
  word(family: string, code: string): string
}

const KNOWN = new Set([
  'call-began',
  'call-blocked',
  'call-answered',
  'flow-entered',
  'node-entered',
  'digits-collected',
  'choice-made',
  'no-input',
  'wrong-input',
  'hours-checked',
  'queue-joined',
  'queue-announced',
  'queue-left',
  'agent-offered',
  'offer-failed',
  'agent-answered',
  'talk-began',
  'call-held',
  'call-retrieved',
  'agent-muted',
  'talk-ended',
  'call-transferred',
  'consult-began',
  'consult-ended',
  'conference-began',
  'number-dialled',
  'number-answered',
  'monitor-began',
  'monitor-ended',
  'recording-started',
  'recording-masked',
  'recording-stopped',
  'recording-failed',
  'message-recorded',
  'callback-requested',
  'call-rated',
  'call-described',
  'leg-began',
  'leg-signalled',
  'leg-ended',
  'call-adopted',
  'call-ended',
  'agent-state',
  'sentence-heard',
  'transcription-changed',
  'speech-heard',
  'voice-turn',
  'fast-lane-taken',
])

/** Facts that repeat what another one says better; shown only on wish. */
export const isDetail = (type: string): boolean =>
  [
    'leg-began',
    'leg-signalled',
    'leg-ended',
    'agent-state',
    'queue-announced',
    // Each stands in the transcript.
    'sentence-heard',
    'voice-turn',
  ].includes(type)

const FAMILY: Readonly<Record<string, string>> = {
  outcome: 'outcome',
  mode: 'mode',
  role: 'role',
  result: 'result',
  rule: 'rule',
  cause: 'cause',
  kind: 'node',
  side: 'transcript.side',
}

export function wordsOfFact(item: TimelineItem, names: FactNames): FactWords {
  const { type, data } = item
  const values: Record<string, string> = { type }
  for (const [field, value] of Object.entries(flatten(data)))
    values[field] = wordOf(type, field, value, names)
  if (!KNOWN.has(type)) return { key: 'fact.other', values }
  if (type === 'call-began' && data['direction'] === 'outbound')
    return { key: 'fact.call-began-outbound', values }
  if (type === 'agent-muted' && data['muted'] === false)
    return { key: 'fact.agent-unmuted', values }
  if (type === 'recording-masked' && data['masked'] === false)
    return { key: 'fact.recording-unmasked', values }
  if (type === 'transcription-changed')
    return {
      key: `fact.transcription-${data['state'] === 'on' && data['cause'] !== undefined ? 'switched' : values['state']}`,
      values,
    }
  if (type === 'speech-heard') return { key: `fact.speech-${speechOutcome(data)}`, values }
  return { key: `fact.${type}`, values }
}

/** What a caller said to a confidential node is not kept. */
const speechOutcome = (data: Readonly<Record<string, unknown>>): string =>
  data['outcome'] === 'understood' && data['text'] === undefined
    ? 'understood-unsaid'
    : String(data['outcome'])

/** The reason of an offer is a value of its own; its fields stand beside the fact's. */
function flatten(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { reason } = data
  return typeof reason === 'object' && reason !== null ? { ...data, ...reason } : { ...data }
}

const ENDERS = new Set(['caller', 'agent', 'system', 'network'])

function wordOf(type: string, field: string, value: unknown, names: FactNames): string {
  // A delay is shorter than a clock shows.
  if (field === 'delayMs') return String(Math.round(Number(value)))
  if (typeof value === 'number') return field.endsWith('Ms') ? formatDuration(value) : String(value)
  if (typeof value !== 'string') return ''
  if (field === 'queue') return names.queue(value)
  if (field === 'agent' || field === 'supervisor') return names.agent(value)
  if (field === 'by') return ENDERS.has(value) ? names.word('endedBy', value) : names.agent(value)
  if (field === 'to' || field === 'with') return names.queue(names.agent(value))
  if (['caller', 'callee', 'number'].includes(field)) return formatNumber(value)
  if (type === 'hours-checked' && field === 'state') return names.word('hours', value)
  // `mon 09:00–12:00`, `holiday 国庆节`: the first words are a code, the rest is data.
  if (type === 'hours-checked' && field === 'rule')
    return value.replace(/^(special day|make-up workday|[a-z]+)/, code =>
      names.word('hoursRule', code),
    )
  if (type === 'recording-failed' && field === 'reason') return names.word('fault', value)
  if (type === 'transcription-changed' && field === 'state') return value
  if (['transcription-changed', 'speech-heard'].includes(type) && field === 'cause')
    return names.word('speechCause', value)
  if (type === 'fast-lane-taken' && field === 'reason') return names.word('lane', value)
  if (field === 'state') return names.word('state', value)
  const family = FAMILY[field]
  return family ? names.word(family, value) : value
}
