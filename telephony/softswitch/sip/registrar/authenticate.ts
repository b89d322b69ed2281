// Who sent a request: RFC 3261 §22.1–22.2.
import type { Directory, HeaderList } from '../stack.ts'
import { headerLines, type SipRequest } from '../message/message.ts'
import { digestResponse, parseCredentials, sameResponse, type Credentials } from './digest.ts'
import type { Nonces } from './nonce.ts'

export type Identity =
  | { readonly type: 'none' }
  | { readonly type: 'right'; readonly user: string }
  /** The password is right, the nonce too old or used: a new challenge, no blame. */
  | { readonly type: 'stale'; readonly user: string }
  | { readonly type: 'wrong'; readonly user: string }

export interface Authenticator {
  identify(request: SipRequest): Identity
  challenge(stale: boolean): HeaderList
}

export function createAuthenticator(
  realm: string,
  directory: Directory,
  nonces: Nonces,
): Authenticator {
  function ofOurRealm(request: SipRequest): Credentials | undefined {
    return [
      ...headerLines(request, 'Authorization'),
      ...headerLines(request, 'Proxy-Authorization'),
    ]
      .map(parseCredentials)
      .find(credentials => credentials?.realm === realm)
  }

  return {
    identify(request) {
      const credentials = ofOurRealm(request)
      if (credentials === undefined) return { type: 'none' }
      const user = credentials.username
      // Nobody is blamed for a nonce that was never ours: a forged datagram must not ban its pretended sender.
      if (!nonces.isValid(credentials.nonce)) return { type: 'stale', user }
      const ha1 = directory.ha1(user)
      // An unknown user costs the same work as a wrong password.
      const expected = digestResponse(ha1 ?? '', request.method, credentials)
      const right = sameResponse(expected, credentials.response)
      const known = ha1 !== undefined && credentials.algorithm === 'MD5'
      const qop = credentials.qop === 'auth' || credentials.qop === ''
      if (!right || !known || !qop) return { type: 'wrong', user }
      const use = nonces.use(
        credentials.nonce,
        credentials.qop === '' ? '' : credentials.nonceCount,
      )
      return use === 'fresh' ? { type: 'right', user } : { type: 'stale', user }
    },
    challenge(stale) {
      const parts = [
        `realm="${realm}"`,
        `nonce="${nonces.create()}"`,
        'algorithm=MD5',
        'qop="auth"',
        ...(stale ? ['stale=true'] : []),
      ]
      return [['WWW-Authenticate', `Digest ${parts.join(', ')}`]]
    },
  }
}
