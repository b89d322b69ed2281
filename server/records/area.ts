// 归属地: where a mainland landline stands, told by its area code (data file area-codes.json). Mobiles tell nothing.
import { normaliseNumber } from '../store/number.ts'
import codes from './area-codes.json' with { type: 'json' }

const CODES = new Map(Object.entries(codes))

/** Name of the area of a landline number; undefined for mobiles, short and foreign numbers. */
export function areaOf(number: string): string | undefined {
  const landline = normaliseNumber(number)
  // Area code of 3 or 4 digits and a subscriber number of 7 or 8.
  if (!/^0[1-9]\d{8,10}$/.test(landline)) return undefined
  return CODES.get(landline.slice(0, 3)) ?? CODES.get(landline.slice(0, 4))
}
