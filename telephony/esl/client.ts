// The event socket as something that is there or not: connects, logs in, subscribes, notices silence, comes back.
import type { EslAddress } from './address.ts'
import { BACKOFF, type Backoff, backoffMs } from './backoff.ts'
import { type EslCommand, toWire } from './command.ts'
import { SwitchUnreachable } from './errors.ts'
import type { EslEvent } from './event.ts'
import { type Link, type LinkEndReason, openLink } from './link.ts'

export interface ConnectedStatus {
  readonly state: 'connected'
  /** When the switch itself started, in epoch ms, to about a second; 0 when it does not say. */
  readonly startedAt: number
}
export interface DisconnectedStatus {
  readonly state: 'disconnected'
  readonly reason: LinkEndReason
  readonly detail: string
  /** Wait until the next attempt; 0 when there is none. */
  readonly retryInMs: number
}
export type LinkStatus = ConnectedStatus | DisconnectedStatus

export interface EslClientTiming {
  readonly connectTimeoutMs: number
  /** Limit of one command. */
  readonly commandTimeoutMs: number
  /** Between two probes of an open connection. */
  readonly probeEveryMs: number
  /** A probe unanswered for this long means that the connection is dead. */
  readonly probeTimeoutMs: number
  readonly backoff: Backoff
}

export const ESL_TIMING: EslClientTiming = {
  connectTimeoutMs: 5000,
  commandTimeoutMs: 10_000,
  probeEveryMs: 2000,
  probeTimeoutMs: 4000,
  backoff: BACKOFF,
}

export interface EslClientOptions {
  readonly address: EslAddress
  /** Named events only; FreeSWITCH sends seven times as many for ALL. */
  readonly events: readonly string[]
  readonly customEvents: readonly string[]
  readonly onEvent: (event: EslEvent) => void
  readonly onStatus: (status: LinkStatus) => void
  readonly now: () => number
  readonly timing?: Partial<EslClientTiming>
}

export interface EslClient {
  readonly connected: boolean
  /** Ours, as the switch reaches us; undefined while not connected. */
  readonly localAddress: string | undefined
  /** @throws {CommandRefused | CommandTimeout | SwitchUnreachable | UnsafeValue} */
  send(command: EslCommand): Promise<string>
  close(): void
}

const isRefusal = (reason: LinkEndReason) => reason === 'wrong-password' || reason === 'rejected'

export function createEslClient(options: EslClientOptions): EslClient {
  const { address, events, customEvents, onEvent, onStatus, now } = options
  const timing = { ...ESL_TIMING, ...options.timing }
  let link: Link | undefined
  let connected = false
  let closed = false
  let failures = 0
  let timer: NodeJS.Timeout | undefined

  const open = () => {
    const opened = openLink({
      host: address.host,
      port: address.port,
      password: address.password,
      connectTimeoutMs: timing.connectTimeoutMs,
      onReady: () => void subscribe(opened),
      onEvent,
      onEnd,
    })
    link = opened
  }

  const onEnd = (reason: LinkEndReason, detail: string) => {
    clearTimeout(timer)
    link = undefined
    connected = false
    const retryInMs = closed
      ? 0
      : backoffMs(failures++, isRefusal(reason), Math.random(), timing.backoff)
    if (!closed) timer = setTimeout(open, retryInMs)
    onStatus({ state: 'disconnected', reason, detail, retryInMs })
  }

  const subscribe = async (opened: Link) => {
    try {
      const names = [...events, ...(customEvents.length > 0 ? ['CUSTOM', ...customEvents] : [])]
      await opened.request(`event plain ${names.join(' ')}`, timing.commandTimeoutMs)
      const startedAt = await probe(opened)
      if (link !== opened) return
      connected = true
      failures = 0
      onStatus({ state: 'connected', startedAt })
      probeLater(opened)
    } catch (error) {
      opened.end('silent', error instanceof Error ? error.message : 'no subscription')
    }
  }

  /** Asks for the uptime over the connection we have: FreeSWITCH leaks on TCP health checks of the port. */
  const probe = async (opened: Link) => {
    const uptimeS = Number.parseFloat(await opened.request('api uptime', timing.probeTimeoutMs))

    return Number.isFinite(uptimeS) ? now() - uptimeS * 1000 : 0
  }

  const probeLater = (opened: Link) => {
    timer = setTimeout(() => {
      probe(opened).then(
        () => {
          if (link === opened) probeLater(opened)
        },
        (error: unknown) =>
          opened.end('silent', error instanceof Error ? error.message : 'no answer'),
      )
    }, timing.probeEveryMs)
  }

  open()

  return {
    get connected() {
      return connected
    },
    get localAddress() {
      return connected ? link?.localAddress : undefined
    },
    async send(command) {
      const text = toWire(command)
      if (!link || !connected) throw new SwitchUnreachable('not connected')

      return await link.request(text, timing.commandTimeoutMs)
    },
    close() {
      if (closed) return
      closed = true
      clearTimeout(timer)
      link?.end('stopped', '')
    },
  }
}
