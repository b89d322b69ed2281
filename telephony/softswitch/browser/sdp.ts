// Session descriptions between us and a browser, as text: what may stand in an offer, what an answer says,
// and how a description changes direction without touching the transport (RFC 8866, RFC 3264, RFC 8829).

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

export interface Codec {
  readonly payloadType: number
  /** As in rtpmap: `PCMA/8000`. */
  readonly name: string
  readonly fmtp?: string
}

export interface Section {
  readonly kind: string
  readonly port: number
  readonly mid: string
  readonly direction: Direction
  readonly codecs: readonly Codec[]
  readonly lines: readonly string[]
}

export interface Description {
  readonly session: readonly string[]
  readonly sections: readonly Section[]
}

const EOL = '\r\n'
const DIRECTIONS: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive']
const isDirection = (line: string) => DIRECTIONS.some(direction => line === `a=${direction}`)

/** The value of the first `a=name:value` line. */
export const attribute = (lines: readonly string[], name: string): string | undefined =>
  lines.find(line => line.startsWith(`a=${name}:`))?.slice(name.length + 3)

export const parseDescription = (sdp: string): Description => {
  const blocks: string[][] = [[]]
  for (const line of sdp.split(/\r?\n/)) {
    if (line === '') continue
    if (line.startsWith('m=')) blocks.push([])
    blocks.at(-1)?.push(line)
  }
  const [session = [], ...media] = blocks
  return { session, sections: media.map(lines => toSection(session, lines)) }
}

const toSection = (session: readonly string[], lines: readonly string[]): Section => {
  const [kind = '', port = '0', , ...payloadTypes] = (lines[0] ?? '').slice(2).split(' ')
  // RFC 8866 §6.7: without a direction it is sendrecv.
  const direction =
    DIRECTIONS.find(name => lines.includes(`a=${name}`)) ??
    DIRECTIONS.find(name => session.includes(`a=${name}`))
  return {
    kind,
    port: Number(port),
    mid: attribute(lines, 'mid') ?? '',
    direction: direction ?? 'sendrecv',
    codecs: payloadTypes.map(Number).map(payloadType => toCodec(lines, payloadType)),
    lines,
  }
}

/** RFC 3551 §6: numbers that need no rtpmap. */
const STATIC: Readonly<Record<number, string>> = { 0: 'PCMU/8000', 8: 'PCMA/8000' }

const toCodec = (lines: readonly string[], payloadType: number): Codec => {
  const valueOf = (name: string) =>
    lines
      .find(line => line.startsWith(`a=${name}:${payloadType} `))
      ?.slice(`a=${name}:${payloadType} `.length)
  const name = valueOf('rtpmap') ?? STATIC[payloadType] ?? ''
  const fmtp = valueOf('fmtp')
  return fmtp === undefined ? { payloadType, name } : { payloadType, name, fmtp }
}

export const renderDescription = ({ session, sections }: Description): string =>
  [...session, ...sections.flatMap(section => section.lines)].map(line => line + EOL).join('')

export const reversed = (direction: Direction): Direction =>
  direction === 'sendonly' ? 'recvonly' : direction === 'recvonly' ? 'sendonly' : direction

const isNamed = (codec: Codec, ...names: readonly string[]) =>
  names.some(
    name => codec.name.toLowerCase().split('/').slice(0, 2).join('/') === name.toLowerCase(),
  )

/** One law of G.711 as the browser prefers ours first: A-law, and keys as events of the same clock. */
export const chooseAudio = (
  codecs: readonly Codec[],
): { codec: 'PCMA' | 'PCMU'; codecs: Codec[]; digitPayloadType?: number } | undefined => {
  const sound =
    codecs.find(codec => isNamed(codec, 'PCMA/8000')) ??
    codecs.find(codec => isNamed(codec, 'PCMU/8000'))
  if (sound === undefined) return undefined
  const digits = codecs.find(codec => isNamed(codec, 'telephone-event/8000'))
  return {
    codec: isNamed(sound, 'PCMA/8000') ? 'PCMA' : 'PCMU',
    codecs: digits ? [sound, digits] : [sound],
    ...(digits ? { digitPayloadType: digits.payloadType } : {}),
  }
}

/** The first law of G.711 an answer names is the one the browser sends. */
export const answeredAudio = (
  codecs: readonly Codec[],
): { codec: 'PCMA' | 'PCMU'; digitPayloadType?: number } | undefined => {
  const sound = codecs.find(codec => isNamed(codec, 'PCMA/8000', 'PCMU/8000'))
  if (sound === undefined) return undefined
  const chosen = chooseAudio([
    sound,
    ...codecs.filter(codec => isNamed(codec, 'telephone-event/8000')),
  ])
  return (
    chosen &&
    (chosen.digitPayloadType === undefined
      ? { codec: chosen.codec }
      : { codec: chosen.codec, digitPayloadType: chosen.digitPayloadType })
  )
}

const MODE_1 = /packetization-mode=1/
const BASELINE = /profile-level-id=42/i

