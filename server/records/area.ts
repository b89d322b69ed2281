// 归属地: where a mainland landline stands, told by its area code (data file area-codes.json). Mobiles tell nothing.
import codes from './area-codes.json' with { type: 'json' }

const CODES = new Map(Object.entries(codes))

/** One spelling a number: without +86 or 0086, and without the 0 some exchanges put before a mobile. */
export function normaliseNumber(number: string): string {
  const digits = number.replace(/[\s().-]/g, '')
  const national = digits.replace(/^(?:\+|00)86(?=\d{7,})/, '')
  const inland = national !== digits
  if (/^0?1[3-9]\d{9}$/.test(national)) return national.replace(/^0/, '')
  if (/^86(1[3-9]\d{9})$/.test(national)) return national.slice(2)
  // The international form leaves out the trunk prefix: +86 451 8888 8888.
  if (inland && /^[2-9]\d{8,10}$/.test(national)) return `0${national}`
  if (inland && /^10\d{8}$/.test(national)) return `0${national}`
  return national
}

/** Name of the area of a landline number; undefined for mobiles, short and foreign numbers. */
export function areaOf(number: string): string | undefined {
  const landline = normaliseNumber(number)
  // Area code of 3 or 4 digits and a subscriber number of 7 or 8.
  if (!/^0[1-9]\d{8,10}$/.test(landline)) return undefined
  return CODES.get(landline.slice(0, 3)) ?? CODES.get(landline.slice(0, 4))
}
