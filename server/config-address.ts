// The variables that hold addresses.
import { isIP } from 'node:net'
import type { IceServer, SwitchAddress } from './config.ts'

/** `stun:host:3478,turn:user:password@host:3478?transport=tcp`; undefined when one is wrong. */
export function parseIceServers(value: string): IceServer[] | undefined {
  const servers = value.split(',').map(part => toIceServer(part.trim()))
  return servers.some(server => !server)
    ? undefined
    : servers.filter(server => server !== undefined)
}

function toIceServer(value: string): IceServer | undefined {
  // RFC 7064, RFC 7065; the credentials before the @ are our own form.
  const match =
    /^(stuns?|turns?):(?:([^:@]+):([^@]+)@)?([^@?\s]+(?:\?transport=(?:udp|tcp))?)$/.exec(value)
  const [, scheme, username, credential, host] = match ?? []
  if (!scheme || !host) return undefined
  if (scheme.startsWith('turn') && !username) return undefined
  return { urls: `${scheme}:${host}`, ...(username && credential && { username, credential }) }
}

/** `host:port`, an IPv6 host in brackets; undefined when it is wrong. */
export function parseHostPort(value: string): { host: string; port: number }[] | undefined {
  const [, six, host, port] =
    /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):([0-9]{1,5})$/i.exec(value) ?? []
  const found = six ?? host
  const number = Number(port)
  return found === undefined || number < 1 || number > 65_535
    ? undefined
    : [{ host: found, port: number }]
}

/** `esl://:password@host:port?ws=wss://…&media=/path&tap=7070&sip=host:port&weight=1&name=…`, several separated by commas; undefined when one is wrong. */
export function parseSwitchUrls(value: string): SwitchAddress[] | undefined {
  const addresses = value.split(',').map(part => toSwitchAddress(part.trim()))
  return addresses.some(one => !one) ? undefined : addresses.filter(one => one !== undefined)
}

function toSwitchAddress(value: string): SwitchAddress | undefined {
  if (!value.startsWith('esl://') || !URL.canParse(value)) return undefined
  const url = new URL(value)
  const webSocketUrl = url.searchParams.get('ws')
  const mediaDir = url.searchParams.get('media')
  const tap = url.searchParams.get('tap')
  const sip = url.searchParams.get('sip') ?? `${url.hostname}:5060`
  const [, sipHost, sipPort] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(sip) ?? []
  const name = url.searchParams.get('name') ?? (url.port ? url.host : `${url.host}:8021`)
  const weight = Number(url.searchParams.get('weight') ?? 1)
  if (!sipHost || !sipPort || !(weight > 0 && weight <= 100)) return undefined
  if (!url.hostname || !url.password) return undefined
  if (!/^[\w.:[\]-]{1,80}$/.test(name)) return undefined
  if (tap !== null && !isTapAddress(tap)) return undefined
  if (webSocketUrl && !/^wss?:\/\//.test(webSocketUrl)) return undefined
  return {
    name,
    url: `esl://:${url.password}@${url.hostname}:${url.port || '8021'}`,
    ...(webSocketUrl && { webSocketUrl }),
    ...(mediaDir && { mediaDir }),
    ...(tap !== null && { tap }),
    sip: { host: sipHost, port: Number(sipPort) },
    weight,
  }
}

/** `recording`, or a TCP port. */
const isTapAddress = (text: string) =>
  text === 'recording' || (/^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) <= 65_535)

/** Addresses and networks separated by commas; undefined when one is wrong. */
export function parseNetworks(value: string): string[] | undefined {
  const networks = value.split(',').map(part => part.trim())
  return networks.every(network => {
    const [address = '', length, ...more] = network.split('/')
    const longest = isIP(address) === 6 ? 128 : 32
    if (isIP(address) === 0 || more.length > 0) return false
    return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= longest)
  })
    ? networks
    : undefined
}