/** H.264 baseline in both packetization modes, then VP8, one of each: what phones and browsers share. */
export const chooseVideo = (codecs: readonly Codec[]): Codec[] => {
  const h264 = codecs.filter(
    codec => isNamed(codec, 'H264/90000') && BASELINE.test(codec.fmtp ?? ''),
  )
  const chosen = [
    h264.find(codec => MODE_1.test(codec.fmtp ?? '')),
    h264.find(codec => !MODE_1.test(codec.fmtp ?? '')),
    codecs.find(codec => isNamed(codec, 'VP8/90000')),
  ]
  return chosen.filter(codec => codec !== undefined)
}

const ofPayload = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+|\*) /

/** Keeps only these codecs, in this order, and no header extensions: a plain peer would not understand them. */
export const restrict = (section: Section, codecs: readonly Codec[]): Section => {
  const kept = new Set(codecs.map(codec => String(codec.payloadType)))
  const [media = '', ...rest] = section.lines
  const head = media.split(' ').slice(0, 3).join(' ')
  const lines = rest.filter(line => {
    const payloadType = ofPayload.exec(line)?.[1]
    if (payloadType !== undefined) return kept.has(payloadType) || payloadType === '*'
    return !line.startsWith('a=extmap')
  })
  return { ...section, codecs, lines: [`${head} ${[...kept].join(' ')}`, ...lines] }
}

/** Only picture requests are passed through to the other side; lost packets are not sent again, rates not negotiated. */
const isUsedFeedback = (line: string) =>
  !line.startsWith('a=rtcp-fb:') || /(nack pli|ccm fir)$/.test(line)

export interface Shape {
  /** Rises with each description of a session (RFC 8866 §5.2). */
  readonly version: number
  readonly publicAddress?: string
}

/** What the library writes, made fit for browsers and for phones behind them. */
export const shapeLocal = (sdp: string, shape: Shape): string => {
  const { session, sections } = parseDescription(sdp)
  return renderDescription({
    session: withVersion(session, shape.version),
    sections: sections.map(section => {
      const lines = section.lines
        .filter(isUsedFeedback)
        .map(line => withAddress(line, shape.publicAddress))
      if (!lines.some(isDirection)) lines.push('a=sendrecv')
      return { ...section, lines }
    }),
  })
}

const withVersion = (session: readonly string[], version: number): string[] =>
  session.map(line =>
    line.startsWith('o=') ? line.replace(/^(o=\S+ \S+) \S+/, `$1 ${version}`) : line,
  )

const withAddress = (line: string, publicAddress: string | undefined): string =>
  publicAddress !== undefined && line.startsWith('a=candidate:') && line.includes(' typ host')
    ? line.replace(/^((?:\S+ ){4})\S+/, `$1${publicAddress}`)
    : line

export interface Turn {
  readonly version: number
  /** RFC 8842 §5: offers of a running association leave the choice open, answers keep the role. */
  readonly setup: 'actpass' | 'active' | 'passive'
  readonly directionOf: (mid: string) => Direction
}

/** The same session with another direction: nothing of the transport changes. */
export const turn = (sdp: string, { version, setup, directionOf }: Turn): string => {
  const { session, sections } = parseDescription(sdp)
  return renderDescription({
    session: withVersion(session, version),
    sections: sections.map(section => {
      if (section.port === 0) return section
      const lines = section.lines
        .filter(line => !isDirection(line))
        .map(line => (line.startsWith('a=setup:') ? `a=setup:${setup}` : line))
      return { ...section, lines: [...lines, `a=${directionOf(section.mid)}`] }
    }),
  })
}

/** Brings an answer into the order of its offer: sections we have no part in are refused (RFC 3264 §6). */
export const fitToOffer = (answer: string, offer: string): string => {
  const ours = parseDescription(answer)
  const sections = parseDescription(offer).sections.map(theirs => {
    const mine = ours.sections.find(section => section.mid === theirs.mid)
    return mine && theirs.port !== 0 ? mine : refusal(theirs)
  })
  const mids = sections.filter(section => section.port !== 0).map(section => section.mid)
  return renderDescription({ session: withBundle(ours.session, mids), sections })
}

const refusal = (theirs: Section): Section => {
  const [kind, , protocol, payloadType = '0'] = (theirs.lines[0] ?? '').slice(2).split(' ')
  const lines = [
    `m=${kind} 0 ${protocol} ${payloadType}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${theirs.mid}`,
    'a=inactive',
  ]
  return { ...theirs, port: 0, direction: 'inactive', lines }
}

/** A description without the sections we refuse, as the library is to see it. */
export const withoutSections = (
  description: Description,
  isKept: (section: Section) => boolean,
): Description => {
  const sections = description.sections.filter(isKept)
  return {
    session: withBundle(
      description.session,
      sections.map(section => section.mid),
    ),
    sections,
  }
}

const withBundle = (session: readonly string[], mids: readonly string[]): string[] =>
  session.flatMap(line => {
    if (line.startsWith('a=group:BUNDLE')) return [`a=group:BUNDLE ${mids.join(' ')}`]
    return line.startsWith('a=group:') ? [] : [line]
  })
