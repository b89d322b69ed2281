// The number that calls, in the one form that records, blacklists and history compare.

/** What networks and phones send for "no number given". */
const WITHHELD =
  /^(anonymous|restricted|private|unavailable|unknown|withheld|blocked|asserted-?id|0000000000)$/i

/** A Chinese mobile number: eleven digits from 13 to 19. */
const MOBILE = /^1[3-9]\d{9}$/

/** Longest SIP user part that is kept. */
const MAX_LENGTH = 64

/**
 * Takes off scheme, host, parameters, separators and the country code 86; gives a mobile number eleven digits and a
 * landline its area code with the leading 0. A foreign number keeps its `+`. Empty when withheld.
 */
export function toNumber(raw: string): string {
  const user = userPart(raw)
  if (user === '' || WITHHELD.test(user)) return ''
  const plain = /^\+?[\d\s().-]+$/.test(user) ? user.replace(/[\s().-]/g, '') : user
  if (!/^\+?\d+$/.test(plain)) {
    const kept = plain.replace(/[^\w.+*#-]/g, '').replace(/(?!^)\+/g, '')
    return kept.slice(0, MAX_LENGTH)
  }

  return domestic(plain.slice(0, MAX_LENGTH))
}

// RFC 3261 §19.1.1 and RFC 3966 §3: scheme, user, host, then parameters.
const userPart = (raw: string) =>
  raw
    .trim()
    .replace(/^.*<([^>]*)>.*$/, '$1')
    .replace(/^(sips?|tel):/i, '')
    .replace(/[@;?].*$/s, '')
    .trim()

const domestic = (digits: string) => {
  const withPlus = digits.replace(/^00(?=[1-9]\d{7,})/, '+')
  if (withPlus.startsWith('+86')) return nationalOf(withPlus.slice(3))
  if (withPlus.startsWith('+')) return withPlus
  // Some trunks send the country code without a plus, some a 0 before a mobile number for long distance.
  if (/^861[3-9]\d{9}$/.test(digits)) return digits.slice(2)
  if (/^01[3-9]\d{9}$/.test(digits)) return digits.slice(1)

  return digits
}

const nationalOf = (number: string) => {
  const national = number.replace(/^0/, '')
  const isWhole = MOBILE.test(national) || /^[48]00\d{7}$/.test(national) || national.length < 7

  return isWhole ? national : `0${national}`
}
