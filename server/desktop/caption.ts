// From the push of a transcript to what captions show of it: sides, words, and nothing else. Pure.
import { z } from 'zod'
import type { CaptionEvent } from './protocol.ts'

const sideSchema = z.enum(['caller', 'agent'])
const stateSchema = z.object({ state: z.enum(['on', 'waiting', 'off', 'failed']) })
const sentenceSchema = z.object({ side: sideSchema, text: z.string(), at: z.number() })
const partialSchema = z.object({ text: z.string() })
const pushSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), values: z.record(z.string(), z.unknown()) }),
  z.object({
    type: z.literal('change'),
    set: z.record(z.string(), z.unknown()),
    remove: z.array(z.string()),
  }),
])

export function toCaptions(push: string): CaptionEvent[] {
  const message = pushSchema.parse(JSON.parse(push))
  if (message.type === 'change') {
    const gone = message.remove.flatMap(goneOf)
    // A call that was never said to have ended has left the floor: its channel is cleared.
    if (message.remove.includes('state')) return [{ type: 'ended' }]
    return [...Object.entries(message.set).flatMap(changeOf), ...gone, ...endOf(message.set)]
  }
  const events = Object.entries(message.values).flatMap(changeOf)
  const sentences = events.flatMap(event =>
    event.type === 'sentence'
      ? [{ seq: event.seq, side: event.side, text: event.text, at: event.at }]
      : [],
  )
  const partials = events.flatMap(event =>
    event.type === 'partial' ? [[event.side, event.text] as const] : [],
  )
  const state = events.find(event => event.type === 'state')?.state ?? 'waiting'
  sentences.sort((a, b) => a.at - b.at || a.seq - b.seq)
  return [
    { type: 'snapshot', sentences, partials: Object.fromEntries(partials), state },
    ...endOf(message.values),
  ]
}

/** Nothing follows it. */
const endOf = (values: Readonly<Record<string, unknown>>): CaptionEvent[] =>
  values['ended'] === true ? [{ type: 'ended' }] : []

function changeOf([key, value]: [string, unknown]): CaptionEvent[] {
  if (key === 'state') return [{ type: 'state', state: stateSchema.parse(value).state }]
  const [kind, of = ''] = key.split('/')
  if (kind === 'sentence')
    return [{ type: 'sentence', seq: Number(of), ...sentenceSchema.parse(value) }]
  if (kind === 'partial')
    return [{ type: 'partial', side: sideSchema.parse(of), text: partialSchema.parse(value).text }]
  return []
}

const goneOf = (key: string): CaptionEvent[] => {
  const side = /^partial\/(caller|agent)$/.exec(key)?.[1]
  return side === undefined ? [] : [{ type: 'partial', side: sideSchema.parse(side), text: '' }]
}
