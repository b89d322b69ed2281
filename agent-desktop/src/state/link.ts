// What the desktop knows from the push: pure, every event carries its instant.
import type { FromDesktop, ToDesktop } from './protocol.ts'

/** Last known values of one channel. They stay while the link is lost, and are then shown as old. */
export interface Channel {
  /** Last version seen; absent until the first snapshot and while a resync is under way. */
  readonly version?: number
  /** The server's run that the version belongs to. */
  readonly run?: string
  readonly values: Readonly<Record<string, unknown>>
  readonly refused?: string
}
export interface Link {
  readonly state: 'connecting' | 'open' | 'lost'
  /** When this state began, epoch ms on the browser's clock. */
  readonly since: number
  /** Server's clock minus the browser's. */
  readonly clockOffsetMs: number
  /** Round trip of the sample that set the offset; the shortest one is the truest. */
  readonly roundTripMs: number
  /** Last sign of life from the server. */
  readonly heardAt: number
  readonly channels: Readonly<Record<string, Channel>>
}

export type LinkEvent =
  | { readonly type: 'wanted'; readonly channel: string }
  | { readonly type: 'unwanted'; readonly channel: string }
  | { readonly type: 'connected'; readonly at: number }
  | { readonly type: 'disconnected'; readonly at: number }
  | { readonly type: 'heard'; readonly at: number; readonly message: ToDesktop }

export const createLink = (at: number): Link => ({
  state: 'connecting',
  since: at,
  clockOffsetMs: 0,
  roundTripMs: Number.POSITIVE_INFINITY,
  heardAt: at,
  channels: {},
})

/** Next state of the link. An event that means nothing here returns the same object. */
export function foldLink(link: Link, event: LinkEvent): Link {
  switch (event.type) {
    case 'wanted':
      return link.channels[event.channel] ? link : setChannel(link, event.channel, { values: {} })
    case 'unwanted':
      return onUnwanted(link, event.channel)
    case 'connected':
      // A new connection may be another server with another clock.
      return {
        ...link,
        state: 'open',
        since: event.at,
        heardAt: event.at,
        roundTripMs: Number.POSITIVE_INFINITY,
      }
    case 'disconnected':
      return link.state === 'lost' ? link : { ...link, state: 'lost', since: event.at }
    case 'heard':
      return onHeard({ ...link, heardAt: event.at }, event.at, event.message)
  }
}

function onUnwanted(link: Link, channel: string): Link {
  if (!link.channels[channel]) return link
  const { [channel]: _gone, ...channels } = link.channels
  return { ...link, channels }
}

function onHeard(link: Link, at: number, message: ToDesktop): Link {
  switch (message.type) {
    case 'welcome':
      return link.roundTripMs === Number.POSITIVE_INFINITY
        ? { ...link, clockOffsetMs: message.at - at }
        : link
    case 'pong':
      return onPong(link, at, message)
    case 'snapshot':
      if (!link.channels[message.channel]) return link
      return setChannel(link, message.channel, {
        version: message.version,
        run: message.run,
        values: message.values,
      })
    case 'change':
      return onChange(link, message)
    case 'refused':
      return onRefused(link, message)
  }
}

function onPong(link: Link, at: number, pong: Extract<ToDesktop, { type: 'pong' }>): Link {
  const roundTripMs = at - pong.sentAt
  if (roundTripMs < 0 || roundTripMs > link.roundTripMs) return link
  return { ...link, roundTripMs, clockOffsetMs: pong.at - (pong.sentAt + at) / 2 }
}

function onChange(link: Link, change: Extract<ToDesktop, { type: 'change' }>): Link {
  const channel = link.channels[change.channel]
  // A change without what it changes is useless: `messagesFor` asks for a snapshot instead.
  if (channel?.version === undefined) return link
  if (change.version <= channel.version) return link
  const values: Record<string, unknown> = { ...channel.values, ...change.set }
  for (const key of change.remove) delete values[key]
  return setChannel(link, change.channel, { ...channel, version: change.version, values })
}

function onRefused(link: Link, refusal: Extract<ToDesktop, { type: 'refused' }>): Link {
  if (refusal.channel === undefined) return link
  const channel = link.channels[refusal.channel]
  if (!channel) return link
  // RESYNC: the server forgot our version. Keep the picture, ask for a whole one.
  if (refusal.code === 'RESYNC')
    return setChannel(link, refusal.channel, { values: channel.values })
  return setChannel(link, refusal.channel, { values: {}, refused: refusal.code })
}

const setChannel = (link: Link, name: string, channel: Channel): Link => ({
  ...link,
  channels: { ...link.channels, [name]: channel },
})

/** What must be sent because of this step. Pure: the socket only carries it. */
export function messagesFor(before: Link, after: Link, event: LinkEvent): readonly FromDesktop[] {
  if (after.state !== 'open') return []
  switch (event.type) {
    case 'connected':
      return Object.entries(after.channels).map(([name, channel]) => subscription(name, channel))
    case 'wanted':
      return before.channels[event.channel] ? [] : [{ type: 'subscribe', channel: event.channel }]
    case 'unwanted':
      return before.channels[event.channel] ? [{ type: 'unsubscribe', channel: event.channel }] : []
    case 'heard':
      return needsResync(after, event.message)
    default:
      return []
  }
}

const subscription = (name: string, channel: Channel): FromDesktop =>
  channel.version === undefined || channel.run === undefined
    ? { type: 'subscribe', channel: name }
    : { type: 'subscribe', channel: name, version: channel.version, run: channel.run }

function needsResync(after: Link, message: ToDesktop): readonly FromDesktop[] {
  if (message.type !== 'change' && !(message.type === 'refused' && message.code === 'RESYNC'))
    return []
  if (message.channel === undefined) return []
  const channel = after.channels[message.channel]
  return channel && channel.version === undefined && channel.refused === undefined
    ? [{ type: 'subscribe', channel: message.channel }]
    : []
}

/** A picture is live when the link is open and the channel has its snapshot. */
export const isLive = (link: Link, channel: string): boolean =>
  link.state === 'open' && link.channels[channel]?.version !== undefined

/** Waits between attempts; the spread keeps a hundred desktops from knocking at once. */
export const reconnectDelayMs = (attempt: number, spread: number): number =>
  Math.min(10_000, 250 * 2 ** Math.min(attempt, 6)) * (0.75 + spread / 2)

/** Silence after which a connection counts as dead although it is open; three missed pings. */
export const SILENCE_LIMIT_MS = 16_000
export const PING_EVERY_MS = 5000
