// Where a call is sent.

export interface Target {
  readonly kind: 'node' | 'trunk'
  readonly name: string
  readonly uri: string
}

export interface Hop {
  readonly host: string
  readonly port: number
  readonly transport?: 'udp' | 'tcp' | 'tls'
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)

// RFC 3261 §25.1: what stands in a user part as it is; `#` and the rest are escaped.
const escaped = (number: string) => number.replace(/[^+\w.*-]/g, encodeURIComponent)

const parameterOf = (transport: Hop['transport']) =>
  transport === undefined || transport === 'udp' ? '' : `;transport=${transport}`

export const sipUri = (number: string, { host, port, transport }: Hop): string =>
  `sip:${number === '' ? '' : `${escaped(number)}@`}${bracketed(host)}:${port}${parameterOf(transport)}`
