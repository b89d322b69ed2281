// All legs of a switch, folded from its events. Late, repeated and reordered events return the same object.
import type {
  LegAnswered,
  LegCreated,
  LegEnded,
  LegEvent,
  LegHeld,
  LegParked,
  LegRang,
  LegRetrieved,
  LegsBridged,
  LegsUnbridged,
} from './event.ts'
import type { LegId } from './id.ts'
import {
  answeredAtOf,
  type EndedLeg,
  type Leg,
  type Legs,
  type LiveLeg,
  otherLegIdOf,
  type ParkedLeg,
} from './leg.ts'

/** The legs after an event. Pure. */
export function reduceLegs(legs: Legs, event: LegEvent): Legs {
  switch (event.type) {
    case 'leg-created':
      return onCreated(legs, event)
    case 'leg-rang':
      return change(legs, event.legId, leg => onRang(leg, event))
    case 'leg-answered':
      return change(legs, event.legId, leg => onAnswered(leg, event))
    case 'leg-parked':
      return change(legs, event.legId, leg => onParked(leg, event))
    case 'legs-bridged':
      return onBridged(legs, event)
    case 'legs-unbridged':
      return onUnbridged(legs, event)
    case 'leg-held':
      return change(legs, event.legId, leg => onHeld(leg, event))
    case 'leg-retrieved':
      return change(legs, event.legId, leg => onRetrieved(leg, event))
    case 'leg-ended':
      return onEnded(legs, event)
    case 'digit-pressed':
    case 'play-started':
    case 'play-ended':
    case 'recording-started':
    case 'recording-stopped':
    case 'leg-quality':
    case 'speech-began':
    case 'speech-detected':
    case 'command-failed':
      return legs
    default:
      return unreachable(event)
  }
}

/** Drops the ended legs of before `endedBefore`; the same object when there is none. */
export function forgetEnded(legs: Legs, endedBefore: number): Legs {
  const isOld = (leg: Leg) => leg.state === 'ended' && leg.endedAt < endedBefore
  const old = [...legs.values()].some(isOld)

  return old ? new Map([...legs].filter(([, leg]) => !isOld(leg))) : legs
}

const onCreated = (legs: Legs, event: LegCreated): Legs => {
  if (legs.has(event.legId)) return legs

  return put(legs, {
    state: 'created',
    id: event.legId,
    callId: event.callId,
    direction: event.direction,
    callerNumber: event.callerNumber,
    calledNumber: event.calledNumber,
    ...(event.authenticatedAgent === undefined
      ? {}
      : { authenticatedAgent: event.authenticatedAgent }),
    createdAt: event.at,
    changedAt: event.at,
  })
}

const onRang = (leg: LiveLeg, event: LegRang): LiveLeg =>
  leg.state === 'created' ? { ...factsOf(leg, event.at), state: 'ringing', rangAt: event.at } : leg

const onAnswered = (leg: LiveLeg, event: LegAnswered): LiveLeg => {
  if (answeredAtOf(leg) !== undefined) return leg
  if (leg.state === 'created' || leg.state === 'ringing') {
    return { ...factsOf(leg, event.at), state: 'answered', answeredAt: event.at }
  }

  // The answer does not move a leg that is already further; it may even come after the bridge.
  return { ...leg, answeredAt: event.at }
}

const onParked = (leg: LiveLeg, event: LegParked): LiveLeg =>
  leg.state === 'parked' || isLate(leg, event.at) ? leg : parked(leg, event.at)

const onHeld = (leg: LiveLeg, event: LegHeld): LiveLeg => {
  if (leg.state === 'held' || isLate(leg, event.at)) return leg
  const bridge =
    leg.state === 'bridged'
      ? { bridge: { otherLegId: leg.otherLegId, bridgedAt: leg.bridgedAt } }
      : {}

  return { ...factsOf(leg, event.at), ...answerOf(leg), ...bridge, state: 'held', heldAt: event.at }
}

const onRetrieved = (leg: LiveLeg, event: LegRetrieved): LiveLeg => {
  if (leg.state !== 'held' || isLate(leg, event.at)) return leg

  return leg.bridge
    ? bridged(leg, leg.bridge.otherLegId, leg.bridge.bridgedAt, event.at)
    : parked(leg, event.at)
}

/** One event tells of both legs. */
const onBridged = (legs: Legs, event: LegsBridged): Legs => {
  const join = (otherLegId: LegId) => (leg: LiveLeg) =>
    otherLegIdOf(leg) === otherLegId || isLate(leg, event.at)
      ? leg
      : bridged(leg, otherLegId, event.at, event.at)

  return change(
    change(legs, event.legId, join(event.otherLegId)),
    event.otherLegId,
    join(event.legId),
  )
}

const onUnbridged = (legs: Legs, event: LegsUnbridged): Legs => {
  const part = (otherLegId: LegId) => (leg: LiveLeg) =>
    otherLegIdOf(leg) !== otherLegId || isLate(leg, event.at) ? leg : parked(leg, event.at)

  return change(
    change(legs, event.legId, part(event.otherLegId)),
    event.otherLegId,
    part(event.legId),
  )
}

/** Ends the leg for good, known or not, and frees the one it was bridged to. */
const onEnded = (legs: Legs, event: LegEnded): Legs => {
  if (legs.get(event.legId)?.state === 'ended') return legs
  const ended: EndedLeg = {
    state: 'ended',
    id: event.legId,
    callId: event.callId,
    endedAt: event.at,
    cause: event.cause,
  }
  let next = legs
  for (const leg of legs.values()) {
    if (leg.state !== 'ended' && otherLegIdOf(leg) === event.legId && !isLate(leg, event.at)) {
      next = put(next, parked(leg, event.at))
    }
  }

  return put(next, ended)
}

const isLate = (leg: LiveLeg, at: number) => at < leg.changedAt

const answerOf = (leg: LiveLeg) => {
  const answeredAt = answeredAtOf(leg)

  return answeredAt === undefined ? {} : { answeredAt }
}

const factsOf = (leg: LiveLeg, changedAt: number) => ({
  id: leg.id,
  callId: leg.callId,
  direction: leg.direction,
  callerNumber: leg.callerNumber,
  calledNumber: leg.calledNumber,
  ...(leg.authenticatedAgent === undefined ? {} : { authenticatedAgent: leg.authenticatedAgent }),
  createdAt: leg.createdAt,
  changedAt,
})

const parked = (leg: LiveLeg, at: number): ParkedLeg => ({
  ...factsOf(leg, at),
  ...answerOf(leg),
  state: 'parked',
})

const bridged = (leg: LiveLeg, otherLegId: LegId, bridgedAt: number, at: number): LiveLeg => ({
  ...factsOf(leg, at),
  ...answerOf(leg),
  state: 'bridged',
  bridgedAt,
  otherLegId,
})

const put = (legs: Legs, leg: Leg): Legs => new Map(legs).set(leg.id, leg)

const change = (legs: Legs, legId: LegId, next: (leg: LiveLeg) => LiveLeg): Legs => {
  const leg = legs.get(legId)
  if (!leg || leg.state === 'ended') return legs
  const changed = next(leg)

  return changed === leg ? legs : put(legs, changed)
}

const unreachable = (event: never): never => {
  throw new TypeError(`unknown event ${JSON.stringify(event)}`)
}
