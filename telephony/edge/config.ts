// The environment of the edge, which is a process of its own and may run on a machine of its own.
import { join, resolve } from 'node:path'
import { z } from 'zod'

export interface EdgeConfig {
  readonly drachtio: { readonly host: string; readonly port: number; readonly secret: string }
  /** `redis://…` or the path of a Unix socket. */
  readonly redis: string
  /** Where the last known settings are kept. */
  readonly folder: string
  /** A FreeSWITCH that plays the announcement; absent: nobody does. */
  readonly media?: MediaAddress
  readonly logLevel: string
}

export interface MediaAddress {
  readonly host: string
  readonly port: number
  readonly password: string
  readonly profile: string
  /** Ours, where FreeSWITCH connects back to. */
  readonly listenHost?: string
}

const environmentSchema = z.object({
  DRACHTIO_URL: z
    .string()
    .refine(value => toDrachtio(value) !== undefined, 'expected drachtio://:secret@host:port'),
  REDIS_URL: z
    .string()
    .regex(/^(rediss?:\/\/|\/)/, 'expected redis://… or the path of a socket')
    .default('redis://127.0.0.1:6379'),
  HOTLINE_DATA_DIR: z.string().default('./data'),
  HOTLINE_EDGE_MEDIA_URL: z
    .string()
    .refine(value => toMedia(value) !== undefined, 'expected esl://:password@host:port?profile=…')
    .optional(),
  HOTLINE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

/** Every wrong variable, one sentence each. */
export type EdgeConfigResult =
  | { readonly type: 'config'; readonly config: EdgeConfig }
  | { readonly type: 'problems'; readonly problems: readonly string[] }

export function readEdgeConfig(environment: NodeJS.ProcessEnv = process.env): EdgeConfigResult {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const result = environmentSchema.safeParse(given)
  const drachtio = result.success ? toDrachtio(result.data.DRACHTIO_URL) : undefined
  if (!result.success || drachtio === undefined) {
    const issues = result.success ? [] : result.error.issues
    return {
      type: 'problems',
      problems: issues.map(issue => `${issue.path.join('.')} is wrong: ${issue.message}.`),
    }
  }
  const { REDIS_URL, HOTLINE_DATA_DIR, HOTLINE_EDGE_MEDIA_URL, HOTLINE_LOG_LEVEL } = result.data
  const media = HOTLINE_EDGE_MEDIA_URL ? toMedia(HOTLINE_EDGE_MEDIA_URL) : undefined
  return {
    type: 'config',
    config: {
      drachtio,
      redis: REDIS_URL,
      folder: join(resolve(HOTLINE_DATA_DIR), 'edge'),
      ...(media && { media }),
      logLevel: HOTLINE_LOG_LEVEL,
    },
  }
}

function toDrachtio(value: string): EdgeConfig['drachtio'] | undefined {
  if (!value.startsWith('drachtio://') || !URL.canParse(value)) return undefined
  const url = new URL(value)
  if (url.hostname === '') return undefined
  return {
    host: url.hostname,
    port: Number(url.port || 9022),
    secret: decodeURIComponent(url.password) || 'cymru',
  }
}

function toMedia(value: string): MediaAddress | undefined {
  if (!value.startsWith('esl://') || !URL.canParse(value)) return undefined
  const url = new URL(value)
  if (url.hostname === '' || url.password === '') return undefined
  const listenHost =
    url.searchParams.get('listen') ?? (url.hostname.startsWith('127.') ? '127.0.0.1' : undefined)
  return {
    host: url.hostname,
    port: Number(url.port || 8021),
    password: decodeURIComponent(url.password),
    profile: url.searchParams.get('profile') ?? 'announcement',
    ...(listenHost && { listenHost }),
  }
}
