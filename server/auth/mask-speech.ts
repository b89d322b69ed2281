// What was said, for those who may not see personal data: the text, what it was before digits were written, and the words with their times,
// so that none of them tells what another hides. Pure.
import { maskCharacters } from './personal-number.ts'

type TimedWord = readonly [text: string, ...unknown[]] | { readonly text: string }
export interface Speech {
  readonly side?: string
  readonly text: string
  /** As it was understood, before numbers were written as digits. */
  readonly spoken?: string
  readonly words?: readonly TimedWord[]
}

const isTimedWord = (value: unknown): value is TimedWord =>
  Array.isArray(value)
    ? typeof value[0] === 'string'
    : typeof value === 'object' &&
      value !== null &&
      'text' in value &&
      typeof value.text === 'string'

/** A sentence of a transcript, by its shape: somebody's side, or words with times. */
export function isSpeech(value: unknown): value is Speech {
  if (typeof value !== 'object' || value === null || !('text' in value)) return false
  if (typeof value.text !== 'string') return false
  const hasSide = 'side' in value && typeof value.side === 'string'
  const words = 'words' in value ? value.words : undefined
  if (words === undefined) return hasSide
  return Array.isArray(words) && words.every(isTimedWord)
}

/** The sentence that a value is, or that a fact tells. */
export function speechOf(value: unknown): Speech | undefined {
  if (isSpeech(value)) return value
  const isFact = typeof value === 'object' && value !== null && 'data' in value && 'type' in value
  return isFact && value.type === 'sentence-heard' && isSpeech(value.data) ? value.data : undefined
}

/** Sentences of one talk in their order. A number that goes on in the next sentence of the same side is found as well. */
export function maskSpeech<T extends Speech>(sentences: readonly T[]): T[] {
  const masked = [...sentences]
  for (const side of new Set(sentences.map(sentence => sentence.side))) {
    const places = sentences.flatMap((sentence, at) => (sentence.side === side ? [at] : []))
    const own = places.flatMap(at => sentences[at] ?? [])
    const texts = maskPieces(own.map(({ text }) => [text]))
    const spoken = maskPieces(own.map(({ spoken: words = '' }) => [words]))
    const words = maskPieces(own.map(({ words: list = [] }) => list.map(wordOf)))
    own.forEach((sentence, at) => {
      const text = texts[at]?.join('') ?? ''
      const isHidden = text !== sentence.text || spoken[at]?.join('') !== (sentence.spoken ?? '')
      masked[places[at] ?? 0] = {
        ...sentence,
        text,
        ...(sentence.spoken !== undefined && { spoken: spoken[at]?.join('') ?? '' }),
        ...(sentence.words && { words: wordsSeen(sentence.words, words[at] ?? [], isHidden) }),
      }
    })
  }
  return masked
}

/** Where the text hides something that is not found in the words, they are left out. */
function wordsSeen(
  words: readonly TimedWord[],
  seen: readonly string[],
  isHidden: boolean,
): readonly TimedWord[] {
  if (isHidden && words.every((word, at) => wordOf(word) === seen[at])) return []
  return words.map((word, at): TimedWord => {
    const text = seen[at] ?? ''
    if ('text' in word) return { ...word, text }
    const [, ...times] = word
    return [text, ...times]
  })
}

const wordOf = (word: TimedWord): string => ('text' in word ? word.text : word[0])

/** Pieces of sentences as one text, and back. */
function maskPieces(sentences: readonly (readonly string[])[]): string[][] {
  const characters = maskCharacters(sentences.map(pieces => pieces.join('')).join('\n'))
  let at = 0
  return sentences.map(pieces => {
    const seen = pieces.map(piece => characters.slice(at, (at += piece.length)).join(''))
    at++
    return seen
  })
}
