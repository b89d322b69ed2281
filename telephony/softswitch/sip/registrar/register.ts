// REGISTER: RFC 3261 §10.3, for a user whose digest was right.
import type { Binding, HeaderList } from '../stack.ts'
import { headerLine, headerList, type SipRequest } from '../message/message.ts'
import { parseNameAddr, type NameAddr } from '../message/name-addr.ts'
import { parseSipUri } from '../message/uri.ts'
import { parseWhole } from '../message/scan.ts'
import type { ServerTransaction } from '../transaction/server.ts'
import type { BindingStore } from './bindings.ts'

/** §10.3 step 7: a phone that asks for less would only flood us. */
export const MIN_EXPIRES_S = 60
const MAX_EXPIRES_S = 3600
const CONTACTS_PER_USER = 20

interface Wish {
  readonly contact: string
  readonly instance?: string
  readonly expiresS: number
}

/** Step 3: the address of record is in To; undefined where it is none of ours. */
export function registeredUser(to: NameAddr): string | undefined {
  const user = parseSipUri(to.uri)?.user
  return user === '' ? undefined : user
}

export function register(transaction: ServerTransaction, user: string, store: BindingStore): void {
  const { request, envelope, flow } = transaction
  const contacts = headerList(request, 'Contact') ?? []
  if (contacts.includes('*')) {
    if (contacts.length > 1 || headerLine(request, 'Expires') !== '0') {
      return transaction.answer({ status: 400, reason: 'Wildcard Needs Expires 0 Alone' })
    }
    for (const { contact } of store.of(user)) store.remove(user, contact, 'asked')
    return transaction.answer({ status: 200 })
  }
  const wishes: Wish[] = []
  for (const value of contacts) {
    const wish = readWish(value, request)
    if (wish === undefined) return transaction.answer({ status: 400, reason: 'Unusable Contact' })
    wishes.push(wish)
  }
  if (wishes.some(({ expiresS }) => expiresS > 0 && expiresS < MIN_EXPIRES_S)) {
    const headers: HeaderList = [['Min-Expires', String(MIN_EXPIRES_S)]]
    return transaction.answer({ status: 423, headers })
  }
  // §10.3 step 7: an old request that comes late changes nothing. All contacts are checked before the first is written.
  for (const { contact, instance } of wishes) {
    const known = store.find(user, contact, instance)
    if (known?.callId === envelope.callId && envelope.cseq <= known.cseq) {
      return transaction.answer({ status: 500, reason: 'CSeq Out Of Order' })
    }
  }
  const added = wishes.filter(
    ({ contact, instance }) => !store.find(user, contact, instance),
  ).length
  if (store.of(user).length + added > CONTACTS_PER_USER) {
    return transaction.answer({ status: 403, reason: 'Too Many Contacts' })
  }
  const now = Date.now()
  for (const { contact, instance, expiresS } of wishes) {
    if (expiresS === 0) {
      store.remove(user, store.find(user, contact, instance)?.binding.contact ?? contact, 'asked')
      continue
    }
    store.put({
      binding: {
        user,
        contact,
        source: flow.source,
        expiresAt: now + expiresS * 1000,
        userAgent: headerLine(request, 'User-Agent') ?? '',
      },
      callId: envelope.callId,
      cseq: envelope.cseq,
      ...(instance === undefined ? {} : { instance }),
    })
  }
  const headers: HeaderList = [
    ...store.of(user).map(binding => contactHeader(binding, now)),
    ['Date', new Date(now).toUTCString()],
  ]
  transaction.answer({ status: 200, headers })
}

function contactHeader(binding: Binding, now: number): readonly [string, string] {
  const leftS = Math.max(0, Math.round((binding.expiresAt - now) / 1000))
  return ['Contact', `<${binding.contact}>;expires=${leftS}`]
}

function readWish(value: string, request: SipRequest): Wish | undefined {
  const address = parseNameAddr(value)
  if (address === undefined || parseSipUri(address.uri) === undefined) return undefined
  const asked = address.params.get('expires') ?? headerLine(request, 'Expires')
  // §10.3 step 6: what is no number counts as 3600.
  const expiresS = asked === undefined ? MAX_EXPIRES_S : parseWhole(asked, 2 ** 32 - 1)
  const instance = address.params.get('+sip.instance')
  const flowNumber = address.params.get('reg-id') ?? ''
  return {
    contact: address.uri,
    expiresS: Math.min(expiresS ?? MAX_EXPIRES_S, MAX_EXPIRES_S),
    ...(instance === undefined ? {} : { instance: `${instance}|${flowNumber}` }),
  }
}
