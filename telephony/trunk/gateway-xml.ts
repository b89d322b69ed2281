// A trunk as FreeSWITCH's configuration: one <gateway> of a sofia profile (mod_sofia 1.11, parse_gateways).
import { TRUNK_HEADER } from './origin.ts'
import type { Trunk } from './trunk.ts'

/** Where a SIP edge of ours takes calls to be sent on. */
export interface EdgeAddress {
  readonly host: string
  readonly port: number
}

/**
 * The element, escaped. Empty for a trunk that is switched off: FreeSWITCH then has no such gateway. Behind an edge calls go
 * there with the trunk's id; who has to show a password does so itself, since a proxy cannot answer a challenge.
 */
export function toGatewayXml(trunk: Trunk, edge?: EdgeAddress): string {
  if (!trunk.enabled) return ''
  const by = trunk.access.type === 'ip-trust' ? edge : undefined
  const params = gatewayParams(trunk, by).map(
    ([name, value]) => `  <param name="${name}" value="${escape(value)}"/>`,
  )
  const variables = [
    // Calls in by this gateway need no further sign; ours out carry the session timer.
    `  <variables>`,
    `    <variable name="hotline_trunk" value="${escape(trunk.id)}"/>`,
    ...(by
      ? [
          `    <variable name="sip_h_${TRUNK_HEADER}" value="${escape(trunk.id)}" direction="outbound"/>`,
        ]
      : []),
    `  </variables>`,
  ]
  return [`<gateway name="${escape(trunk.id)}">`, ...params, ...variables, '</gateway>'].join('\n')
}

/** Name and value of each parameter, in the order written. */
export function gatewayParams(trunk: Trunk, edge?: EdgeAddress): [name: string, value: string][] {
  const { address, access, options } = trunk
  const { host, port } = edge ?? address
  const proxy = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const registers = access.type === 'registration'
  const realm = registers ? (access.realm ?? address.host) : address.host
  return [
    ['proxy', proxy],
    ['realm', realm],
    ['register', String(registers)],
    ...(registers
      ? ([
          ['username', access.username],
          ['password', access.password],
          ['from-domain', realm],
          ['expire-seconds', String(access.expiresS)],
          ['retry-seconds', '30'],
        ] as const)
      : []),
    ['register-transport', edge ? 'udp' : address.transport],
    // From is written by each call; the number called stands in To, since the request URI is our contact.
    ['caller-id-in-from', 'true'],
    ['extension', 'auto_to_user'],
    ['contact-in-ping', 'true'],
    // mod_sofia refuses less than 5 s; without `ping` there is none. Behind an edge, the edge asks the trunk.
    ...(options.everyS > 0 && !edge
      ? ([
          ['ping', String(options.everyS)],
          ['ping-max', String(options.failuresToDown)],
          ['ping-min', '1'],
          ['ping-monitoring', 'true'],
        ] as const)
      : []),
  ].map(([name = '', value = '']) => [name, value])
}

const escape = (text: string): string =>
  text
    .replace(/[\u0000-\u001f\u007f]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    // FreeSWITCH replaces ${name} and $${name} in what it reads.
    .replaceAll('$', '&#36;')
