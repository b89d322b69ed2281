// Trunks in the life of a call: which one takes it out, whose lines it uses, what becomes of them when a call fails.
import type { Destination } from '../../telephony/call/command.ts'
import type { TrunkState } from '../../telephony/call/event.ts'
import type { LegId } from '../../telephony/call/id.ts'
import { chooseTrunk, type TrunkChoice } from '../../telephony/trunk/choose.ts'
import { reduceHealth, type HealthEvent } from '../../telephony/trunk/health.ts'
import { present } from '../../telephony/trunk/present.ts'
import type { Trunk } from '../../telephony/trunk/trunk.ts'
import { refuse, type ErrorCode } from '../errors.ts'
import { linesInUse } from './line.ts'
import type { LiveCall } from './state.ts'
import type { TrunkNews } from './trunk-book.ts'
import type { Turn } from './turn.ts'

/** A way out of the house: where the switch is to send the call, and the number of ours that is shown. */
export interface WayOut {
  readonly to: Extract<Destination, { kind: 'number' }>
  /** As it was asked for. */
  readonly number: string
  readonly callerNumber: string
}

/** Legs that use a line of the trunk, both ways. */
export function linesOnTrunk(calls: Iterable<LiveCall>, trunk: string): number {
  let used = 0
  for (const call of calls)
    for (const leg of Object.values(call.legs)) if (leg.trunk === trunk) used++
  return used
}

const REFUSALS: Readonly<Record<Extract<TrunkChoice, { type: 'none' }>['reason'], ErrorCode>> = {
  'no-trunk': 'NO_TRUNK',
  'trunks-down': 'TRUNKS_DOWN',
  'lines-busy': 'LINES_BUSY',
}

/** The way a number takes from this switch; the reason where there is none. `tried`: trunks that failed this call already. */
export function findWayOut(
  turn: Turn,
  node: string,
  number: string,
  tried: readonly string[] = [],
): WayOut | ErrorCode {
  const { trunks, lines, outboundNumber } = turn.settings
  // A line of the site: a retry has given its own back.
  const full = linesInUse(turn.calls()) >= lines.limit
  const choice = chooseTrunk(
    trunks.map(trunk => ({
      trunk,
      state: turn.trunks.health(node, trunk.id, turn.at).state,
      used: linesOnTrunk(turn.calls(), trunk.id),
    })),
    tried,
  )
  if (choice.type === 'none') return REFUSALS[choice.reason]
  if (full) return 'LINES_BUSY'
  return wayBy(choice.trunk, number, outboundNumber)
}

/** @throws {Refusal} when the number can't be dialled now. */
export function requireWayOut(turn: Turn, node: string, number: string): WayOut {
  const way = findWayOut(turn, node, number)
  if (typeof way === 'string') throw refuse(way)
  return way
}

function wayBy(trunk: Trunk, number: string, siteNumber: string): WayOut {
  const { dialled, shown, fromUri, fromName, assertedUri, hidden } = present(
    trunk,
    number,
    siteNumber,
  )
  return {
    number,
    callerNumber: shown,
    to: {
      kind: 'number',
      number: dialled,
      trunk: trunk.id,
      shown: {
        fromUri,
        hidden,
        ...(fromName === undefined ? {} : { fromName }),
        ...(assertedUri === undefined ? {} : { assertedUri }),
      },
      sessionExpiresS: trunk.sessionTimer.expiresS,
    },
  }
}

/** The switch tells of its gateway. */
export function onTrunkState(turn: Turn, told: TrunkState, node: string): void {
  const { trunk, registration, ping, status, roundTripMs } = told
  tellTrunk(turn, {
    node,
    trunk,
    registration,
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
    event: {
      type: 'gateway-told',
      at: told.at,
      registration,
      ping,
      ...(status === undefined ? {} : { status }),
    },
  })
}

/** Notes what happened to a trunk; a change of state is a fact. Of trunks that are not ours nothing is kept. */
export function tellTrunk(turn: Turn, news: TrunkNews): void {
  const { node, trunk, event } = news
  if (!turn.settings.trunks.some(({ id }) => id === trunk)) return
  const before = turn.trunks.health(node, trunk, event.at)
  const after = reduceHealth(before, event)
  turn.trunkNews.push(news)
  if (after.state === before.state) return
  turn.facts.push({
    subject: `trunk:${trunk}`,
    seq: turn.trunks.nextSeq(turn.at),
    at: turn.at,
    type: 'trunk-state',
    data: { trunk, node, state: after.state, reason: reasonOf(after, event) },
  })
}

const reasonOf = (after: { state: string; reason?: string }, event: HealthEvent): string =>
  after.reason ?? event.type

/** It rings or is answered beyond: the network took the call. */
export function tellTaken(turn: Turn, { node, legs }: LiveCall, legId: LegId): void {
  const leg = legs[legId]
  if (leg?.trunk === undefined || leg.role === 'caller') return
  const { trunk } = leg
  // Only news: every call would be one.
  if (turn.trunks.health(node, trunk, turn.at).state !== 'up')
    tellTrunk(turn, { node, trunk, event: { type: 'call-taken', at: turn.at } })
}
