// What the switch says, in our words. Pure: one event in, the facts it stands for out.
import type { CallEvent, LegEvent } from '../call/event.ts'
import { agentId, playId } from '../call/id.ts'
import { blocked } from './blocked.ts'
import type { EslEvent } from './event.ts'
import { GATEWAY_ADDED, GATEWAY_EVENT, trunkState } from './gateway.ts'
import { callIdOf, filled, happenedAt, legIdOf, otherLegIdOf, toCount } from './headers.ts'
import { created, ended, signalled } from './life.ts'
import { HOLD_MUSIC } from './perform.ts'

/** The events we ask for; BACKGROUND_JOB is read by the driver, as it belongs to a command of ours. */
export const EVENTS = [
  'CHANNEL_CREATE',
  'CHANNEL_PROGRESS',
  'CHANNEL_PROGRESS_MEDIA',
  'CHANNEL_ANSWER',
  'CHANNEL_PARK',
  'CHANNEL_BRIDGE',
  'CHANNEL_UNBRIDGE',
  'CHANNEL_HOLD',
  'CHANNEL_UNHOLD',
  'CHANNEL_EXECUTE',
  'CHANNEL_EXECUTE_COMPLETE',
  'CHANNEL_HANGUP_COMPLETE',
  'DTMF',
  'RECORD_START',
  'RECORD_STOP',
  'DETECTED_SPEECH',
  'BACKGROUND_JOB',
] as const

export const CUSTOM_EVENTS = [
  'sofia::register',
  'sofia::unregister',
  'sofia::expire',
  'sofia::register_failure',
  GATEWAY_EVENT,
  GATEWAY_ADDED,
  'hotline::blocked',
] as const

/** The facts of one event; empty for one that means nothing to us. */
export function translate(event: EslEvent): CallEvent[] {
  const fact = event.name === 'CUSTOM' ? translateCustom(event) : translateLeg(event)

  return fact ? [fact] : []
}

function translateCustom(event: EslEvent): CallEvent | undefined {
  const at = happenedAt(event)
  if (event.subclass === 'hotline::blocked') return blocked(event, at)
  if (event.subclass === 'sofia::register_failure') return refused(event, at)
  if (event.subclass === GATEWAY_EVENT) return trunkState(event, at)
  const user =
    filled(event.get('from-user')) ?? filled(event.get('user')) ?? filled(event.get('username'))
  if (user === undefined) return undefined
  switch (event.subclass) {
    case 'sofia::register':
      return { type: 'phone-registered', at, agentId: agentId(user), transport: transportOf(event) }
    case 'sofia::unregister':
    case 'sofia::expire':
      return { type: 'phone-unregistered', at, agentId: agentId(user) }
    default:
      return undefined
  }
}

/** FreeSWITCH tells it of INVITEs as well. */
const refused = (event: EslEvent, at: number): CallEvent | undefined => {
  const networkAddress = filled(event.get('network-ip'))

  return networkAddress === undefined ? undefined : { type: 'phone-refused', at, networkAddress }
}

function translateLeg(event: EslEvent): LegEvent | undefined {
  const legId = legIdOf(event)
  if (!legId) return undefined
  const happened = { at: happenedAt(event), legId, callId: callIdOf(event, legId) }
  switch (event.name) {
    case 'CHANNEL_CREATE':
      return created(event, happened)
    case 'CHANNEL_PROGRESS':
    case 'CHANNEL_PROGRESS_MEDIA':
      // On a caller's leg these tell of the 180 or 183 that the switch itself sends.
      return event.get('Call-Direction') === 'outbound'
        ? { type: 'leg-rang', ...happened, ...signalled(event) }
        : undefined
    case 'CHANNEL_ANSWER':
      return { type: 'leg-answered', ...happened, ...signalled(event) }
    case 'CHANNEL_PARK':
      return { type: 'leg-parked', ...happened }
    case 'CHANNEL_BRIDGE':
    case 'CHANNEL_UNBRIDGE':
      return bridgeChange(event, happened)
    case 'CHANNEL_HOLD':
      return { type: 'leg-held', ...happened }
    case 'CHANNEL_UNHOLD':
      return { type: 'leg-retrieved', ...happened }
    case 'DTMF':
      return digit(event, happened)
    case 'CHANNEL_EXECUTE':
    case 'CHANNEL_EXECUTE_COMPLETE':
      return play(event, happened)
    case 'RECORD_START':
    case 'RECORD_STOP':
      return recording(event, happened)
    case 'CHANNEL_HANGUP_COMPLETE':
      return ended(event, happened)
    default:
      return undefined
  }
}

