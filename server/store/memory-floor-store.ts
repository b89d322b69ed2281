// Twin of the Redis store for unit tests: the same door, nothing survives.
import type { Fact } from '../ledger/fact.ts'
import { StoreAway } from './away.ts'
import { compareIds, type FactStream, type StreamEntry, toEntry } from './fact-stream.ts'
import { LeaseLost } from './lease.ts'
import type { FloorEntries, FloorStore } from './port.ts'

export interface MemoryFloorStore extends FloorStore {
  /** Every fact written and not trimmed, in order. */
  facts(): readonly Fact[]
  readonly stream: FactStream
  /** Plays Redis going away and coming back. */
  setStatus(status: 'up' | 'down'): void
  /** Plays a store that comes back as it was when the copy was taken, without a word of it when `unnoticed`. */
  lose(keep: { readonly entries: FloorEntries; readonly facts: number }, unnoticed?: boolean): void
  /** Plays another server taking the lease. */
  loseLease(): void
}

export function createMemoryFloorStore(): MemoryFloorStore {
  const floor = new Map<string, string>()
  const lastSeq = new Map<string, number>()
  const listeners: ((status: 'up' | 'down') => void)[] = []
  const lossListeners: (() => void)[] = []
  const kept: (() => void)[] = []
  const readers = new Set<() => void>()
  const aside: StreamEntry[] = []
  let entries: StreamEntry[] = []
  let count = 0
  let state: 'up' | 'down' | 'lost' | 'closed' = 'up'

  const append = (fact: Fact) => {
    if (fact.seq <= (lastSeq.get(fact.subject) ?? -1)) return
    lastSeq.set(fact.subject, fact.seq)
    entries.push(toEntry(`${++count}-0`, JSON.stringify(fact)))
  }
  const stream: FactStream = {
    read: async (limit, waitMs) => {
      if (entries.length === 0) {
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, waitMs)
          readers.add(() => {
            clearTimeout(timer)
            resolve()
          })
        })
      }
      return entries.slice(0, limit)
    },
    trim: async throughId => {
      entries = entries.filter(entry => compareIds(entry.id, throughId) > 0)
    },
    setAside: async entry => void aside.push(entry),
    length: async () => entries.length,
    lastId: async () => `${count}-0`,
    close: async () => {
      for (const wake of readers) wake()
    },
  }
  return {
    stream,
    facts: () => entries.flatMap(entry => entry.fact ?? []),
    load: async () => {
      if (state === 'lost') throw new LeaseLost('switch')
      if (state !== 'up') throw new StoreAway(false)
      return new Map(floor)
    },
    commit: async ({ facts, set, remove }) => {
      if (state === 'lost') throw new LeaseLost('switch')
      if (state === 'closed') throw new StoreAway(false)
      // As JSON text, so that a later change of the caller's object changes nothing here.
      const written = structuredClone({ facts, set, remove })
      const write = () => {
        for (const fact of written.facts) append(fact)
        for (const [key, value] of Object.entries(written.set)) floor.set(key, value)
        for (const key of written.remove) floor.delete(key)
        for (const wake of readers) wake()
        readers.clear()
      }
      if (state === 'up') return write()
      kept.push(write)
      throw new StoreAway(true)
    },
    onStatus: listener => void listeners.push(listener),
    onLost: listener => void lossListeners.push(listener),
    lose(keep, unnoticed = false) {
      floor.clear()
      for (const [key, text] of keep.entries) floor.set(key, text)
      for (const { fact } of entries.splice(keep.facts))
        if (fact && (lastSeq.get(fact.subject) ?? 0) >= fact.seq)
          lastSeq.set(fact.subject, fact.seq - 1)
      if (!unnoticed) for (const listener of lossListeners) listener()
    },
    setStatus: status => {
      if (status === state) return
      state = status
      if (status === 'up') for (const write of kept.splice(0)) write()
      for (const listener of listeners) listener(status)
    },
    loseLease: () => {
      state = 'lost'
    },
    close: async () => {
      state = 'closed'
    },
  }
}
