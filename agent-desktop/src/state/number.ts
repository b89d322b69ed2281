/** Digits in groups as people read them: 139 0451 1111, 0451 8765 4321. The mask `*` counts as a digit. */
export function formatNumber(number: string): string {
  if (/^1[0-9*]{10}$/.test(number))
    return `${number.slice(0, 3)} ${number.slice(3, 7)} ${number.slice(7)}`
  if (/^0[12][0-9*]{9}$/.test(number) && !number.startsWith('01'))
    return `${number.slice(0, 3)} ${number.slice(3, 7)} ${number.slice(7)}`
  if (/^0[0-9*]{10,11}$/.test(number))
    return `${number.slice(0, 4)} ${number.slice(4, -4)} ${number.slice(-4)}`
  return number
}

/** What a pasted or typed number comes down to, so that it can be dialled. */
export const cleanNumber = (text: string): string =>
  text
    .replace(/[０-９]/g, wide => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/(?!^\+)[^0-9*#]/g, '')
    .slice(0, 20)

export const canDial = (number: string): boolean => /^\+?[0-9*#]{1,20}$/.test(number)
