// What is known of each trunk at each switch. Told anew by the switch after every connect, so nothing of it is stored.
import {
  reduceHealth,
  type Health,
  type HealthEvent,
  type Registration,
} from '../../telephony/trunk/health.ts'

/** Something that happened to a trunk at one switch. */
export interface TrunkNews {
  readonly node: string
  readonly trunk: string
  readonly event: HealthEvent
  readonly registration?: Registration
  readonly roundTripMs?: number
}

export interface TrunkAtNode {
  readonly node: string
  readonly health: Health
  readonly registration?: Registration
  /** Of the last OPTIONS that was answered. */
  readonly roundTripMs?: number
}

/** What a turn may read. */
export interface TrunkReader {
  health(node: string, trunk: string, at: number): Health
  /** Rises within this process, and from start to start. */
  nextSeq(at: number): number
}
export interface TrunkBook extends TrunkReader {
  of(trunk: string, at: number): readonly TrunkAtNode[]
  note(news: TrunkNews): void
  /** The connection to a switch is gone. */
  lost(node: string, at: number): void
  /** A trunk that is no more, or another one under the same name. */
  forget(trunk: string): void
  close(): void
}

export function createTrunkBook(deps: {
  /** Something that people see has changed; also when a suspicion ends by time. */
  readonly onChanged: (trunk: string) => void
  readonly now: () => number
}): TrunkBook {
  const entries = new Map<string, TrunkAtNode & { readonly trunk: string }>()
  const timers = new Map<string, NodeJS.Timeout>()
  let seq = 0
  const keyOf = (node: string, trunk: string) => `${node} ${trunk}`

  const health: TrunkBook['health'] = (node, trunk, at) => {
    const known = entries.get(keyOf(node, trunk))
    return known
      ? reduceHealth(known.health, { type: 'time-passed', at })
      : { state: 'unknown', since: at }
  }
  const later = (key: string, trunk: string, until: number) => {
    clearTimeout(timers.get(key))
    const timer = setTimeout(() => deps.onChanged(trunk), Math.max(0, until - deps.now()) + 1)
    timers.set(key, timer.unref())
  }
  const note: TrunkBook['note'] = ({ node, trunk, event, registration, roundTripMs }) => {
    const key = keyOf(node, trunk)
    const before = entries.get(key)
    const after = reduceHealth(health(node, trunk, event.at), event)
    entries.set(key, {
      node,
      trunk,
      health: after,
      ...((registration ?? before?.registration) && {
        registration: registration ?? before?.registration ?? 'none',
      }),
      ...((roundTripMs ?? before?.roundTripMs) !== undefined && {
        roundTripMs: roundTripMs ?? before?.roundTripMs ?? 0,
      }),
    })
    if (after.state === 'suspect') later(key, trunk, after.until)
    deps.onChanged(trunk)
  }

  return {
    health,
    nextSeq: at => (seq = Math.max(seq + 1, at)),
    of: (trunk, at) =>
      [...entries.values()]
        .filter(entry => entry.trunk === trunk)
        .map(({ trunk: _, ...entry }) => ({ ...entry, health: health(entry.node, trunk, at) })),
    note,
    lost(node, at) {
      for (const entry of [...entries.values()])
        if (entry.node === node)
          note({ node, trunk: entry.trunk, event: { type: 'switch-lost', at } })
    },
    forget(gone) {
      for (const [key, { trunk }] of entries) if (trunk === gone) entries.delete(key)
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}
