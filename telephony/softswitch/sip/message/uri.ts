// SIP URIs: RFC 3261 §19.1.

export interface SipUri {
  readonly scheme: 'sip' | 'sips'
  /** Unescaped; '' where there is none. */
  readonly user: string
  readonly host: string
  readonly port?: number
  /** Names in lower case, unescaped; a flag maps to ''. */
  readonly params: ReadonlyMap<string, string>
  /** Carries headers after a question mark; allowed in a Contact, not in a Request-URI (§19.1.1, table 1). */
  readonly hasHeaders: boolean
}

export function uriScheme(text: string): string | undefined {
  return /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase()
}

const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*))$/

/** Undefined when it is no well-formed sip: or sips: URI. */
export function parseSipUri(text: string): SipUri | undefined {
  const scheme = uriScheme(text)
  if (scheme !== 'sip' && scheme !== 'sips') return undefined
  if (/[\s<>"]/.test(text)) return undefined
  const rest = text.slice(scheme.length + 1)
  // The user part may hold ; ? and / but no unescaped @, so the first @ ends it.
  const at = rest.indexOf('@')
  const userInfo = at < 0 ? '' : rest.slice(0, at)
  if (at === 0) return undefined
  const afterUser = rest.slice(at + 1)
  const question = afterUser.indexOf('?')
  const [hostPort = '', ...paramParts] = (
    question < 0 ? afterUser : afterUser.slice(0, question)
  ).split(';')
  const { host, port } = splitHostPort(hostPort)
  if (host === undefined || !HOST.test(host)) return undefined
  if (port !== undefined && !(port >= 1 && port <= 65535)) return undefined
  const params = new Map<string, string>()
  for (const part of paramParts) {
    const [name = '', value = ''] = part.split('=', 2)
    if (part !== '') params.set(unescapeUri(name).toLowerCase(), unescapeUri(value))
  }
  const user = unescapeUri(userInfo.split(':', 1)[0] ?? '')
  return {
    scheme,
    user,
    host,
    params,
    hasHeaders: question >= 0,
    ...(port === undefined ? {} : { port }),
  }
}

/** The user of a sip: URI, or the number of a tel: URI without its parameters (RFC 3966 §3); '' where there is none. */
export function uriUser(text: string): string {
  if (uriScheme(text) !== 'tel') return parseSipUri(text)?.user ?? ''
  return unescapeUri(text.slice('tel:'.length).split(/[;?]/, 1)[0] ?? '')
}

/** RFC 3966 §3: digits with visual separators, a plus first where it is global, then parameters. */
export function isTelUri(text: string): boolean {
  return /^tel:(?:\+[\d().-]*\d[\d().-]*|[\dA-Fa-f*#().-]+)(?:;[\w.+%!~*'()[\]/:&$-]+(?:=[\w.+%!~*'()[\]/:&$"-]*)?)*$/i.test(
    text,
  )
}

export function splitHostPort(text: string): { host?: string; port?: number } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text)
  if (match === null || match[1] === undefined) return {}
  return match[2] === undefined ? { host: match[1] } : { host: match[1], port: Number(match[2]) }
}

/** %HH to characters; a stray % stays as it is. */
export function unescapeUri(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    )
  }
}

/** What may not stand in a user part (RFC 3261 §25.1 user) is escaped. */
export function escapeUser(user: string): string {
  return encodeURIComponent(user).replace(/%(26|3D|2B|24|2C|3B|3F|2F)/g, hex =>
    decodeURIComponent(hex),
  )
}

/** Same address of record or contact: RFC 3261 §19.1.4, for the parts that matter to reach somebody. */
export function sameUri(a: string, b: string): boolean {
  if (a === b) return true
  const left = parseSipUri(a)
  const right = parseSipUri(b)
  if (left === undefined || right === undefined) return false
  return (
    left.scheme === right.scheme &&
    left.user === right.user &&
    left.host.toLowerCase() === right.host.toLowerCase() &&
    left.port === right.port &&
    ['transport', 'user', 'method', 'ttl', 'maddr'].every(
      name =>
        (left.params.get(name) ?? '').toLowerCase() ===
        (right.params.get(name) ?? '').toLowerCase(),
    )
  )
}

export function isIpLiteral(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.startsWith('[')
}
