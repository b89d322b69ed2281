// The connection to drachtio-server. Its words stop here and in `edge.ts`.
import { EventEmitter } from 'node:events'
import Srf from 'drachtio-srf'

/** A message of drachtio-srf 5.0.29, as far as it is used. Its own types lack half of this. */
export interface SipMessage {
  readonly method?: string
  readonly status?: number
  readonly uri: string
  readonly body: string
  readonly source_address: string
  readonly source_port: number | string
  readonly protocol: string
  readonly headers: Readonly<Record<string, string>>
  get(name: string): string | undefined
}
export interface SipRequest extends SipMessage, EventEmitter {}
export interface SipReply {
  send(status: number, options?: { body?: string; headers?: Record<string, string> }): void
}
export interface ProxyOutcome {
  /** Answered with 200. */
  readonly connected: boolean
  readonly finalStatus?: number
}
export interface ProxyOptions {
  readonly recordRoute: boolean
  /** Such as `1000ms`. */
  readonly provisionalTimeout: string
  readonly headers: Readonly<Record<string, string>>
}

/** What drachtio tells of each call when its configuration says `<cdrs>true</cdrs>`. */
type CdrListener = (
  source: 'network' | 'application',
  time: string,
  reason: string,
  message: SipMessage,
) => void

type SipHandler = (request: SipRequest, reply: SipReply) => void

export interface SipServer extends EventEmitter {
  connect(address: {
    host: string
    port: number
    secret: string
    reconnect: { retryMaxDelay: number }
  }): unknown
  disconnect(): void
  invite(handler: SipHandler): void
  options(handler: SipHandler): void
  register(handler: SipHandler): void
  message(handler: SipHandler): void
  subscribe(handler: SipHandler): void
  publish(handler: SipHandler): void
  notify(handler: SipHandler): void
  info(handler: SipHandler): void
  on(event: 'connect', listener: (error: Error | null, addresses: string) => void): this
  on(event: 'error', listener: (error: Error) => void): this
  on(event: 'reconnecting', listener: () => void): this
  on(event: 'cdr:stop', listener: CdrListener): this
  on(event: 'cdr:attempt', listener: (source: string) => void): this
  proxyRequest(
    request: SipRequest,
    destinations: readonly string[],
    options: ProxyOptions,
    done: (error: unknown, outcome?: ProxyOutcome) => void,
  ): void
  request(
    uri: string,
    options: { method: string; headers?: Record<string, string> },
    sent: (error: Error | null, request?: EventEmitter) => void,
  ): void
}

/** The package's types do not know proxy headers, records of calls or requests outside a dialog: this is the one place that says so. */
export const createSipServer = (): SipServer => new Srf() as unknown as SipServer

/** `udp/10.0.0.1:5060,tcp/10.0.0.1:5060`, as drachtio says where it listens. */
export function listeningAt(
  addresses: string,
): readonly { readonly protocol: string; readonly address: string; readonly port: number }[] {
  return addresses.split(',').flatMap(one => {
    const match = /^(\w+)\/\[?([^\]/]+?)\]?:(\d+)/.exec(one.trim())
    const [, protocol, address, port] = match ?? []
    return protocol && address && port ? [{ protocol, address, port: Number(port) }] : []
  })
}
