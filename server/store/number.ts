/** One spelling a number: without +86 or 0086, and without the 0 some exchanges put before a mobile. */
export function normaliseNumber(number: string): string {
  const written = number.replace(/[\s().-]/g, '')
  const national = written.replace(/^(?:\+|00)86(?=\d{7,})/, '')
  if (/^0?1[3-9]\d{9}$/.test(national)) return national.replace(/^0/, '')
  if (/^861[3-9]\d{9}$/.test(national)) return national.slice(2)
  // The international form leaves out the trunk prefix: +86 451 8888 8888, +86 10 8888 8888.
  if (national !== written && /^(?:[2-9]\d{8,10}|10\d{8})$/.test(national)) return `0${national}`
  return national
}

/** The number at the other end, by which a caller is known again; null for callers who hide theirs. */
export function outsideNumber(
  direction: 'inbound' | 'outbound' | 'internal',
  caller: string,
  callee: string,
): string | null {
  if (direction === 'internal') return null
  const number = normaliseNumber(direction === 'outbound' ? callee : caller)
  return /^\+?\d{3,}$/.test(number) ? number : null
}
