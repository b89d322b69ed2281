// The contacts phones registered, each with its end: RFC 3261 §10.3; over WebSocket a contact lives as long as its connection.
import type { Binding } from '../stack.ts'
import { sameUri } from '../message/uri.ts'
import { flowKey, type Flow } from '../transport/flow.ts'

export interface BindingUpdate {
  readonly binding: Binding
  /** +sip.instance with reg-id (RFC 5626), where the phone says it: the same phone under a new contact. */
  readonly instance?: string
  readonly callId: string
  readonly cseq: number
}

export interface BindingStore {
  /** Newest first. */
  of(user: string): readonly Binding[]
  all(): readonly Binding[]
  /** What is known of the phone that this update is about. */
  find(user: string, contact: string, instance: string | undefined): BindingUpdate | undefined
  put(update: BindingUpdate): void
  remove(user: string, contact: string, reason: UnregisterReason): void
  flowClosed(flow: Flow): void
  dispose(): void
}

type UnregisterReason = 'asked' | 'expired' | 'connection-lost'

interface Listeners {
  onRegistered(binding: Binding): void
  onUnregistered(binding: Binding, reason: UnregisterReason): void
}

interface Entry {
  readonly update: BindingUpdate
  expiry: NodeJS.Timeout
  loss?: NodeJS.Timeout
}

export function createBindingStore(graceMs: number, listeners: Listeners): BindingStore {
  const users = new Map<string, Entry[]>()

  function stop(entry: Entry): void {
    clearTimeout(entry.expiry)
    clearTimeout(entry.loss)
  }

  function isSame(entry: Entry, contact: string, instance: string | undefined): boolean {
    if (instance !== undefined && entry.update.instance === instance) return true
    return sameUri(entry.update.binding.contact, contact)
  }

  function drop(entry: Entry, reason?: UnregisterReason): void {
    const { user } = entry.update.binding
    stop(entry)
    const left = (users.get(user) ?? []).filter(other => other !== entry)
    if (left.length === 0) users.delete(user)
    else users.set(user, left)
    if (reason !== undefined) listeners.onUnregistered(entry.update.binding, reason)
  }

  function entry(user: string, contact: string, instance: string | undefined): Entry | undefined {
    return users.get(user)?.find(other => isSame(other, contact, instance))
  }

  return {
    of: user => (users.get(user) ?? []).map(({ update }) => update.binding),
    all: () => [...users.values()].flat().map(({ update }) => update.binding),
    find: (user, contact, instance) => entry(user, contact, instance)?.update,
    put(update) {
      const { binding, instance } = update
      const before = entry(binding.user, binding.contact, instance)
      if (before !== undefined) drop(before)
      const added: Entry = {
        update,
        expiry: setTimeout(() => drop(added, 'expired'), binding.expiresAt - Date.now()),
      }
      users.set(binding.user, [added, ...(users.get(binding.user) ?? [])])
      listeners.onRegistered(binding)
    },
    remove(user, contact, reason) {
      const found = entry(user, contact, undefined)
      if (found !== undefined) drop(found, reason)
    },
    flowClosed(flow) {
      if (flow.source.transport !== 'ws') return
      for (const held of [...users.values()].flat()) {
        const { transport, address, port } = held.update.binding.source
        if (flowKey(transport, address, port) !== flow.key) continue
        clearTimeout(held.loss)
        held.loss = setTimeout(() => drop(held, 'connection-lost'), graceMs)
      }
    },
    dispose() {
      for (const held of [...users.values()].flat()) stop(held)
      users.clear()
    },
  }
}
