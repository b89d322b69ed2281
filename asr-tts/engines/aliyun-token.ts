// The token that Aliyun's speech services ask for: made from the account's key, valid for a day or so, renewed before it ends.
import { createHmac, randomUUID } from 'node:crypto'
import * as z from 'zod'
import { EngineFault } from '../recognition/dialogue.ts'

export interface AliyunToken {
  /** @throws {EngineFault} `wrong-key` or `unreachable` */
  get(): Promise<string>
  /** It was refused: the next one asked for is new. */
  forget(): void
}

export interface AliyunTokenOptions {
  /** Such as `https://nls-meta.cn-shanghai.aliyuncs.com`. */
  readonly endpoint: string
  readonly keyId: string
  readonly keySecret: string
  readonly now: () => number
}

const LIMIT_MS = 3000
/** A call is not begun with a token that may end in it. */
const SPARE_MS = 3600_000

const Answer = z.object({ Token: z.object({ Id: z.string().min(1), ExpireTime: z.number() }) })

export function createAliyunToken(options: AliyunTokenOptions): AliyunToken {
  let current: { id: string; until: number } | undefined
  let underWay: Promise<string> | undefined

  async function fetchNew(): Promise<string> {
    const { id, until } = await createToken(options)
    current = { id, until }
    return id
  }

  return {
    async get() {
      if (current && current.until - options.now() > SPARE_MS) return current.id
      underWay ??= fetchNew().finally(() => (underWay = undefined))
      return underWay
    },
    forget: () => void (current = undefined),
  }
}

async function createToken(options: AliyunTokenOptions): Promise<{ id: string; until: number }> {
  let response: Response
  let body: unknown
  try {
    response = await fetch(`${options.endpoint}/?${signedQuery(options, randomUUID())}`, {
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    body = await response.json()
  } catch {
    // The address holds a signature and the key's id; it must not get into a log by way of an error.
    throw new EngineFault('unreachable', 'no token: the service does not answer')
  }
  if (response.status === 400 || response.status === 403 || response.status === 404)
    throw new EngineFault('wrong-key', `no token: HTTP ${response.status}`)
  const answer = z.safeParse(Answer, body)
  if (!response.ok || !answer.success)
    throw new EngineFault('unreachable', `no token: HTTP ${response.status}`)
  const { Id: id, ExpireTime: untilS } = answer.data.Token
  return { id, until: untilS * 1000 }
}

/** Signature of Aliyun's RPC interface, version 1.0: HMAC-SHA1 over method, path and the sorted query. */
export function signedQuery(
  { keyId, keySecret, now }: Omit<AliyunTokenOptions, 'endpoint'>,
  nonce: string,
): string {
  const query = Object.entries({
    AccessKeyId: keyId,
    Action: 'CreateToken',
    Format: 'JSON',
    RegionId: 'cn-shanghai',
    SignatureMethod: 'HMAC-SHA1',
    SignatureNonce: nonce,
    SignatureVersion: '1.0',
    Timestamp: new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    Version: '2019-02-28',
  })
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&')
  const signature = createHmac('sha1', `${keySecret}&`)
    .update(`GET&${encoded('/')}&${encoded(query)}`)
    .digest('base64')
  return `Signature=${encoded(signature)}&${query}`
}

/** RFC 3986, which encodes more than `encodeURIComponent`. */
const encoded = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
