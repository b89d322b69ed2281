// What becomes of each request: screening, admission, choice of the way, fail-over. Knows nothing of drachtio; time is an argument.
import { createAdmission, type Admission } from '../admission/keeper.ts'
import { toNumber } from '../trunk/number.ts'
import { originOf, TRUNK_HEADER } from '../trunk/origin.ts'
import { afterFailure, isTargetsFault, statusOfFailure } from './fail-over.ts'
import { createHealthBook, type HealthBook } from './health-book.ts'
import type { Incoming, Source } from './incoming.ts'
import {
  linesInUse,
  linesOfNode,
  linesOfTrunk,
  settle,
  type EdgeCall,
  type EdgeCalls,
  type Load,
} from './lines.ts'
import { chooseNodes } from './node.ts'
import { partiesOf } from './parties.ts'
import { screen } from './screen.ts'
import type { EdgeSettings } from './settings.ts'
import { sipUri, type Target } from './target.ts'
import { chooseWays } from './trunk-way.ts'
import type { GuardVerdict } from './verdict.ts'

/** The caller's address: behind the edge a switch sees only ours. */
export const SOURCE_HEADER = 'X-Hotline-Source'

interface Attempt {
  readonly targets: readonly Target[]
  readonly tried: number
  readonly sentAt: number
  /** Final answer of the target tried last; absent: none in time. */
  readonly sipStatus?: number
}

export interface Guard {
  readonly admission: Admission
  readonly health: HealthBook
  settings(): EdgeSettings
  configure(settings: EdgeSettings): void
  onRequest(incoming: Incoming, at: number): GuardVerdict
  /** A final failure of the target that was tried last. */
  onTargetFailed(callId: string, sipStatus: number): void
  /** The INVITE has its final answer. */
  onSettled(callId: string, sipStatus: number | undefined, at: number): void
  /** A BYE has passed. */
  onEnded(callId: string): void
  onAnnounced(change: 1 | -1): void
  onLoad(load: Load, at: number): void
  lines(at: number): number
  linesOf(kind: Target['kind'], name: string, at: number): number
  announcing(): number
}

