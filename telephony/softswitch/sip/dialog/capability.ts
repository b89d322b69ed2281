// What this user agent can do, as its headers say it: RFC 3261 §20.5, §20.37, §11.2.
import type { HeaderList } from '../stack.ts'

export const ALLOWED: readonly string[] = [
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'OPTIONS',
  'INFO',
  'REFER',
  'UPDATE',
  'REGISTER',
  'PRACK',
]

/** Known methods that are refused with 405; anything else is 501. */
export const KNOWN_METHODS: readonly string[] = [
  ...ALLOWED,
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'MESSAGE',
]

export const SUPPORTED: readonly string[] = ['timer', '100rel']

/** What we say without being asked: 100rel is for networks that want it (RFC 3262), and only they hear of it. */
const SAID: readonly string[] = ['timer']

export const allowHeaders: HeaderList = [['Allow', ALLOWED.join(', ')]]

export const capabilityHeaders: HeaderList = [...allowHeaders, ['Supported', SAID.join(', ')]]

export const acceptHeaders: HeaderList = [
  ['Accept', 'application/sdp'],
  ['Accept-Encoding', 'identity'],
  ['Accept-Language', 'zh, en'],
]
