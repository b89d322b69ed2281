// How many phones an agent has, from what passes by anyhow: events of registrations and the switch's table of them.
import type { EslEvent } from './event.ts'
import { filled } from './headers.ts'
import { toContacts } from './picture.ts'

export interface PhoneCount {
  of(user: string): number
  /** Users of whom an event told that the table may not know yet. */
  told(): string[]
  hear(event: EslEvent): void
  /** The answer to `show registrations as json`. */
  read(json: string): void
}

/** The table is behind the events by about this much. */
const LAG_MS = 3000

const SIP_URI = /sips?:[^>;"\s]+/i

export function createPhoneCount(now: () => number): PhoneCount {
  /** User → contact → when an event told of it; 0 for those of the table. */
  let contacts = new Map<string, Map<string, number>>()

  const add = (user: string, contact: string, at: number) => {
    const theirs = contacts.get(user) ?? new Map<string, number>()
    contacts.set(user, theirs.set(contact, at))
  }

  return {
    of: user => contacts.get(user)?.size ?? 0,
    told: () =>
      [...contacts]
        .filter(([, theirs]) => [...theirs.values()].some(toldAt => now() - toldAt < LAG_MS))
        .map(([user]) => user),
    hear(event) {
      if (event.name !== 'CUSTOM') return
      const user = filled(event.get('from-user'))
      const contact = SIP_URI.exec(event.get('contact') ?? '')?.[0]
      if (user === undefined || contact === undefined) return
      if (event.subclass === 'sofia::register') add(user, contact, now())
      else contacts.get(user)?.delete(contact)
    },
    read(json) {
      const rows = toContacts(json)
      if (!rows) return
      const [before, at] = [contacts, now()]
      contacts = new Map()
      for (const [user, theirs] of before)
        for (const [contact, toldAt] of theirs) if (at - toldAt < LAG_MS) add(user, contact, toldAt)
      for (const [user, url] of rows) {
        const contact = SIP_URI.exec(url)?.[0]
        if (contact !== undefined && !contacts.get(user)?.has(contact)) add(user, contact, 0)
      }
    },
  }
}
