// What one client wants to hear: event names, CUSTOM subclasses and filters. Pure; semantics of mod_event_socket 1.10.
import type { SwitchEvent } from '../core/switch-event.ts'
import type { EventFormat } from './serialize.ts'

export interface Subscription {
  readonly enabled: boolean
  readonly format: EventFormat
  readonly names: ReadonlySet<string>
  readonly subclasses: ReadonlySet<string>
  readonly filters: readonly { readonly header: string; readonly value: string }[]
  /** `myevents <uuid>`: only this channel's events. */
  readonly onlyUuid?: string
}

export const NO_SUBSCRIPTION: Subscription = {
  enabled: false,
  format: 'plain',
  names: new Set(),
  subclasses: new Set(),
  filters: [],
}

// Every event name a client may ask for (switch_types.h); an unknown keyword is passed over, as FreeSWITCH does.
const KNOWN = new Set(
  (
    'ALL CUSTOM CLONE CHANNEL_CREATE CHANNEL_DESTROY CHANNEL_STATE CHANNEL_CALLSTATE CHANNEL_ANSWER CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE ' +
    'CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_PROGRESS ' +
    'CHANNEL_PROGRESS_MEDIA CHANNEL_OUTGOING CHANNEL_PARK CHANNEL_UNPARK CHANNEL_APPLICATION CHANNEL_ORIGINATE CHANNEL_UUID ' +
    'CHANNEL_DATA API LOG INBOUND_CHAN OUTBOUND_CHAN STARTUP SHUTDOWN PUBLISH UNPUBLISH TALK NOTALK SESSION_CRASH MODULE_LOAD ' +
    'MODULE_UNLOAD DTMF MESSAGE PRESENCE_IN NOTIFY_IN PRESENCE_OUT PRESENCE_PROBE MESSAGE_WAITING MESSAGE_QUERY ROSTER CODEC ' +
    'BACKGROUND_JOB DETECTED_SPEECH DETECTED_TONE PRIVATE_COMMAND HEARTBEAT TRAP ADD_SCHEDULE DEL_SCHEDULE EXE_SCHEDULE ' +
    'RE_SCHEDULE RELOADXML NOTIFY PHONE_FEATURE PHONE_FEATURE_SUBSCRIBE SEND_MESSAGE RECV_MESSAGE REQUEST_PARAMS CHANNEL_DATA ' +
    'GENERAL COMMAND SESSION_HEARTBEAT CLIENT_DISCONNECTED SERVER_DISCONNECTED SEND_INFO RECV_INFO RECV_RTCP_MESSAGE ' +
    'SEND_RTCP_MESSAGE CALL_SECURE NAT RECORD_START RECORD_STOP PLAYBACK_START PLAYBACK_STOP CALL_UPDATE FAILURE ' +
    'SOCKET_DATA MEDIA_BUG_START MEDIA_BUG_STOP CONFERENCE_DATA_QUERY CONFERENCE_DATA CALL_SETUP_REQ CALL_SETUP_RESULT ' +
    'CALL_DETAIL DEVICE_STATE TEXT SHUTDOWN_REQUESTED'
  ).split(' '),
)

const MYEVENTS = (
  'CHANNEL_ANSWER CHANNEL_APPLICATION CHANNEL_BRIDGE CHANNEL_CREATE CHANNEL_DATA CHANNEL_DESTROY CHANNEL_EXECUTE ' +
  'CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE CHANNEL_ORIGINATE CHANNEL_UUID CHANNEL_OUTGOING CHANNEL_PARK ' +
  'CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_STATE CHANNEL_UNBRIDGE CHANNEL_UNPARK DETECTED_SPEECH DTMF NOTALK TALK'
).split(' ')

interface Answer {
  readonly subscription: Subscription
  readonly reply: string
}

const words = (text: string) => text.split(' ').filter(word => word !== '')
const isFormat = (word: string): word is EventFormat =>
  word === 'plain' || word === 'json' || word === 'xml'

/** `event [plain|json|xml] <names…> [CUSTOM <subclasses…>]`. */
export function subscribe(before: Subscription, line: string): Answer {
  const list = words(line)
  const wanted = list[0]?.toLowerCase() ?? ''
  const format = isFormat(wanted) ? wanted : before.format
  const names = new Set(before.names)
  const subclasses = new Set(before.subclasses)
  let custom = false
  let keys = 0
  for (const word of isFormat(wanted) ? list.slice(1) : list) {
    if (custom) {
      subclasses.add(word)
      continue
    }
    const name = word.toUpperCase()
    if (!KNOWN.has(name)) continue
    keys++
    names.add(name)
    custom = name === 'CUSTOM'
  }
  const changed = { ...before, format, names, subclasses }
  if (keys === 0) return { subscription: { ...before, format }, reply: '-ERR no keywords supplied' }
  return {
    subscription: { ...changed, enabled: true },
    reply: `+OK event listener enabled ${format}`,
  }
}

