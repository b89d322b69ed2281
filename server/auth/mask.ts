// Personal data for those who may not see it whole: 139****1111, 张**, and the same inside texts and SIP messages (N-5). Pure.
import { isSpeech, maskSpeech, speechOf } from './mask-speech.ts'
import { maskCharacters } from './personal-number.ts'

const HIDDEN = 4

/** Hides four digits before the last four (of a short number, all but the last two). Words such as `anonymous` stay. */
export function maskNumber(number: string): string {
  if (!/^\+?[0-9]+$/.test(number)) return number
  if (number.length <= 6) return number
  if (number.length <= HIDDEN + 4) return '*'.repeat(number.length - 2) + number.slice(-2)
  return `${number.slice(0, -(HIDDEN + 4))}${'*'.repeat(HIDDEN)}${number.slice(-4)}`
}

/** The first character is enough to tell two callers apart. */
export const maskName = (name: string): string =>
  name === '' ? '' : `${[...name][0] ?? ''}${'*'.repeat(Math.max(1, [...name].length - 1))}`

/** Numbers of people, in figures or in words, also where they are broken by blanks, stops or sounds of hesitation. */
export const maskText = (text: string): string => maskCharacters(text).join('')

/** Headers that hold people: RFC 3261 §20, RFC 3325, RFC 5806, RFC 7044, RFC 3892; the short forms of §7.3.3. */
const PEOPLE =
  /^(?:From|f|To|t|Contact|m|Reply-To|P-Asserted-Identity|P-Preferred-Identity|P-Called-Party-ID|Remote-Party-ID|Diversion|History-Info|Referred-By|b|Refer-To|r|P-Charging-Vector|Subject|s|Call-Info|Alert-Info)$/i
/** Headers that hold numbers which are nobody's. */
const TECHNICAL =
  /^(?:Via|v|Call-ID|i|CSeq|Max-Forwards|Content-Length|l|Content-Type|c|Expires|Session-Expires|x|Min-SE|Allow|Supported|k|User-Agent|Server|RSeq|RAck|Route|Record-Route|Timestamp|Date|Accept|Require|Reason|Retry-After|WWW-Authenticate|Proxy-Authenticate)$/i

/** A SIP message with the people in it hidden; dialog, routing and media stay to be read. */
export function maskSip(message: string): string {
  const end = message.indexOf('\r\n\r\n')
  const head = end < 0 ? message : message.slice(0, end)
  const body = end < 0 ? '' : message.slice(end)
  const [first = '', ...lines] = head.split(/\r\n(?![ \t])/)
  const isSdp = /^(?:Content-Type|c)[ \t]*:[ \t]*application\/sdp/im.test(head)
  return [maskUris(first), ...lines.map(maskHeader)].join('\r\n') + maskBody(body, isSdp)
}

function maskHeader(line: string): string {
  const [, name = '', colon = '', value = ''] = /^([\w-]+)([ \t]*:)([\s\S]*)$/.exec(line) ?? []
  if (name === '') return maskText(line)
  if (TECHNICAL.test(name)) return name + colon + maskUris(value)
  if (!PEOPLE.test(name)) return name + colon + maskText(maskUris(value))
  // A name in quotes, or words before the address.
  const unnamed = value
    .replace(/"(?:[^"\\]|\\.)*"/g, '"***"')
    .replace(/^([ \t]*)[^"<>;:,]+(?=<)/, '$1*** ')
  return name + colon + maskUris(unnamed)
}

/** The user part of each URI; one that is written in percents is hidden whole. */
const maskUris = (text: string): string =>
  text.replace(/\b(sips?:|tel:)([^@;>?\s,"]+)/gi, (_, scheme: string, user: string) =>
    user.includes('%') ? `${scheme}***` : `${scheme}${maskUser(user)}`,
  )
const maskUser = (user: string): string =>
  maskNumber(user) !== user || /^\+?[0-9]+$/.test(user) ? maskNumber(user) : maskText(user)

/** RFC 4566 §5.3–5.7: only these lines of a description hold people. */
const maskBody = (body: string, isSdp: boolean): string =>
  isSdp
    ? body.replace(
        /^([sieup]=)([^\r\n]*)/gm,
        (_, name: string, value: string) => name + maskText(value),
      )
    : maskText(maskUris(body))

const ID_KEY =
  /(?:^id|Ids?|^call|^leg|^path|^sha256|^subject|^node|At|^at|^since|^flow|^channel|^nextCursor)$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const DIGITS_KEY = /^(?:digits?)$/
const NAME_KEY = /^callerName$/

/**
 * Any value, field by field: numbers, names of callers and what they typed are hidden; ids and instants stay. For facts, pushes and
 * notes of the audit, whose fields are many and will be more.
 */
export function maskDeep<T>(value: T): T
export function maskDeep(value: unknown, key = '', parent = ''): unknown {
  if (typeof value === 'string') {
    if (ID_KEY.test(key) || UUID.test(value)) return value
    if (DIGITS_KEY.test(key)) return '*'.repeat(value.length)
    if (NAME_KEY.test(key) || (key === 'name' && parent === 'caller')) return maskName(value)
    return maskText(value)
  }
  if (Array.isArray(value)) return maskList(value, key, parent)
  if (value === null || typeof value !== 'object') return value
  if (isSpeech(value)) return maskSpeech([value])[0]
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, maskInner(inner, name, key)]),
  )
}

/** Sentences of one talk are looked at together: a number may go on in the next one. */
function maskList(values: readonly unknown[], key: string, parent: string): unknown[] {
  const said = values.flatMap(value => speechOf(value) ?? [])
  const masked = new Map(maskSpeech(said).map((speech, at) => [said[at], speech]))
  return values.map(value => {
    const speech = speechOf(value)
    const seen = speech && masked.get(speech)
    if (!seen) return maskInner(value, key, parent)
    return speech === value ? seen : { ...(value as object), data: seen }
  })
}
const maskInner = maskDeep as (value: unknown, key: string, parent: string) => unknown
