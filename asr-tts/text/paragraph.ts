// Sentences and paragraphs of a transcript, for engines that give words only, and for people who read (W-ASR-1). Pure.
import type { Word } from '../recogniser.ts'

const COMMA_MS = 350
const STOP_MS = 700
const QUESTION =
  /(?:吗|呢|么|多少|几[个天年次]|怎么办|怎么样|哪里|哪儿|什么|可不可以|能不能|是不是|行不行)$/u
const HAS_STOP = /[。？！?!]$/u
const HAS_ANY_STOP = /[，。、；：？！,;:?!]/u

/** Text with stops where the speaker paused; one that has stops already stays as it is. */
export function withStops(text: string, words: readonly Word[]): string {
  if (text === '') return ''
  if (HAS_ANY_STOP.test(text) || words.length < 2) return closed(text)
  let said = ''
  words.forEach((word, index) => {
    const before = words[index - 1]
    const pauseMs = before ? word.startMs - before.endMs : 0
    if (pauseMs >= STOP_MS) said = closed(said)
    else if (pauseMs >= COMMA_MS) said += '，'
    // Two words of Latin letters keep a blank between them.
    const isApart = /[A-Za-z0-9]$/.test(said) && /^[A-Za-z]/.test(word.text)
    said += (isApart ? ' ' : '') + word.text
  })
  return closed(said)
}

const closed = (text: string) =>
  HAS_STOP.test(text)
    ? text
    : `${text.replace(/[，、,]$/u, '')}${QUESTION.test(text) ? '？' : '。'}`

export interface Utterance {
  readonly side: 'caller' | 'agent'
  readonly text: string
  /** ms since the call's sound began. */
  readonly startMs: number
  readonly endMs: number
}

const SAME_BREATH_MS = 3000
const LONGEST = 160

/** What one side says without a long pause, and before it becomes too long to read, is one paragraph. In order of their beginning. */
export function toParagraphs(utterances: readonly Utterance[]): Utterance[] {
  const paragraphs: Utterance[] = []
  for (const utterance of utterances.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = paragraphs.at(-1)
    const goesOn =
      last?.side === utterance.side &&
      utterance.startMs - last.endMs < SAME_BREATH_MS &&
      last.text.length + utterance.text.length <= LONGEST
    if (!last || !goesOn) paragraphs.push(utterance)
    else
      paragraphs[paragraphs.length - 1] = {
        ...last,
        text: last.text + utterance.text,
        endMs: Math.max(last.endMs, utterance.endMs),
      }
  }
  return paragraphs
}