/** `nixevent <names…>`. */
export function unsubscribe(before: Subscription, line: string): Answer {
  const names = new Set(before.names)
  const subclasses = new Set(before.subclasses)
  let custom = false
  let keys = 0
  for (const word of words(line)) {
    if (custom) {
      subclasses.delete(word)
      continue
    }
    const name = word.toUpperCase()
    if (!KNOWN.has(name)) continue
    keys++
    if (name === 'CUSTOM') custom = true
    else if (name === 'ALL') names.clear()
    else {
      if (names.delete('ALL')) for (const known of KNOWN) if (known !== 'ALL') names.add(known)
      names.delete(name)
    }
  }
  if (keys === 0) return { subscription: before, reply: '-ERR no keywords supplied' }
  return {
    subscription: { ...before, enabled: true, names, subclasses },
    reply: '+OK events nixed',
  }
}

/** `noevents`. */
export function unsubscribeAll(before: Subscription): Answer {
  if (!before.enabled) return { subscription: before, reply: '-ERR not listening for events' }
  return {
    subscription: { ...before, enabled: false, names: new Set(), subclasses: new Set() },
    reply: '+OK no longer listening for events',
  }
}

/** `myevents <uuid> [format]`. */
export function subscribeToChannel(before: Subscription, uuid: string, format: string): Answer {
  if (before.onlyUuid !== undefined) return { subscription: before, reply: '-ERR aready enabled.' } // FreeSWITCH's spelling.
  const chosen = format.toLowerCase()
  return {
    subscription: {
      ...before,
      enabled: true,
      format: isFormat(chosen) ? chosen : before.format,
      names: new Set([...before.names, ...MYEVENTS]),
      onlyUuid: uuid,
    },
    reply: '+OK Events Enabled',
  }
}

/** `filter [add] <header> <value>` and `filter delete <header>|all [value]`. */
export function filter(before: Subscription, line: string): Answer {
  const [verb = '', ...rest] = words(line)
  if (verb.toLowerCase() === 'delete' && rest.length > 0) {
    const [header = '', ...value] = rest
    const text = value.join(' ')
    const kept = before.filters.filter(
      f =>
        header.toLowerCase() !== 'all' &&
        !(f.header === header.toLowerCase() && (text === '' || f.value === text)),
    )
    return {
      subscription: { ...before, filters: kept },
      reply: `+OK filter deleted. [${header}][${text}]`,
    }
  }
  const [header = '', ...value] = verb.toLowerCase() === 'add' ? rest : [verb, ...rest]
  if (value.length === 0) return { subscription: before, reply: '-ERR invalid syntax' }
  const text = value.join(' ')
  return {
    subscription: {
      ...before,
      filters: [...before.filters, { header: header.toLowerCase(), value: text }],
    },
    reply: `+OK filter added. [${header}]=[${text}]`,
  }
}

/** A pattern of the client runs over our header values: bounded in length, and a bad one matches nothing. */
function matches(pattern: string, value: string): boolean {
  if (!pattern.startsWith('/')) return pattern.toLowerCase() === value.toLowerCase()
  const source = pattern.replace(/^\//, '').replace(/\/[a-z]*$/, '')
  if (source.length > 200) return false
  try {
    return new RegExp(source).test(value.slice(0, 500))
  } catch {
    return false // Not a pattern; FreeSWITCH logs it and matches nothing as well.
  }
}

function passesFilters(subscription: Subscription, event: SwitchEvent): boolean {
  if (subscription.filters.length === 0) return true
  let send = false
  for (const { header, value } of subscription.filters) {
    const found = event.headers.find(([name]) => name.toLowerCase() === header)
    if (found === undefined) continue
    const negative = /^[+ ]*-/.test(value)
    if (send && !negative) continue
    if (!matches(value.replace(/^[+\- ]+/, ''), found[1])) continue
    if (negative) return false
    send = true
  }
  return send
}

const uuidOf = (event: SwitchEvent) => event.headers.find(([name]) => name === 'Unique-ID')?.[1]

/** Shall this client receive this event? */
export function wants(subscription: Subscription, event: SwitchEvent): boolean {
  if (!subscription.enabled) return false
  if (!subscription.names.has('ALL')) {
    if (!subscription.names.has(event.name)) return false
    if (
      event.name === 'CUSTOM' &&
      event.subclass !== undefined &&
      !subscription.subclasses.has(event.subclass)
    )
      return false
  }
  if (!passesFilters(subscription, event)) return false
  return subscription.onlyUuid === undefined || uuidOf(event) === subscription.onlyUuid
}
