// Where a page ended: the sort values of its last row. Opaque outside.
import { refuse } from '../errors.ts'

export interface Cursor {
  readonly at: number
  readonly id: string
}

export const writeCursor = ({ at, id }: Cursor): string =>
  Buffer.from(JSON.stringify([at, id])).toString('base64url')

/** @throws {Refusal} BAD_REQUEST for a cursor that is not ours. */
export function readCursor(text: string): Cursor {
  try {
    const [at, id] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[]
    if (typeof at === 'number' && Number.isSafeInteger(at) && typeof id === 'string')
      return { at, id }
  } catch (err) {
    throw refuse('BAD_REQUEST', 'the cursor is not one of ours', { cause: String(err) })
  }
  throw refuse('BAD_REQUEST', 'the cursor is not one of ours')
}

/** A page out of one row more than asked for. */
export function toPage<T>(rows: readonly T[], limit: number, cursorOf: (row: T) => Cursor) {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return {
    items,
    nextCursor: rows.length > limit && last !== undefined ? writeCursor(cursorOf(last)) : null,
  }
}
