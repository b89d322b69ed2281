// Phrases that many flows need, and what a text of a phrase may hold beside characters.
import type { Phrase } from '../recogniser.ts'

export const YES: Phrase = {
  id: 'yes',
  texts: ['是', '是的', '对', '对的', '好', '好的', '可以', '没错', '嗯', '要'],
}
export const NO: Phrase = {
  id: 'no',
  texts: ['不', '不是', '不对', '不是的', '不要', '不用', '不可以', '没有', '错了'],
}
export const YES_NO: readonly Phrase[] = [YES, NO]

/** One digit or more. */
export const DIGITS: Phrase = { id: 'digits', texts: ['{digits}'] }

export interface DigitCount {
  readonly least: number
  /** Absent: as many as are said. */
  readonly most?: number
}

/** What `{digits…}` asks for; undefined when the text is an ordinary one. */
export function toDigitCount(text: string): DigitCount | undefined {
  const match = /^\{digits(?::(\d{1,2})(?:-(\d{1,2}))?)?\}$/.exec(text.trim())
  if (!match) return undefined
  const [, least, most = least] = match
  if (least === undefined) return { least: 1 }
  const count = { least: Number(least), most: Number(most) }
  return count.least >= 1 && count.most >= count.least ? count : undefined
}
