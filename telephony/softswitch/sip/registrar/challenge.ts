// The client's side of digest authentication: RFC 3261 §22.2–22.3, RFC 7616 §3.4, RFC 8760.
import { createHash, randomBytes } from 'node:crypto'
import type { Account, HeaderList } from '../stack.ts'
import { headerLines } from '../message/message.ts'
import { quote, splitList, unquote } from '../message/scan.ts'

interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string
  readonly hash: 'md5' | 'sha256'
  readonly algorithm: string
  readonly qop: '' | 'auth'
}

/** The header that answers a 401 or 407; undefined where it can't be answered. */
export function answerChallenge(
  response: { readonly status: number; readonly headers: HeaderList },
  request: { readonly method: string; readonly uri: string },
  account: Account,
): readonly [name: string, value: string] | undefined {
  const isProxy = response.status === 407
  if (!isProxy && response.status !== 401) return undefined
  const offered = headerLines(response, isProxy ? 'Proxy-Authenticate' : 'WWW-Authenticate')
    .map(parseChallenge)
    .filter(challenge => challenge !== undefined)
    .filter(({ realm }) => account.realm === undefined || account.realm === realm)
  // RFC 8760 §2.4: the first one that is understood.
  const [challenge] = offered
  if (challenge === undefined) return undefined
  return [
    isProxy ? 'Proxy-Authorization' : 'Authorization',
    credentialsFor(challenge, request, account),
  ]
}

function credentialsFor(
  { realm, nonce, opaque, hash, algorithm, qop }: Challenge,
  { method, uri }: { readonly method: string; readonly uri: string },
  { username, password }: Account,
): string {
  const digest = (text: string) => createHash(hash).update(text).digest('hex')
  const cnonce = randomBytes(8).toString('hex')
  const ha1 = digest(`${username}:${realm}:${password}`)
  const ha2 = digest(`${method}:${uri}`)
  const response =
    qop === ''
      ? digest(`${ha1}:${nonce}:${ha2}`)
      : digest(`${ha1}:${nonce}:00000001:${cnonce}:auth:${ha2}`)
  const parts = [
    `username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    `algorithm=${algorithm}`,
    ...(qop === '' ? [] : [`cnonce="${cnonce}"`, 'qop=auth', 'nc=00000001']),
    ...(opaque === '' ? [] : [`opaque=${quote(opaque)}`]),
  ]
  return `Digest ${parts.join(', ')}`
}

function parseChallenge(header: string): Challenge | undefined {
  const match = /^Digest\s+(.*)$/is.exec(header.trim())
  const parts = match?.[1] === undefined ? undefined : splitList(match[1], ',')
  if (parts === undefined) return undefined
  const values = new Map(
    parts.map(part => {
      const equals = part.indexOf('=')
      return [part.slice(0, equals).trim().toLowerCase(), unquote(part.slice(equals + 1).trim())]
    }),
  )
  const realm = values.get('realm')
  const nonce = values.get('nonce')
  const algorithm = values.get('algorithm') ?? 'MD5'
  const hash = /^md5$/i.test(algorithm)
    ? 'md5'
    : /^sha-256$/i.test(algorithm)
      ? 'sha256'
      : undefined
  const offered = values.get('qop')
  const qop =
    offered === undefined ? '' : /(^|,)\s*auth\s*(,|$)/i.test(offered) ? 'auth' : undefined
  if (realm === undefined || nonce === undefined || hash === undefined || qop === undefined)
    return undefined
  return { realm, nonce, opaque: values.get('opaque') ?? '', hash, algorithm, qop }
}
