// A channel: one party's connection as the event socket shows it. Plain data; what may be done with it lives beside.
import type { PortId } from '../media/media.ts'
import type { HangupCause } from './hangup-cause.ts'
import type { Leg } from './leg.ts'

/** FreeSWITCH's channel states, those we pass through, with its numbers. */
export const CHANNEL_STATES = {
  CS_NEW: 0,
  CS_INIT: 1,
  CS_ROUTING: 2,
  CS_SOFT_EXECUTE: 3,
  CS_EXECUTE: 4,
  CS_EXCHANGE_MEDIA: 5,
  CS_PARK: 6,
  CS_CONSUME_MEDIA: 7,
  CS_HIBERNATE: 8,
  CS_RESET: 9,
  CS_HANGUP: 10,
  CS_REPORTING: 11,
  CS_DESTROY: 12,
} as const
export type ChannelState = keyof typeof CHANNEL_STATES
export type CallState = 'DOWN' | 'RINGING' | 'EARLY' | 'ACTIVE' | 'HELD' | 'HANGUP'

/** Epoch milliseconds; 0 means not yet, as FreeSWITCH writes it. */
export interface ChannelTimes {
  createdAt: number
  progressAt: number
  progressMediaAt: number
  answeredAt: number
  bridgedAt: number
  transferredAt: number
  hungUpAt: number
  lastHoldAt: number
  holdMs: number
}

export interface QueuedApplication {
  readonly name: string
  readonly argument: string
  readonly uuid: string
  /** How often it runs; -1 goes on until stopped. */
  readonly loops: number
  readonly locked: boolean
}

export interface RunningApplication extends QueuedApplication {
  /** Ends what runs now, as uuid_break does. */
  stop(): void
}

export interface Channel {
  readonly uuid: string
  readonly direction: 'inbound' | 'outbound'
  name: string
  state: ChannelState
  callState: CallState
  readonly callerName: string
  readonly callerNumber: string
  /** Changes by transfer. */
  destination: string
  /** User whose digest was right. */
  readonly username: string
  readonly networkAddress: string
  readonly times: ChannelTimes
  readonly variables: Map<string, string>
  readonly leg: Leg
  readonly audio: PortId
  video: PortId | undefined
  answered: boolean
  early: boolean
  parked: boolean
  /** Bridged to; the originator is the one whose events speak of the bridge. */
  partner: Channel | undefined
  bridgeOriginator: boolean
  /** We hold the phone (uuid_hold). */
  held: boolean
  /** The far end holds us (re-INVITE). */
  heldByFarEnd: boolean
  room: string | undefined
  /** Set while it eavesdrops: takes the keys of FreeSWITCH's `eavesdrop-command`. */
  onEavesdropCommand: ((keys: string) => void) | undefined
  running: RunningApplication | undefined
  readonly queue: QueuedApplication[]
  readonly recordings: Set<string>
  hangupCause: HangupCause | undefined
}

export interface NewChannel {
  readonly uuid: string
  readonly direction: 'inbound' | 'outbound'
  readonly name: string
  readonly callerName: string
  readonly callerNumber: string
  readonly destination: string
  readonly username?: string
  readonly networkAddress: string
  readonly audio: PortId
  readonly video?: PortId
  readonly leg: Leg
  readonly at: number
}

export function createChannel(of: NewChannel): Channel {
  return {
    uuid: of.uuid,
    direction: of.direction,
    name: of.name,
    state: 'CS_INIT',
    callState: 'DOWN',
    callerName: of.callerName,
    callerNumber: of.callerNumber,
    destination: of.destination,
    username: of.username ?? '',
    networkAddress: of.networkAddress,
    times: {
      createdAt: of.at,
      progressAt: 0,
      progressMediaAt: 0,
      answeredAt: 0,
      bridgedAt: 0,
      transferredAt: 0,
      hungUpAt: 0,
      lastHoldAt: 0,
      holdMs: 0,
    },
    variables: new Map(),
    leg: of.leg,
    audio: of.audio,
    video: of.video,
    answered: false,
    early: false,
    parked: false,
    partner: undefined,
    bridgeOriginator: false,
    held: false,
    heldByFarEnd: false,
    room: undefined,
    onEavesdropCommand: undefined,
    running: undefined,
    queue: [],
    recordings: new Set(),
    hangupCause: undefined,
  }
}

/** Has the channel ended, or begun to end? */
export const isDown = (channel: Channel): boolean => channel.hangupCause !== undefined

/** FreeSWITCH's switch_true(). */
export const isTrue = (value: string | undefined): boolean =>
  value !== undefined && /^(yes|on|true|t|enabled|active|allow|[1-9]\d*)$/i.test(value)

/** FreeSWITCH treats setting an empty value as removing the variable. */
export function setVariable(channel: Channel, name: string, value: string | undefined): void {
  if (value === undefined || value === '') channel.variables.delete(name)
  else channel.variables.set(name, value)
}

/** Replaces `${name}` by the channel's variables, else by the switch's own, one level deep. */
export const expand = (
  channel: Channel,
  text: string,
  globals: ReadonlyMap<string, string> = new Map(),
): string =>
  text.replace(/\$\{([\w.-]+)\}/g, (_, name: string) =>
    name === 'uuid' ? channel.uuid : (channel.variables.get(name) ?? globals.get(name) ?? ''),
  )
