// Where views come in and go out to desktops: a change is made into text once, bursts become one, slow sockets wait.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Publisher } from '../control/port.ts'
import type { ToDesktop } from './protocol.ts'
import { createChannel, type Channel } from './history.ts'

/** One desktop's line, as the hub sees it. */
export interface Outlet {
  send(text: string): void
  /** Bytes accepted but not yet gone. */
  waitingBytes(): number
}
export interface Visitor {
  /** `since`: the version the desktop has, and the run that gave it. */
  subscribe(channel: string, since?: { readonly version: number; readonly run: string }): void
  unsubscribe(channel: string): void
  leave(): void
}
/** A flushed change as another server's hub takes it: JSON of the values, and of the keys gone. */
export type FlushListener = (channel: string, set: string, remove: string) => void

export interface Hub extends Publisher {
  /** Names this hub's versions; another server's, or an earlier run's, mean nothing here. */
  readonly run: string
  enter(outlet: Outlet): Visitor
  readonly visitorCount: number
  /** Whether a desktop here shows the channel. */
  isWatched(channel: string): boolean
  /** Sends what is pending at once. */
  flush(): void
  /** Told of each change sent. Returns what ends the listening. */
  onFlush(listener: FlushListener): () => void
  names(): Iterable<string>
  values(channel: string): ReadonlyMap<string, unknown>
  keys(channel: string): readonly string[]
  /** Takes everything out of the channel, here and at those who mirror it; it goes when nobody watches it. */
  forget(channel: string): void
  close(): void
}

/** A burst within this time is one message; people see no difference below 20. */
const BURST_MS = 10
/** Above this a socket gets no more changes, and a snapshot when it has caught up. */
const SLOW_BYTES = 512_000
const CAUGHT_UP_BYTES = 16_000
const LOOK_EVERY_MS = 200
const valuesSchema = z.record(z.string(), z.unknown())

export function createHub({ clock }: { clock: () => number }): Hub {
  const run = randomUUID()
  const listeners = new Set<FlushListener>()
  const channels = new Map<string, Channel>()
  const watchers = new Map<string, Set<Outlet>>()
  const behind = new Map<Outlet, Set<string>>()
  const visitors = new Set<Outlet>()
  const dirty = new Set<string>()
  let burst: NodeJS.Timeout | undefined
  let look: NodeJS.Timeout | undefined

  const channelOf = (name: string): Channel => {
    // Microseconds of the epoch: above every version of an earlier run or channel of this name, below 2^53 for 200 years.
    const channel = channels.get(name) ?? createChannel(name, run, clock() * 1000)
    channels.set(name, channel)
    return channel
  }

  const flush = () => {
    clearTimeout(burst)
    burst = undefined
    const names = [...dirty]
    dirty.clear()
    for (const name of names) {
      const flushed = channelOf(name).flush(clock())
      if (flushed === undefined) continue
      for (const outlet of watchers.get(name) ?? []) pass(outlet, name, flushed.text)
      for (const listener of listeners) listener(name, flushed.set, flushed.remove)
      dropIdle(name)
    }
  }

  /** A channel with nothing in it and nobody at it need not be kept. */
  const dropIdle = (name: string) => {
    if ((watchers.get(name)?.size ?? 0) > 0) return
    watchers.delete(name)
    if (!dirty.has(name) && channels.get(name)?.keys().length === 0) channels.delete(name)
  }

  const pass = (outlet: Outlet, name: string, text: string) => {
    const missing = behind.get(outlet)
    if (missing?.has(name)) return
    if (outlet.waitingBytes() <= SLOW_BYTES) return outlet.send(text)
    behind.set(outlet, (missing ?? new Set()).add(name))
    look ??= setTimeout(catchUp, LOOK_EVERY_MS)
  }

  const catchUp = () => {
    look = undefined
    for (const [outlet, names] of behind) {
      if (outlet.waitingBytes() > CAUGHT_UP_BYTES) continue
      behind.delete(outlet)
      for (const name of names) outlet.send(channelOf(name).snapshot(clock()))
    }
    if (behind.size > 0) look = setTimeout(catchUp, LOOK_EVERY_MS)
  }

  const unsubscribe = (outlet: Outlet, name: string) => {
    watchers.get(name)?.delete(outlet)
    behind.get(outlet)?.delete(name)
    dropIdle(name)
  }

  const publish: Hub['publish'] = (name, set, remove = []) => {
    if (!channelOf(name).merge(set, remove)) return dropIdle(name)
    dirty.add(name)
    burst ??= setTimeout(flush, BURST_MS)
  }

  return {
    run,
    flush,
    onFlush(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    names: () => channels.keys(),
    keys: name => channels.get(name)?.keys() ?? [],
    values(name) {
      const text = channels.get(name)?.valuesText() ?? '{}'
      return new Map(Object.entries(valuesSchema.parse(JSON.parse(text))))
    },
    publish,
    forget: name => publish(name, {}, channels.get(name)?.keys() ?? []),
    enter(outlet) {
      visitors.add(outlet)
      return {
        subscribe(name, since) {
          // What is pending must be in the snapshot's version, or it would come twice.
          if (dirty.has(name)) flush()
          const channel = channelOf(name)
          const missed = since?.run === run ? channel.since(since.version) : undefined
          for (const text of missed ?? [channel.snapshot(clock())]) outlet.send(text)
          watchers.set(name, (watchers.get(name) ?? new Set()).add(outlet))
        },
        unsubscribe: name => unsubscribe(outlet, name),
        leave() {
          visitors.delete(outlet)
          for (const name of [...watchers.keys()]) unsubscribe(outlet, name)
          behind.delete(outlet)
        },
      }
    },
    get visitorCount() {
      return visitors.size
    },
    isWatched: channel => (watchers.get(channel)?.size ?? 0) > 0,
    close() {
      clearTimeout(burst)
      clearTimeout(look)
    },
  }
}

export const toText = (message: ToDesktop): string => JSON.stringify(message)
