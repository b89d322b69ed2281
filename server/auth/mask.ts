// Numbers for those who may not see them whole: 139****1111.

const HIDDEN = 4

/** Hides four digits before the last four (of a short number, all but the last two). Words such as `anonymous` stay. */
export function maskNumber(number: string): string {
  if (!/^\+?[0-9]+$/.test(number)) return number
  if (number.length <= 6) return number
  if (number.length <= HIDDEN + 4) return '*'.repeat(number.length - 2) + number.slice(-2)
  return `${number.slice(0, -(HIDDEN + 4))}${'*'.repeat(HIDDEN)}${number.slice(-4)}`
}
