// A session description as a value: RFC 8866 (4566). Only what a telephone needs is named; the rest is kept as lines.

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

export interface MediaLine {
  /** audio, video, application … */
  readonly kind: string
  readonly port: number
  /** RTP/AVP, UDP/TLS/RTP/SAVPF … */
  readonly protocol: string
  readonly formats: readonly string[]
  /** Of the line itself, else of the session. */
  readonly address: string
  /** Values of a= lines of the media, without `a=`. */
  readonly attributes: readonly string[]
  /** Of the line, else of the session, else sendrecv (RFC 8866 §6.7). */
  readonly direction: Direction
}

export interface SessionDescription {
  /** o=: user, session id, version, …, address. */
  readonly origin: string
  readonly attributes: readonly string[]
  readonly media: readonly MediaLine[]
}

const DIRECTIONS: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive']

/** Undefined when it is no session description. */
export function parseSdp(text: string): SessionDescription | undefined {
  const lines = text.split(/\r\n|\n|\r/).map(line => line.trimEnd())
  if (lines[0] !== 'v=0') return undefined
  const sections: string[][] = [[]]
  for (const line of lines) {
    if (line === '') continue
    if (line[1] !== '=') return undefined
    if (line.startsWith('m=')) sections.push([])
    sections.at(-1)?.push(line)
  }
  const [session = [], ...mediaSections] = sections
  const address = connectionAddress(session) ?? ''
  const attributes = attributesOf(session)
  const direction = directionOf(attributes) ?? 'sendrecv'
  const media: MediaLine[] = []
  for (const section of mediaSections) {
    const line = parseMedia(section, address, direction)
    if (line === undefined) return undefined
    media.push(line)
  }
  return { origin: valueOf(session, 'o=') ?? '', attributes, media }
}

function parseMedia(
  section: readonly string[],
  sessionAddress: string,
  sessionDirection: Direction,
): MediaLine | undefined {
  const match = /^m=(\S+) +(\d{1,5})(?:\/\d+)? +(\S+) +(\S.*)$/.exec(section[0] ?? '')
  if (match === null) return undefined
  const [, kind = '', port = '', protocol = '', formats = ''] = match
  if (Number(port) > 65535) return undefined
  const attributes = attributesOf(section)
  return {
    kind,
    port: Number(port),
    protocol,
    formats: formats.trim().split(/ +/),
    address: connectionAddress(section) ?? sessionAddress,
    attributes,
    direction: directionOf(attributes) ?? sessionDirection,
  }
}

function valueOf(lines: readonly string[], prefix: string): string | undefined {
  return lines.find(line => line.startsWith(prefix))?.slice(prefix.length)
}

/** c=IN IP4 192.0.2.1[/ttl] */
function connectionAddress(lines: readonly string[]): string | undefined {
  return valueOf(lines, 'c=')?.split(/ +/)[2]?.split('/')[0]
}

function attributesOf(lines: readonly string[]): string[] {
  return lines.filter(line => line.startsWith('a=')).map(line => line.slice(2))
}

function directionOf(attributes: readonly string[]): Direction | undefined {
  return DIRECTIONS.find(direction => attributes.includes(direction))
}

/** Value of the first `name:value` attribute. */
export function attribute(line: MediaLine, name: string): string | undefined {
  return line.attributes.find(item => item.startsWith(`${name}:`))?.slice(name.length + 1)
}

/** A browser's description (RFC 8827): DTLS-SRTP with feedback. It belongs to the browser legs, not to plain RTP. */
export function isWebRtcOffer(text: string): boolean {
  return /^m=\S+ \d+ UDP\/TLS\/RTP\/SAVPF /m.test(text) && /^a=fingerprint:/m.test(text)
}