export function createGuard(
  first: EdgeSettings,
  own: {
    readonly isOwn: (source: Source) => boolean
    /** Where a call comes back to us for its next target. */
    readonly backUri: (number: string) => string
    /** Somebody can play the announcement. */
    readonly hasAnnouncer: () => boolean
  },
): Guard {
  let settings = first
  let calls: EdgeCalls = new Map()
  let load: Load = new Map()
  let announcing = 0
  const attempts = new Map<string, Attempt>()
  const health = createHealthBook()
  const admission = createAdmission(() => ({
    publishedNumbers: settings.publishedNumbers,
    blacklist: settings.blacklist,
    lineLimit: settings.lines.limit,
    reserve: settings.lines.reserve,
    hasBusyPrompt: settings.busyPrompt !== undefined && own.hasAnnouncer(),
    ...settings.rates,
  }))

  const setCall = (call: EdgeCall) => {
    calls = new Map(calls).set(call.callId, call)
  }
  const forget = (callId: string) => {
    attempts.delete(callId)
    if (calls.has(callId)) calls = new Map([...calls].filter(([id]) => id !== callId))
  }

  /** Sends to the target that comes next; the one after it is reached by way of ourselves. */
  const send = (
    callId: string,
    before: Attempt,
    headers: Readonly<Record<string, string>>,
    at: number,
  ): GuardVerdict => {
    const { targets, tried } = before
    const target = targets[tried]
    if (target === undefined) {
      forget(callId)
      return { type: 'refuse', sipStatus: statusOfFailure(before.sipStatus), reason: 'no-way' }
    }
    attempts.set(callId, { targets, tried: tried + 1, sentAt: at })
    const call = calls.get(callId)
    if (call) setCall({ ...call, [target.kind]: target.name })
    const isLast = tried + 1 === targets.length
    return {
      type: 'proxy',
      destinations: [target.uri, ...(isLast ? [] : [own.backUri(numberOf(target.uri))])],
      headers,
      recordRoute: tried === 0,
      target: target.name,
    }
  }

  const begin = (
    call: Omit<EdgeCall, 'state'>,
    targets: readonly Target[],
    headers: Readonly<Record<string, string>>,
  ): GuardVerdict => {
    setCall({ ...call, state: 'trying' })
    return send(call.callId, { targets, tried: 0, sentAt: call.at }, headers, call.at)
  }

  const fromCaller = (incoming: Incoming, at: number): GuardVerdict => {
    const { source, callId } = incoming
    const { trunk, caller, number } = partiesOf(incoming, settings)
    const verdict = admission.onCall({
      at,
      caller,
      number,
      linesInUse: linesInUse(calls, load, at),
      announcing,
      ...(trunk && {
        trunk: { linesInUse: linesOfTrunk(calls, trunk.id), lineLimit: trunk.lineLimit },
      }),
    })
    if (verdict.type === 'blocked') {
      const { reason, counted, sipStatus } = verdict
      const address = source.address
      const blocked = {
        ...{ caller, number, reason, counted, address, sipCallId: callId, at },
        ...(trunk && { trunk: trunk.id }),
      }
      return verdict.announce
        ? { type: 'announce', sipStatus, blocked }
        : { type: 'refuse', sipStatus, reason, blocked }
    }
    const { order } = chooseNodes(
      settings.nodes.map(node => ({
        node,
        health: health.node(node.name).state,
        calls: linesOfNode(calls, load, node.name, at),
      })),
    )
    return begin(
      { callId, direction: 'inward', at, ...(trunk && { trunk: trunk.id }) },
      order.map(node => ({ kind: 'node', name: node.name, uri: sipUri(number, node) })),
      { [SOURCE_HEADER]: source.address, ...(trunk && { [TRUNK_HEADER]: trunk.id }) },
    )
  }

  const fromSwitch = (incoming: Incoming, node: string, at: number): GuardVerdict => {
    const loads = settings.trunks.map(trunk => ({
      trunk,
      state: health.trunk(trunk.id).state,
      used: linesOfTrunk(calls, trunk.id),
    }))
    const ways = chooseWays(loads, incoming.wantedTrunk, toNumber(incoming.requestUri))
    return begin({ callId: incoming.callId, direction: 'outward', at, node }, ways, {})
  }

  const again = ({ callId }: Incoming, at: number): GuardVerdict => {
    const attempt = attempts.get(callId)
    const failed = attempt?.targets[attempt.tried - 1]
    if (attempt === undefined || failed === undefined)
      return { type: 'refuse', sipStatus: 481, reason: 'no-such-dialog' }
    const { sipStatus, sentAt, targets, tried } = attempt
    const next = afterFailure({
      sipStatus,
      sinceSentMs: at - sentAt,
      left: targets.length - tried,
    })
    // The proxy answers with the best of all answers (RFC 3261 §16.7), of which ours is the second.
    if (next === 'answer')
      return { type: 'refuse', sipStatus: statusOfFailure(sipStatus), reason: 'no-way' }
    health.onCallFailed(failed, sipStatus, at)
    return send(callId, attempt, {}, at)
  }

  return {
    admission,
    health,
    settings: () => settings,
    configure: told => void (settings = told),
    onRequest(incoming, at) {
      const screened = screen(incoming, {
        nodes: settings.nodes,
        isOwn: own.isOwn,
        isKnown: callId => attempts.has(callId),
      })
      if (screened.type === 'again') return again(incoming, at)
      if (screened.type === 'switch') return fromSwitch(incoming, screened.node.name, at)
      const { address } = incoming.source
      const trunk = originOf(settings.trunks, { address })?.id
      if (admission.onRequest(incoming.method, address, at, trunk) === 'drop')
        return { type: 'refuse', sipStatus: 503, reason: 'too-often' }
      if (screened.type === 'ping') return { type: 'pong', sipStatus: 200 }
      if (screened.type === 'caller') return fromCaller(incoming, at)
      // Nobody has an account here: who tries one, guesses.
      if (screened.reason === 'no-registrar') admission.onWrongPassword(address, at)
      return { type: 'refuse', sipStatus: screened.sipStatus, reason: screened.reason }
    },
    onTargetFailed(callId, sipStatus) {
      const attempt = attempts.get(callId)
      if (attempt) attempts.set(callId, { ...attempt, sipStatus })
    },
    onSettled(callId, finalStatus, at) {
      const attempt = attempts.get(callId)
      const target = attempt?.targets[attempt.tried - 1]
      attempts.delete(callId)
      const call = calls.get(callId)
      if (call && finalStatus === 200) {
        if (target) health.onCallTaken(target, at)
        return setCall({ ...call, state: 'up' })
      }
      // 487: the caller has given up, which tells nothing of the target.
      if (attempt && target && finalStatus !== 487 && isTargetsFault(attempt.sipStatus))
        health.onCallFailed(target, attempt.sipStatus, at)
      forget(callId)
    },
    onEnded: forget,
    onAnnounced: change => void (announcing += change),
    onLoad(told, at) {
      load = told
      calls = settle(calls, load, at)
      for (const callId of attempts.keys()) if (!calls.has(callId)) attempts.delete(callId)
    },
    lines: at => linesInUse(calls, load, at),
    linesOf: (kind, name, at) =>
      kind === 'node' ? linesOfNode(calls, load, name, at) : linesOfTrunk(calls, name),
    announcing: () => announcing,
  }
}

const numberOf = (uri: string) => /^sip:([^@]*)@/.exec(uri)?.[1] ?? ''
