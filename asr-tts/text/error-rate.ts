// How far what was understood is from what was said, by characters (W-ASR-1). Pure.
import { toWritten } from './itn.ts'

export interface Errors {
  readonly substitutions: number
  readonly deletions: number
  readonly insertions: number
  /** Characters of the reference. */
  readonly length: number
}

/**
 * What is compared: without stops, blanks and capitals, numbers as digits on both sides (百分之七十五 is 75%). Latin words stay letters.
 */
export const toCompared = (text: string): string =>
  toWritten(text.normalize('NFKC'))
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}%‰/]/gu, '')

/** The fewest changes that make the reference what was heard; among as few, those with most substitutions. */
export function errorsOf(reference: string, heard: string): Errors {
  const said = [...toCompared(reference)]
  const understood = [...toCompared(heard)]
  let row: Errors[] = Array.from({ length: understood.length + 1 }, (_, insertions) => ({
    substitutions: 0,
    deletions: 0,
    insertions,
    length: 0,
  }))
  for (const character of said) {
    const next: Errors[] = []
    for (let at = 0; at <= understood.length; at++) {
      const above = row[at] ?? NONE
      const deleted = { ...above, deletions: above.deletions + 1 }
      const before = row[at - 1]
      const left = next[at - 1]
      if (!before || !left) next.push(deleted)
      else if (understood[at - 1] === character) next.push(before)
      else
        next.push(
          least({ ...before, substitutions: before.substitutions + 1 }, deleted, {
            ...left,
            insertions: left.insertions + 1,
          }),
        )
    }
    row = next
  }
  return { ...(row.at(-1) ?? NONE), length: said.length }
}

const NONE: Errors = { substitutions: 0, deletions: 0, insertions: 0, length: 0 }
const countOf = ({ substitutions, deletions, insertions }: Errors) =>
  substitutions + deletions + insertions
const least = (first: Errors, ...others: Errors[]): Errors =>
  others.reduce((best, one) => (countOf(one) < countOf(best) ? one : best), first)

export const sumOf = (list: readonly Errors[]): Errors =>
  list.reduce(
    (sum, { substitutions, deletions, insertions, length }) => ({
      substitutions: sum.substitutions + substitutions,
      deletions: sum.deletions + deletions,
      insertions: sum.insertions + insertions,
      length: sum.length + length,
    }),
    NONE,
  )

/** 0–1 and beyond: more may be inserted than was said. Where nothing was said, anything heard is 1. */
export const rateOf = (errors: Errors): number =>
  errors.length === 0 ? Math.min(1, countOf(errors)) : countOf(errors) / errors.length
