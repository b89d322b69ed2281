// Which messages an alarm makes. One a piece while it is calm, one for all in a storm; repeated while nobody has seen it. Pure.
import type { AlarmLevel, AlarmView } from '../desktop/protocol.ts'
import { rankOf } from './judge.ts'
import type { AlarmMessage, AlarmNote } from './message.ts'

export interface PostRules {
  readonly site: string
  /** Alarms below it are shown and kept, and not sent. */
  readonly lowestLevel: AlarmLevel
  readonly remindEveryMs: number
  /** Only what is critical is sent now; the rest waits for the end. */
  readonly isQuiet: (at: number) => boolean
}
interface Open {
  readonly note: AlarmNote
  readonly seen: boolean
  /** When a message last told of it; absent: none has. */
  readonly toldAt?: number
}
export interface Post {
  readonly open: Readonly<Record<string, Open>>
  /** Told of lately: what flaps is not told of each time. */
  readonly lately: Readonly<Record<string, { readonly at: number; readonly level: AlarmLevel }>>
  readonly held: Readonly<Record<string, AlarmNote>>
  readonly heldSince?: number
  /** When messages left, in the last minute. */
  readonly sentAt: readonly number[]
}
export const EMPTY_POST: Post = { open: {}, lately: {}, held: {}, sentAt: [] }

/** More messages a minute than this go out as one. */
const BURST = 5
const BURST_MS = 60_000
const FLAP_MS = 300_000

export interface Posted {
  readonly post: Post
  readonly messages: readonly AlarmMessage[]
}

export function onRaised(post: Post, alarm: AlarmView, at: number, rules: PostRules): Posted {
  if (rankOf(alarm.level) < rankOf(rules.lowestLevel)) return { post, messages: [] }
  const note: AlarmNote = { ...alarm, times: 1 }
  const opened = withOpen(post, { note, seen: false })
  const last = post.lately[alarm.id]
  const flaps = last && at - last.at < FLAP_MS && rankOf(alarm.level) <= rankOf(last.level)
  if (flaps || mustWait(post, note, at, rules))
    return { post: hold(opened, note, at), messages: [] }
  return send(opened, 'raised', [note], at, rules)
}

export function onCleared(post: Post, id: string, at: number, rules: PostRules): Posted {
  const known = post.open[id]
  if (!known) return { post, messages: [] }
  const note = { ...known.note, clearedAt: at }
  const closed = { ...post, open: without(post.open, id) }
  // Told in the summary only, so is its end; what nobody was told of needs no end of its own.
  if (known.toldAt === undefined || mustWait(post, note, at, rules))
    return { post: hold(closed, note, at), messages: [] }
  return send(closed, 'cleared', [note], at, rules)
}

/** Somebody has it in hand: no more reminders. */
export function onSeen(post: Post, id: string): Post {
  const known = post.open[id]
  return known ? withOpen(post, { ...known, seen: true }) : post
}

/** Summaries and reminders that are due. */
export function onTick(before: Post, at: number, rules: PostRules): Posted {
  const post = { ...before, sentAt: before.sentAt.filter(sent => sent > at - BURST_MS) }
  const held = Object.values(post.held)
  if (held.length > 0 && at - (post.heldSince ?? at) >= BURST_MS && !rules.isQuiet(at)) {
    const { heldSince: _, ...rest } = post
    return send({ ...rest, held: {} }, 'summary', held, at, rules)
  }
  const due = Object.values(post.open)
    .filter(
      ({ note, seen, toldAt }) =>
        !seen &&
        toldAt !== undefined &&
        at - toldAt >= rules.remindEveryMs &&
        (note.level === 'critical' || !rules.isQuiet(at)),
    )
    .map(({ note }) => note)
  return due.length > 0 ? send(post, 'reminder', due, at, rules) : { post, messages: [] }
}

function mustWait(post: Post, { level }: AlarmNote, at: number, rules: PostRules): boolean {
  if (level !== 'critical' && rules.isQuiet(at)) return true
  return post.sentAt.filter(sent => sent > at - BURST_MS).length >= BURST
}

function hold(post: Post, note: AlarmNote, at: number): Post {
  const before = post.held[note.id]
  const times = before && note.clearedAt === undefined ? before.times + 1 : (before?.times ?? 1)
  return {
    ...post,
    held: { ...post.held, [note.id]: { ...note, times } },
    heldSince: post.heldSince ?? at,
  }
}

function send(
  post: Post,
  kind: AlarmMessage['kind'],
  alarms: readonly AlarmNote[],
  at: number,
  rules: PostRules,
): Posted {
  const open = { ...post.open }
  const lately = { ...post.lately }
  for (const { id, level } of alarms) {
    const known = open[id]
    if (known) open[id] = { ...known, toldAt: at }
    lately[id] = { at, level }
  }
  for (const [id, told] of Object.entries(lately)) if (at - told.at > FLAP_MS) delete lately[id]
  const [first] = alarms
  const about = kind === 'raised' || kind === 'cleared' ? `${first?.id}-${first?.since}` : at
  const message = { id: `${kind}-${about}`, kind, at, site: rules.site, alarms }
  return { post: { ...post, open, lately, sentAt: [...post.sentAt, at] }, messages: [message] }
}

const withOpen = (post: Post, open: Open): Post => {
  const before = post.open[open.note.id]
  const toldAt = open.toldAt ?? before?.toldAt
  return {
    ...post,
    open: { ...post.open, [open.note.id]: { ...open, ...(toldAt !== undefined && { toldAt }) } },
  }
}

function without<T>(all: Readonly<Record<string, T>>, id: string): Readonly<Record<string, T>> {
  const { [id]: _, ...rest } = all
  return rest
}
