// What a FreeSWITCH is told of phones, trunks and banned addresses, as the documents its mod_xml_curl reads. Pure.
import { toGatewayXml, type EdgeAddress } from '../../telephony/trunk/gateway-xml.ts'
import type { Trunk } from '../../telephony/trunk/trunk.ts'

export interface DirectoryPhone {
  readonly user: string
  readonly realm: string
  /** RFC 2617 §3.2.2.2: what a registrar needs of a password. */
  readonly ha1: string
}
export interface DirectoryTrunk {
  readonly trunk: Trunk
  /** Networks from which it sends. */
  readonly networks: readonly string[]
  /** Calls go there, and come from there. */
  readonly edge?: EdgeAddress
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // FreeSWITCH puts its own variables in place of $${name} before it reads the document.
  $: '&#36;',
}
/** Characters that XML 1.0 §2.2 does not know are left out. */
export const escapeXml = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '')
    .replace(/[&<>"'$]/g, character => ENTITIES[character] ?? '')
    .replace(/[\t\r\n]/g, ' ')

const element = (name: string, attributes: Readonly<Record<string, string>>, inner = '') => {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
  return inner === ''
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${inner}</${name}>`
}
const param = (name: string, value: string) => element('param', { name, value })

const document = (section: string, inner: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<document type="freeswitch/xml">${element('section', { name: section }, inner)}</document>\n`

const domain = (name: string, params: string, users: string) =>
  document(
    'directory',
    element(
      'domain',
      { name },
      `${params}<groups><group name="all"><users>${users}</users></group></groups>`,
    ),
  )

/** mod_xml_curl's word for "ask elsewhere". */
export const NOT_FOUND = document('result', element('result', { status: 'not found' }))

// Not escaped: FreeSWITCH puts the phone's address in place when it rings.
const DIAL_STRING =
  '<params><param name="dial-string" value="${sofia_contact(agent/${dialed_user}@${dialed_domain})}"/></params>'

/** Kept by the switch until it is flushed, so that the phone registers and rings while no server lives. */
export const phoneDocument = ({ user, realm, ha1 }: DirectoryPhone): string =>
  domain(
    realm,
    DIAL_STRING,
    element(
      'user',
      { id: user, cacheable: 'true' },
      `<params>${param('a1-hash', ha1)}${param('auth-acl', 'phones')}</params>`,
    ),
  )

export const trunksDocument = (trunks: readonly DirectoryTrunk[]): string =>
  domain(
    'trunks',
    '',
    trunks
      .map(({ trunk, networks, edge }) =>
        element(
          'user',
          {
            id: trunk.id,
            cacheable: 'true',
            ...(networks.length > 0 && { cidr: networks.join(',') }),
          },
          element('gateways', {}, toGatewayXml(trunk, edge)),
        ),
      )
      .join('\n'),
  )

/** Addresses from which no phone may sign in. */
export const bannedDocument = (addresses: readonly string[]): string =>
  domain(
    'banned',
    '',
    addresses
      .map((address, index) =>
        element('user', {
          id: `banned-${index}`,
          cidr: `${address}/${address.includes(':') ? 128 : 32}`,
        }),
      )
      .join('\n'),
  )
