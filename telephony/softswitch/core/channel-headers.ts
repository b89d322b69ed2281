// A channel's data as event headers: names and order of FreeSWITCH 1.10 (switch_channel_event_set_data, switch_caller_profile_event_set_data).
import { CHANNEL_STATES, type Channel } from './channel.ts'
import type { Headers } from './switch-event.ts'

const micros = (ms: number) => (ms === 0 ? '0' : String(Math.round(ms * 1000)))

function answerState(channel: Channel): string {
  if (channel.hangupCause !== undefined) return 'hangup'
  if (channel.answered) return 'answered'
  return channel.early ? 'early' : 'ringing'
}

function profile(prefix: string, channel: Channel): [string, string][] {
  const t = channel.times
  const fields: [string, string][] = [
    ['Direction', channel.direction],
    ['Logical-Direction', channel.direction],
    ['Username', channel.username],
    ['Dialplan', 'XML'],
    ['Caller-ID-Name', channel.callerName],
    ['Caller-ID-Number', channel.callerNumber],
    ['Orig-Caller-ID-Name', channel.callerName],
    ['Orig-Caller-ID-Number', channel.callerNumber],
    ['Callee-ID-Name', channel.direction === 'outbound' ? 'Outbound Call' : ''],
    ['Callee-ID-Number', channel.direction === 'outbound' ? channel.destination : ''],
    ['Network-Addr', channel.networkAddress],
    ['ANI', channel.callerNumber],
    ['Destination-Number', channel.destination],
    ['Unique-ID', channel.uuid],
    ['Source', 'mod_sofia'],
    ['Context', 'default'],
    ['Channel-Name', channel.name],
    ['Profile-Index', '1'],
    ['Profile-Created-Time', micros(t.createdAt)],
    ['Channel-Created-Time', micros(t.createdAt)],
    ['Channel-Answered-Time', micros(t.answeredAt)],
    ['Channel-Progress-Time', micros(t.progressAt)],
    ['Channel-Progress-Media-Time', micros(t.progressMediaAt)],
    ['Channel-Hangup-Time', micros(t.hungUpAt)],
    ['Channel-Transfer-Time', micros(t.transferredAt)],
    ['Channel-Resurrect-Time', '0'],
    ['Channel-Bridged-Time', micros(t.bridgedAt)],
    ['Channel-Last-Hold', micros(t.lastHoldAt)],
    ['Channel-Hold-Accum', micros(t.holdMs)],
    ['Screen-Bit', 'true'],
    ['Privacy-Hide-Name', 'false'],
    ['Privacy-Hide-Number', 'false'],
  ]
  return fields
    .filter(([, value]) => value !== '')
    .map(([name, value]) => [`${prefix}-${name}`, value])
}

/** Headers of an event about this channel. */
export function channelHeaders(channel: Channel): Headers {
  const headers: [string, string][] = [
    ['Channel-State', channel.state],
    ['Channel-Call-State', channel.callState],
    ['Channel-State-Number', String(CHANNEL_STATES[channel.state])],
    ['Channel-Name', channel.name],
    ['Unique-ID', channel.uuid],
    ['Call-Direction', channel.direction],
    ['Presence-Call-Direction', channel.direction],
    ['Channel-HIT-Dialplan', channel.direction === 'inbound' ? 'true' : 'false'],
    ['Channel-Call-UUID', channel.variables.get('call_uuid') ?? channel.uuid],
    ['Answer-State', answerState(channel)],
  ]
  if (channel.hangupCause !== undefined) headers.push(['Hangup-Cause', channel.hangupCause])
  const codec = channel.variables.get('read_codec')
  if (codec !== undefined) {
    for (const side of ['Read', 'Write']) {
      headers.push(
        [`Channel-${side}-Codec-Name`, codec],
        [`Channel-${side}-Codec-Rate`, '8000'],
        [`Channel-${side}-Codec-Bit-Rate`, '64000'],
      )
    }
  }
  headers.push(...profile('Caller', channel))
  if (channel.partner !== undefined) {
    headers.push(
      ['Other-Type', channel.bridgeOriginator ? 'originatee' : 'originator'],
      ...profile('Other-Leg', channel.partner),
    )
  }
  for (const [name, value] of channel.variables) headers.push([`variable_${name}`, value])
  return headers
}

/** Replaces `${name}` by a variable or a header of the channel, by nothing where there is none (switch_event_expand_headers). */
export function expandHeaders(channel: Channel | undefined, text: string): string {
  if (channel === undefined) return text.replace(/\$\{[^}]*\}/g, '')
  const headers = new Map(channelHeaders(channel))
  return text.replace(/\$\{([^}]*)\}/g, (_, name: string) => headers.get(name) ?? '')
}
