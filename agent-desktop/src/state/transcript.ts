// What was said on a call, as people read it: from the channel `transcript:<call>` while it lives, from the record afterwards. Pure.
import type { PartialView, SentenceView, TranscriptReply, TranscriptState } from './protocol.ts'

export interface Line {
  /** `sentence/12`, `partial/caller`: stays the same while the words change. */
  readonly key: string
  readonly said: SentenceView
}
export interface Transcript {
  readonly state: TranscriptState | null
  /** In the order of speech. */
  readonly lines: readonly Line[]
  /** What is being said now, by side. */
  readonly growing: readonly Growing[]
}
export interface Growing {
  readonly side: SentenceView['side']
  readonly text: string
}

const SENTENCE = /^sentence\/(\d+)$/
const SIDES = ['caller', 'agent'] as const

const isSentence = (value: unknown): value is SentenceView =>
  typeof value === 'object' && value !== null && 'side' in value && 'text' in value
const isGrowing = (value: unknown): value is PartialView =>
  typeof value === 'object' && value !== null && 'text' in value && value.text !== ''

/** Sentences by the moment they were said, wherever in the stream they came; those of one moment by their number. */
export function toTranscript(values: Readonly<Record<string, unknown>>): Transcript {
  const lines = Object.entries(values)
    .flatMap(([key, said]) => (SENTENCE.test(key) && isSentence(said) ? [{ key, said }] : []))
    .sort((a, b) => a.said.at - b.said.at || numberOf(a.key) - numberOf(b.key))
  return {
    state: (values['state'] as TranscriptState | null | undefined) ?? null,
    lines,
    growing: SIDES.flatMap(side => {
      const partial = values[`partial/${side}`]
      if (!isGrowing(partial)) return []
      // A partial from before the last sentence of its side has become that sentence.
      const last = lines.findLast(({ said }) => said.side === side)
      return last && partial.at <= last.said.at ? [] : [{ side, text: partial.text }]
    }),
  }
}

const numberOf = (key: string): number => Number(SENTENCE.exec(key)?.[1] ?? 0)

/** Sentences of a record's transcript as lines. */
export const toLines = (items: TranscriptReply['items']): readonly Line[] =>
  items
    .map(({ seq, side, text, at, startMs, endMs, words }) => ({
      key: `sentence/${seq}`,
      said: { side, text, at: Date.parse(at), startMs, endMs, words },
    }))
    .sort((a, b) => a.said.startMs - b.said.startMs || a.said.at - b.said.at)

export interface Hit {
  readonly key: string
  readonly from: number
  readonly to: number
}

/** Every place of these words, in reading order; letters of either case. */
export function hitsOf(lines: readonly Line[], query: string): readonly Hit[] {
  const wanted = query.trim().toLowerCase()
  if (wanted === '') return []
  return lines.flatMap(({ key, said }) => {
    const text = said.text.toLowerCase()
    const hits: Hit[] = []
    for (let from = text.indexOf(wanted); from >= 0; from = text.indexOf(wanted, from + 1))
      hits.push({ key, from, to: from + wanted.length })
    return hits
  })
}

export function byLine(hits: readonly Hit[]): ReadonlyMap<string, readonly Hit[]> {
  const found = new Map<string, Hit[]>()
  for (const hit of hits) found.set(hit.key, [...(found.get(hit.key) ?? []), hit])
  return found
}

/** The hit after this one, around the end. */
export const stepHit = (at: number, count: number, by: 1 | -1): number =>
  count === 0 ? 0 : (at + by + count) % count

export interface Piece {
  readonly text: string
  readonly isHit: boolean
  /** Which hit of the line it is. */
  readonly hit: number
  /** It is being played. */
  readonly isNow: boolean
}

/** A line's text cut where a hit or the word being played begins and ends. */
export function piecesOf(
  text: string,
  hits: readonly Hit[],
  now: { readonly from: number; readonly to: number } | null = null,
): readonly Piece[] {
  const cuts = new Set([0, text.length])
  for (const { from, to } of [...hits, ...(now ? [now] : [])]) cuts.add(from).add(to)
  const edges = [...cuts].filter(cut => cut >= 0 && cut <= text.length).sort((a, b) => a - b)
  return edges.slice(0, -1).map((from, index) => {
    const hit = hits.findIndex(one => one.from <= from && from < one.to)
    return {
      text: text.slice(from, edges[index + 1]),
      isHit: hit >= 0,
      hit,
      isNow: now !== null && now.from <= from && from < now.to,
    }
  })
}

/** The sentence that is played at this moment of the recording; between sentences the one before, for a second. */
export function lineAt(lines: readonly Line[], ms: number): Line | undefined {
  const last = lines.findLast(({ said }) => said.startMs <= ms)
  return last && ms < last.said.endMs + LINGER_MS ? last : undefined
}
const LINGER_MS = 1000

export interface Word {
  readonly from: number
  readonly to: number
  readonly startMs: number
  readonly endMs: number
}

/**
 * Where each timed word stands in the sentence. Words are as they were said, the sentence as it is written: a word that
 * does not stand there (二十 in 20) has no place, and the ones after it are still found.
 */
export function wordsOf({ text, words }: SentenceView): readonly Word[] {
  let from = 0
  return (words ?? []).flatMap(([word, startMs, endMs]) => {
    const at = word === '' ? -1 : text.indexOf(word, from)
    if (at < 0) return []
    from = at + word.length
    return [{ from: at, to: from, startMs, endMs }]
  })
}

export const wordAt = (words: readonly Word[], ms: number): Word | null =>
  words.findLast(word => word.startMs <= ms && ms < word.endMs + 100) ?? null

/** Lines to paste elsewhere: time, speaker, words. */
export const toText = (
  lines: readonly Line[],
  nameOf: (side: SentenceView['side']) => string,
  timeOf: (said: SentenceView) => string,
): string =>
  lines.map(({ said }) => `${timeOf(said)}  ${nameOf(said.side)}  ${said.text}`).join('\n')

/** Another engine took over: the state says why the one before was left. */
export const isSwitched = (state: TranscriptState | null): boolean =>
  state?.state === 'on' && state.cause !== undefined