type Happened = Pick<LegEvent, 'at' | 'legId' | 'callId'>

const bridgeChange = (event: EslEvent, happened: Happened): LegEvent | undefined => {
  const otherLegId = otherLegIdOf(event, happened.legId)
  const type = event.name === 'CHANNEL_BRIDGE' ? 'legs-bridged' : 'legs-unbridged'

  return otherLegId && { type, ...happened, otherLegId }
}

/** FreeSWITCH counts a digit's length in samples of 8 kHz, whatever the codec. */
const SAMPLES_PER_MS = 8

const digit = (event: EslEvent, happened: Happened): LegEvent | undefined => {
  const pressed = event.get('DTMF-Digit')?.toUpperCase()
  if (pressed === undefined || !/^[0-9*#A-D]$/.test(pressed)) return undefined
  const durationMs = Math.round((toCount(event.get('DTMF-Duration')) ?? 0) / SAMPLES_PER_MS)

  return { type: 'digit-pressed', ...happened, digit: pressed, durationMs }
}

const PLAY_APPLICATIONS = new Set(['playback', 'endless_playback'])

const play = (event: EslEvent, happened: Happened): LegEvent | undefined => {
  const id = filled(event.get('Application-UUID'))
  if (!id || id.startsWith(HOLD_MUSIC)) return undefined
  if (!PLAY_APPLICATIONS.has(event.get('Application') ?? '')) return undefined
  if (event.name === 'CHANNEL_EXECUTE')
    return { type: 'play-started', ...happened, playId: playId(id) }

  return { type: 'play-ended', ...happened, playId: playId(id), outcome: playOutcome(event) }
}

// FreeSWITCH 1.10 mod_dptools: FILE PLAYED, FILE NOT FOUND, PLAYBACK ERROR; `_none_` when the leg ended meanwhile.
// A broken-off play answers FILE PLAYED too: the driver knows which ones it stopped (play-book.ts).
const playOutcome = (event: EslEvent) => {
  const response = event.get('Application-Response') ?? ''
  // FreeSWITCH calls a play that its leg's end broke off an error.
  if (event.get('Answer-State') === 'hangup') return 'stopped'
  if (/NOT FOUND|ERROR/i.test(response)) return 'failed'
  const isWhole = /^FILE PLAYED$/i.test(response) && event.get('Application') === 'playback'

  return isWhole ? 'finished' : 'stopped'
}

const recording = (event: EslEvent, happened: Happened): LegEvent | undefined => {
  const path = filled(event.get('Record-File-Path'))
  if (!path) return undefined
  if (event.name === 'RECORD_START') return { type: 'recording-started', ...happened, path }
  const seconds = toCount(event.get('variable_record_seconds')) ?? 0
  const durationMs = toCount(event.get('variable_record_ms')) ?? seconds * 1000
  const cause = event.get('Record-Completion-Cause') ?? ''
  const isFault = /failure|error|empty-file|disk/i.test(cause)

  return {
    type: 'recording-stopped',
    ...happened,
    path,
    durationMs,
    // Record-Fault is the embedded switch's own; FreeSWITCH tells the kind only.
    ...(isFault ? { fault: filled(event.get('Record-Fault')) ?? cause } : {}),
  }
}

/** From the Contact; UDP when it names none (RFC 3261 §19.1.1). A browser's says `transport=ws`. */
const transportOf = (event: EslEvent) => {
  const contact = decodeContact(event.get('contact') ?? '')

  return /transport=([a-z-]+)/i.exec(contact)?.[1]?.toLowerCase() ?? 'udp'
}

const decodeContact = (contact: string) => contact.replaceAll('%3B', ';').replaceAll('%3D', '=')
