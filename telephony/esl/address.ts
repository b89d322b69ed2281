// `esl://:ClueCon@127.0.0.1:8021?ws=wss://…&media=/path&tap=7070`, one per switch.

export interface EslAddress {
  readonly host: string
  readonly port: number
  readonly password: string
  /** Where the switch sees our media folder; undefined when it is the same path. */
  readonly mediaFolder?: string
  /** How sound comes to listeners, where that is not left to be found out: `recording`, or our TCP port where the switch brings it. */
  readonly tap?: 'recording' | number
}

const DEFAULT_PORT = 8021

/** @throws {TypeError} when the text is not such an address. */
export function toEslAddress(text: string): EslAddress {
  const url = new URL(text)
  if (url.protocol !== 'esl:' || url.hostname === '')
    throw new TypeError('a switch address begins with esl://')
  const password = decodeURIComponent(url.password)
  if (/[\r\n]/.test(password)) throw new TypeError('a switch password is one line')
  const mediaFolder = url.searchParams.get('media')
  const tap = url.searchParams.get('tap')
  if (tap !== null && tap !== 'recording' && !/^\d{1,5}$/.test(tap))
    throw new TypeError('tap is recording or a port')

  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    password,
    ...(mediaFolder === null ? {} : { mediaFolder }),
    ...(tap === null ? {} : { tap: tap === 'recording' ? tap : Number(tap) }),
  }
}
