// What the store keeps of the floor against the floor itself: what differs is written anew, and what was lost with it as far as it
// is still known here.
import type { Fact } from '../../ledger/fact.ts'
import type { FloorEntries, FloorStore } from '../../store/port.ts'
import { agentId, callId } from '../../../telephony/call/id.ts'
import type { Log, Loop } from '../loop.ts'
import type { Floor, Turn } from '../turn.ts'
import type { Cause } from './cause.ts'

export interface KeeperDeps {
  readonly floor: Floor
  readonly store: FloorStore
  readonly loop: Pick<Loop, 'input' | 'ask'>
  /** Facts of the last minutes, oldest first. */
  readonly recentFacts: () => readonly Fact[]
  readonly log: Log
}
export interface Keeper {
  /** Compares; resolves when the store has answered. */
  look(): Promise<void>
  close(): void
}

export function createKeeper(deps: KeeperDeps): Keeper {
  const { floor, store, loop, log } = deps
  /** Entries are replaced, never changed: their text is made once. */
  const texts = new WeakMap<object, string>()
  let suspects: ReadonlyMap<string, string> = new Map()
  let looking = false
  let closed = false

  const textOf = (entry: object): string => {
    const known = texts.get(entry)
    if (known !== undefined) return known
    const text = JSON.stringify(entry)
    texts.set(entry, text)
    return text
  }
  const wanted = (): FloorEntries => {
    const entries = new Map<string, string>()
    for (const [id, call] of floor.calls) entries.set(`call/${id}`, textOf(call))
    for (const [id, agent] of floor.agents) entries.set(`agent/${id}`, textOf(agent))
    return entries
  }

  const touch = (turn: Turn, key: string) => {
    const [kind, id = ''] = key.split('/')
    if (kind === 'call') {
      if (turn.call(callId(id))) turn.change(callId(id), {})
      // Written as gone.
      else turn.forget(callId(id))
    }
    if (kind === 'agent' && turn.agent(agentId(id))) turn.changeAgent(agentId(id), {})
  }

  const mend = (cause: Cause, keys: Iterable<string>) => {
    const list = [...keys]
    log.warn({ cause, entries: list.length }, 'floor written anew')
    loop.input({
      type: 'found',
      node: '',
      finding: { cause, mark: String(list.length), remedy: { type: 'note' } },
    })
    const facts = deps.recentFacts()
    Promise.all([
      loop.ask(turn => list.forEach(key => touch(turn, key))),
      // Those that are known already change nothing: (subject, seq) is written once.
      store.commit({ facts, set: {}, remove: [] }),
    ]).catch((error: unknown) => log.warn({ err: error }, 'floor could not be written anew yet'))
  }

  store.onLost(() => {
    if (!closed) mend('floor-lost', wanted().keys())
  })

  return {
    async look() {
      if (looking) return
      looking = true
      try {
        // Read and sent in one go, so that the store has every change made so far before it answers.
        const entries = wanted()
        const kept = await store.load()
        if (closed) return
        const found = differences(entries, kept)
        const sure = [...found].filter(([key, text]) => suspects.get(key) === text)
        suspects = found
        if (sure.length === 0) return
        suspects = new Map()
        mend(
          'floor-differs',
          sure.map(([key]) => key),
        )
      } finally {
        looking = false
      }
    },
    close() {
      closed = true
    },
  }
}

/** Keys whose texts differ, with both, so that a difference is known again only when neither side has moved. */
export function differences(floor: FloorEntries, kept: FloorEntries): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, text] of floor)
    if (kept.get(key) !== text) found.set(key, `${text}\n${kept.get(key) ?? ''}`)
  for (const [key, text] of kept)
    if (!floor.has(key) && /^(call|agent)\//.test(key)) found.set(key, text)
  return found
}
