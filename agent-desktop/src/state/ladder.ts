// A call's axis as rows to be read: facts in words, SIP messages as arrows between the switch and each leg. Pure.
import { isDetail } from './fact-words.ts'
import type { Timeline, TimelineEntry, TimelineItem } from './protocol.ts'

/** What can be shown or left out. */
export const CHIPS = ['main', 'detail', 'message', 'quality'] as const
export type Chip = (typeof CHIPS)[number]

export interface LadderLeg {
  readonly legId: string
  readonly role: string
  readonly number: string
}
export interface Arrow {
  /** Which lane, from 0. */
  readonly lane: number
  /** Seen from the switch. */
  readonly direction: 'in' | 'out'
  /** `INVITE`, `200 OK`. */
  readonly label: string
  readonly isRefusal: boolean
}
interface Row {
  readonly key: string
  /** From the call's beginning. */
  readonly ms: number
  readonly clock: string
}
export type LadderRow =
  | (Row & { readonly kind: 'fact'; readonly item: TimelineItem })
  | (Row & {
      readonly kind: 'message'
      readonly arrow: Arrow
      readonly sender: string
      readonly receiver: string
      readonly transport: string
      readonly text: string
    })
  | (Row & { readonly kind: 'quality'; readonly lane: number; readonly point: QualityEntry })
export type QualityEntry = Extract<TimelineEntry, { kind: 'quality' }>

export const clockOf = (iso: string): string => {
  const at = new Date(iso)
  return `${at.toLocaleTimeString('zh-CN', { hour12: false })}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

/** Legs with something on the wire or in the ear, in order of their beginning. */
export function ladderLegs({ legs, entries }: Pick<Timeline, 'legs' | 'entries'>): LadderLeg[] {
  const seen = new Set(entries.flatMap(entry => (entry.kind === 'fact' ? [] : [entry.legId])))
  return legs.filter(leg => seen.has(leg.legId))
}

export function ladderRows(timeline: Timeline, shown: ReadonlySet<Chip>): LadderRow[] {
  const items = new Map(timeline.items.map(item => [item.seq, item]))
  const lanes = new Map(ladderLegs(timeline).map((leg, lane) => [leg.legId, lane]))
  const beganAt = Date.parse(timeline.items[0]?.at ?? timeline.entries[0]?.at ?? '')
  return timeline.entries.flatMap((entry, index): LadderRow[] => {
    const row = {
      key: String(index),
      ms: Math.max(0, Date.parse(entry.at) - beganAt),
      clock: clockOf(entry.at),
    }
    if (entry.kind === 'fact') {
      const item = items.get(entry.seq)
      if (!item || !shown.has(isDetail(item.type) ? 'detail' : 'main')) return []
      return [{ ...row, kind: 'fact', item }]
    }
    const lane = lanes.get(entry.legId)
    if (lane === undefined || !shown.has(entry.kind)) return []
    if (entry.kind === 'quality') return [{ ...row, kind: 'quality', lane, point: entry }]
    const { direction, sender, receiver, transport, text } = entry
    const label =
      entry.status === undefined ? entry.method : `${entry.status} ${entry.reason ?? ''}`
    const arrow = { lane, direction, label: label.trim(), isRefusal: (entry.status ?? 0) >= 400 }
    return [{ ...row, kind: 'message', arrow, sender, receiver, transport, text }]
  })
}

/** How a mean opinion score is to be taken: ITU-T G.107 annex B, some and many users dissatisfied. */
export const levelOfScore = (mos: number | undefined): 'good' | 'fair' | 'poor' | 'none' => {
  if (mos === undefined) return 'none'
  return mos >= 3.6 ? 'good' : mos >= 3.1 ? 'fair' : 'poor'
}

export interface QualityLane extends LadderLeg {
  readonly points: readonly (QualityEntry & { readonly ms: number })[]
}
export function qualityLanes(timeline: Timeline): QualityLane[] {
  const beganAt = Date.parse(timeline.items[0]?.at ?? '')
  return ladderLegs(timeline)
    .map(leg => ({
      ...leg,
      points: timeline.entries.flatMap(entry =>
        entry.kind === 'quality' && entry.legId === leg.legId
          ? [{ ...entry, ms: Math.max(0, Date.parse(entry.at) - beganAt) }]
          : [],
      ),
    }))
    .filter(({ points }) => points.length > 0)
}
