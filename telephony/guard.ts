// Admission where the switch has no rules of its own (a FreeSWITCH without an edge): the same pure rules, asked at each event. A call
// that is refused never becomes a leg for those who listen; they hear `call-blocked`, as from the embedded switch.
import type { CallVerdict } from './admission/call.ts'
import type { Admission } from './admission/keeper.ts'
import { causeOfSipStatus } from './call/cause.ts'
import type { CallCommand } from './call/command.ts'
import type { CallBlocked, CallEvent, LegCreated, LegEvent } from './call/event.ts'
import { type LegId, playId } from './call/id.ts'
import type { SwitchLook, Telephony } from './index.ts'

/** Who calls whom, and by which trunk. */
export interface Arrival {
  readonly caller: string
  readonly number: string
  readonly trunk?: { readonly id: string; readonly lineLimit: number }
}

export interface GuardDeps {
  /** One for all switches of this server. */
  readonly admission: Admission
  /** Only the server that steers acts; the others judge along, so that they know as much when they take over. */
  readonly mayAct: () => boolean
  readonly arrivalOf: (leg: LegCreated) => Arrival
  /** Played to callers beyond the limit; undefined: they hear nothing. */
  readonly busyPrompt: () => string | undefined
  /** Is it an address of ours? Browsers come through our own `/sip`, behind a sign-in; they must not ban each other. */
  readonly isOwn: (address: string) => boolean
  /** Too many wrong passwords from there. */
  readonly onBanned: (address: string) => void
}

type Blocked = Extract<CallVerdict, { type: 'blocked' }>

/** The announcement is a sentence; the switch ends a leg that hears it longer. */
const LONGEST_ANNOUNCEMENT_MS = 30_000

/** Wraps each switch's door; lines are counted over all of them. */
export function createGuard(deps: GuardDeps) {
  const { admission, mayAct, arrivalOf, busyPrompt, isOwn, onBanned } = deps
  /** Callers let in, with the trunk of each. */
  const lines = new Map<LegId, string | undefined>()
  const refused = new Map<LegId, Blocked>()

  const announcing = () => [...refused.values()].filter(({ announce }) => announce).length

  const linesOf = (trunk: string) => [...lines.values()].filter(each => each === trunk).length

  const judge = (leg: LegCreated, { caller, number, trunk }: Arrival): CallVerdict =>
    admission.onRequest('INVITE', leg.networkAddress, leg.at, trunk?.id) === 'drop'
      ? { type: 'blocked', reason: 'flood', counted: true, announce: false, sipStatus: 503 }
      : admission.onCall({
          at: leg.at,
          caller,
          number,
          ...(trunk && {
            trunk: { linesInUse: linesOf(trunk.id), lineLimit: trunk.lineLimit },
          }),
          linesInUse: lines.size,
          announcing: announcing(),
        })

  return (telephony: Telephony): Telephony => {
    const listeners = new Set<(event: CallEvent) => void>()

    const perform = (command: CallCommand) => {
      if (mayAct()) void telephony.perform(command)
    }
    const end = (legId: LegId, { sipStatus }: Blocked) =>
      perform({ type: 'hang-up-leg', legId, cause: causeOfSipStatus(sipStatus) })

    const onCreated = (leg: LegCreated): CallEvent => {
      const { legId, callId } = leg
      if (leg.direction === 'outbound' || leg.authenticatedAgent !== undefined) return leg
      if (lines.has(legId)) return leg
      const arrival = arrivalOf(leg)
      const verdict = judge(leg, arrival)
      if (verdict.type !== 'blocked') {
        lines.set(legId, arrival.trunk?.id)
        return leg
      }
      refused.set(legId, verdict)
      if (verdict.announce)
        perform({
          type: 'guard-leg',
          legId,
          callId,
          forMs: LONGEST_ANNOUNCEMENT_MS,
        })
      else end(legId, verdict)
      return blockedBy(leg, arrival, verdict)
    }

    /** What a refused call still does: it hears the announcement and ends. */
    const onRefused = (event: LegEvent, verdict: Blocked) => {
      const { legId } = event
      if (event.type === 'leg-ended') refused.delete(legId)
      if (!verdict.announce) return
      const prompt = busyPrompt()
      if (event.type === 'play-ended' || (event.type === 'leg-parked' && prompt === undefined))
        end(legId, verdict)
      else if (event.type === 'leg-parked' && prompt !== undefined)
        perform({
          type: 'play',
          legId,
          playId: playId(`busy-${legId}`),
          files: [prompt],
          loop: false,
        })
    }

    const look = (event: CallEvent): CallEvent | undefined => {
      if (event.type === 'phone-refused') {
        if (isOwn(event.networkAddress)) return undefined
        if (admission.onWrongPassword(event.networkAddress, event.at).type === 'banned')
          if (mayAct()) onBanned(event.networkAddress)
        return undefined
      }
      if (!('legId' in event)) return event
      const verdict = refused.get(event.legId)
      if (verdict !== undefined) {
        if ('callId' in event) onRefused(event, verdict)
        return undefined
      }
      if (event.type === 'leg-created') return onCreated(event)
      if (event.type === 'leg-ended') lines.delete(event.legId)
      return event
    }

    telephony.onEvent(event => {
      const passed = look(event)
      if (passed) for (const listener of [...listeners]) listener(passed)
    })
    const guarded: Telephony = Object.create(telephony, {
      onEvent: {
        value: (listener: (event: CallEvent) => void) => {
          listeners.add(listener)
          return () => void listeners.delete(listener)
        },
      },
      onLook: {
        value: (listener: (look: SwitchLook) => void) =>
          telephony.onLook(look =>
            listener({
              ...look,
              legs: new Map([...look.legs].filter(([legId]) => !refused.has(legId))),
            }),
          ),
      },
      liveLegs: {
        async value() {
          const legs = await telephony.liveLegs()
          for (const leg of legs) {
            if (leg.direction === 'inbound' && leg.authenticatedAgent === undefined)
              lines.set(leg.legId, arrivalOf(leg.created).trunk?.id)
          }
          // Those we have refused and that still hear so are nobody's to adopt.
          return legs.filter(leg => !refused.has(leg.legId))
        },
      },
    })
    return guarded
  }
}

const blockedBy = (
  { at, callId }: LegCreated,
  { caller, number, trunk }: Arrival,
  { reason, counted }: Blocked,
): CallBlocked => ({
  type: 'call-blocked',
  at,
  callId,
  callerNumber: caller,
  calledNumber: number,
  reason,
  counted,
  ...(trunk && { trunk: trunk.id }),
})
