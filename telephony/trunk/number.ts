// Telephone numbers as networks write them, in the one form that records, blacklists and history compare.

/** What networks and phones send for "no number given". */
const WITHHELD =
  /^(anonymous|restricted|private|unavailable|unknown|withheld|blocked|asserted-?id|0000000000)$/i

/** A Chinese mobile number: eleven digits from 13 to 19. */
const MOBILE = /^1[3-9]\d{9}$/
/** Chinese area codes: 010, 02x with three digits, 03xx to 09xx with four. */
const AREA_CODE = /^0(?:10|2\d|[3-9]\d{2})/

/** Longest SIP user part that is kept. */
const MAX_LENGTH = 64

/**
 * Takes off scheme, host, parameters, separators and the country code 86; gives a mobile number eleven digits and a
 * landline its area code with the leading 0. A foreign number keeps its `+`. Empty when withheld.
 */
export function toNumber(raw: string): string {
  const { user, context } = partsOf(raw)
  if (user === '' || WITHHELD.test(user)) return ''
  const plain = /^\+?[\d\s().-]+$/.test(user) ? user.replace(/[\s().-]/g, '') : user
  if (!/^\+?\d+$/.test(plain)) {
    const kept = plain.replace(/[^\w.+*#-]/g, '').replace(/(?!^)\+/g, '')
    return kept.slice(0, MAX_LENGTH)
  }
  return domestic(inContext(plain, context).slice(0, MAX_LENGTH))
}

interface Parts {
  readonly user: string
  /** RFC 3966 §5.1.5: what a local number is local to. */
  readonly context: string
}

// RFC 3261 §19.1.1 and §19.1.6, RFC 3966 §3: scheme, user with its own parameters, host, parameters.
function partsOf(raw: string): Parts {
  const uri = raw
    .trim()
    .replace(/^.*<([^>]*)>.*$/s, '$1')
    .replace(/^(sips?|tel):/i, '')
  const at = uri.indexOf('@')
  const local = (at < 0 ? uri : uri.slice(0, at)).replace(/\?.*$/s, '')
  const [user = '', ...parameters] = decoded(local).split(';')
  const context = /(?:^|;)phone-context=([^;]*)/i.exec(parameters.join(';'))?.[1] ?? ''
  return { user: user.trim(), context }
}

/** %HH to characters where that can be; IMS networks escape the plus. */
function decoded(text: string): string {
  return text.replace(/%([0-7][0-9A-Fa-f])/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  )
}

/** A local number under a global context is that context's: 87654321 in +86591 is +8659187654321. A domain says nothing. */
function inContext(number: string, context: string): string {
  const isGlobal = /^\+\d+$/.test(context)
  // A number that has its area code, or is a mobile one, is national whatever stands beside it.
  const isLocal = !number.startsWith('+') && !number.startsWith('0') && !MOBILE.test(number)
  return isGlobal && isLocal ? context + number : number
}

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

/**
 * The number of ours that was called: networks put the area code before a short code, 059112393 for 12393. The first
 * reading that `isOurs` knows; else the number as it stands.
 */
export function toOwnNumber(
  raw: string,
  isOurs: (number: string) => boolean,
  areaCode?: string,
): string {
  const number = toNumber(raw)
  const area = areaCode ?? AREA_CODE.exec(number)?.[0]
  const withoutArea =
    area !== undefined && number.startsWith(area) ? number.slice(area.length) : undefined
  // A number of ours may be published with its area code although the network leaves it out.
  const withArea = areaCode === undefined ? undefined : `${areaCode}${number}`
  const readings = [number, withoutArea ?? '', withArea ?? ''].filter(one => one !== '')
  return readings.find(one => isOurs(one)) ?? number
}

/** How a dialled number is written on the way out. `*` and `#` codes and foreign numbers stay as they are. */
export function toDialled(
  number: string,
  form: 'national' | 'e164' | 'as-dialled',
  areaCode?: string,
): string {
  if (form === 'as-dialled') return number
  const national = toNumber(number)
  if (!/^\d+$/.test(national)) return form === 'national' ? national.replace(/^\+/, '00') : national
  if (form === 'national') return national
  if (MOBILE.test(national) || /^[48]00\d{7}$/.test(national)) return `+86${national}`
  if (AREA_CODE.test(national) && national.length >= 10) return `+86${national.slice(1)}`
  // A landline of our own place, dialled without its area code.
  if (areaCode !== undefined && /^[2-8]\d{6,7}$/.test(national))
    return `+86${areaCode.slice(1)}${national}`
  // Short codes have no global form (110, 12393).
  return national
}
