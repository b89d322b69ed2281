// `esl://:ClueCon@127.0.0.1:8021?ws=wss://…&media=/path`, one per switch.

export interface EslAddress {
  readonly host: string
  readonly port: number
  readonly password: string
  /** Where the switch sees our media folder; undefined when it is the same path. */
  readonly mediaFolder?: string
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

  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    password,
    ...(mediaFolder === null ? {} : { mediaFolder }),
  }
}
