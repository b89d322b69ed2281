// Digest authentication: RFC 7616 and RFC 2617 with MD5, as RFC 3261 §22 uses them.
import { createHash, timingSafeEqual } from 'node:crypto'
import { splitList, unquote } from '../message/scan.ts'

export interface Credentials {
  readonly username: string
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  readonly response: string
  readonly algorithm: string
  /** '' for a client of RFC 2069. */
  readonly qop: string
  readonly nonceCount: string
  readonly clientNonce: string
}

/** Undefined for another scheme or missing parts. */
export function parseCredentials(header: string): Credentials | undefined {
  const match = /^Digest\s+(.*)$/is.exec(header.trim())
  const parts = match?.[1] === undefined ? undefined : splitList(match[1], ',')
  if (parts === undefined) return undefined
  const values = new Map<string, string>()
  for (const part of parts) {
    const equals = part.indexOf('=')
    if (equals < 0) continue
    values.set(part.slice(0, equals).trim().toLowerCase(), unquote(part.slice(equals + 1).trim()))
  }
  const value = (name: string) => values.get(name) ?? ''
  if (!['username', 'realm', 'nonce', 'uri', 'response'].every(name => values.has(name))) {
    return undefined
  }
  return {
    username: value('username'),
    realm: value('realm'),
    nonce: value('nonce'),
    uri: value('uri'),
    response: value('response').toLowerCase(),
    algorithm: value('algorithm').toUpperCase() || 'MD5',
    qop: value('qop').toLowerCase(),
    nonceCount: value('nc').toLowerCase(),
    clientNonce: value('cnonce'),
  }
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

/** HA1 of RFC 7616 §3.4.2. */
export function digestSecret(user: string, realm: string, password: string): string {
  return md5(`${user}:${realm}:${password}`)
}

/** §3.4.1 */
export function digestResponse(ha1: string, method: string, credentials: Credentials): string {
  const { nonce, uri, qop, nonceCount, clientNonce } = credentials
  const ha2 = md5(`${method}:${uri}`)
  return qop === ''
    ? md5(`${ha1}:${nonce}:${ha2}`)
    : md5(`${ha1}:${nonce}:${nonceCount}:${clientNonce}:${qop}:${ha2}`)
}

export function sameResponse(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
