// What the headers about identity hold: lists of addresses, each with parameters (RFC 3261 §7.3.1, §25.1).

export interface Address {
  /** As written, `sip:…` or `tel:…`. */
  readonly uri: string
  /** After the closing bracket; names in lower case, quotes off. */
  readonly params: ReadonlyMap<string, string>
}

/** Longer ones are no call's; a hostile header must cost nothing. */
const MAX_LENGTH = 8192

/** Splits outside quotes and angle brackets. */
function split(text: string, delimiter: string): string[] {
  const parts: string[] = []
  let part = ''
  let quoted = false
  let bracketed = false
  for (let at = 0; at < text.length; at++) {
    const c = text[at] ?? ''
    if (quoted && c === '\\') part += c + (text[++at] ?? '')
    else if (c === delimiter && !quoted && !bracketed) {
      parts.push(part)
      part = ''
    } else {
      if (c === '"' && !bracketed) quoted = !quoted
      if (!quoted && c === '<') bracketed = true
      if (!quoted && c === '>') bracketed = false
      part += c
    }
  }
  return [...parts, part]
}

/** The addresses of a header, in order; what is none is left out. */
export function toAddresses(header: string): Address[] {
  return split(header.slice(0, MAX_LENGTH), ',').flatMap(value => {
    const [address = '', ...params] = split(value, ';')
    // A name in quotes may hold anything, brackets too.
    const unnamed = address.replace(/^\s*"(?:[^"\\]|\\.)*"/s, '')
    const uri = /<([^>]*)>/.exec(unnamed)?.[1] ?? unnamed.trim()
    return /^(sips?|tel):./i.test(uri) ? [{ uri, params: toParams(params) }] : []
  })
}

const toParams = (params: readonly string[]): Map<string, string> =>
  new Map(
    params.map(param => {
      const equals = param.indexOf('=')
      const name = equals < 0 ? param : param.slice(0, equals)
      const value = equals < 0 ? '' : param.slice(equals + 1)
      return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/s, '$1')]
    }),
  )
