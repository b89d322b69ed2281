// Who hears whom. A pure reading of how ports are joined; asked after each change, never per packet.
import type { PortId } from './media.ts'

/** How one port is joined to others. */
export interface Ties {
  readonly bridge?: PortId
  readonly room?: string
  /** In its room it listens only. */
  readonly isRoomMuted?: boolean
  readonly eavesdrop?: { readonly target: PortId; readonly mode: 'listen' | 'whisper' | 'barge' }
  readonly isPlaying?: boolean
  readonly isHeld?: boolean
}

export type Hearing =
  | { readonly type: 'nothing' }
  | { readonly type: 'play' }
  | { readonly type: 'music' }
  /** Packets of one port are passed on as they arrive. */
  | { readonly type: 'forward'; readonly from: PortId }
  | {
      readonly type: 'mix'
      readonly from: readonly PortId[]
      /** Ports whose own hearing (a prompt, music) is mixed in. */ readonly hearingOf: readonly PortId[]
    }

const NOTHING: Hearing = { type: 'nothing' }

/** What a port hears now. */
export const hearingOf = (port: PortId, all: ReadonlyMap<PortId, Ties>): Hearing => {
  const ties = all.get(port)
  if (ties === undefined) return NOTHING
  if (ties.isPlaying) return { type: 'play' }
  if (ties.isHeld) return { type: 'music' }
  if (ties.eavesdrop) return eavesdropped(port, ties.eavesdrop.target, all)
  const party = partyOf(port, ties, all)
  const whispers = whisperersTo(port, party, all)
  const from = [...party, ...whispers]
  if (ties.room === undefined && whispers.length === 0) {
    const [only] = from
    return only === undefined ? NOTHING : { type: 'forward', from: only }
  }
  return { type: 'mix', from, hearingOf: [] }
}

/** Those the port talks with: its bridge partner, or the speakers of its room. */
const partyOf = (port: PortId, ties: Ties, all: ReadonlyMap<PortId, Ties>): PortId[] => {
  if (ties.bridge !== undefined) {
    const partner = all.get(ties.bridge)
    // FreeSWITCH passes on nothing of a party that hears a prompt or music.
    return partner === undefined || partner.isPlaying || partner.isHeld ? [] : [ties.bridge]
  }
  if (ties.room === undefined) return []
  const others: PortId[] = []
  for (const [other, theirs] of all)
    if (other !== port && theirs.room === ties.room && !theirs.isRoomMuted) others.push(other)
  return others
}

/** Supervisors who speak to this port: to it alone, or to everybody in a talk it is part of. */
const whisperersTo = (
  port: PortId,
  party: readonly PortId[],
  all: ReadonlyMap<PortId, Ties>,
): PortId[] => {
  const found: PortId[] = []
  for (const [other, { eavesdrop }] of all) {
    if (eavesdrop === undefined || other === port || eavesdrop.mode === 'listen') continue
    const reaches =
      eavesdrop.target === port || (eavesdrop.mode === 'barge' && party.includes(eavesdrop.target))
    if (reaches) found.push(other)
  }
  return found
}

const eavesdropped = (port: PortId, target: PortId, all: ReadonlyMap<PortId, Ties>): Hearing => {
  if (!all.has(target)) return NOTHING
  const theirs = hearingOf(target, new Map([...all].filter(([id]) => id !== port)))
  switch (theirs.type) {
    case 'play':
    case 'music':
      return { type: 'mix', from: [target], hearingOf: [target] }
    case 'forward':
      return { type: 'mix', from: [target, theirs.from], hearingOf: [] }
    case 'mix':
      return {
        type: 'mix',
        from: [...new Set([target, ...theirs.from])].filter(id => id !== port),
        hearingOf: theirs.hearingOf,
      }
    case 'nothing':
      return { type: 'mix', from: [target], hearingOf: [] }
  }
}
