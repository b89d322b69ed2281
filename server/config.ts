// The environment, read once. The only file that knows `process.env`.
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'
import {
  operationsEnvironment,
  operationsProblems,
  type OperationsConfig,
  toOperations,
} from './config-operations.ts'
import { speechEnvironment, type SpeechFile, toSpeechFile } from './config-speech.ts'
import { parseHostPort, parseIceServers, parseNetworks, parseSwitchUrls } from './config-address.ts'

const port = (standard: number) => z.coerce.number().int().min(1).max(65_535).default(standard)
const text = z.string().trim().min(1)
const address = text.refine(value => isIP(value) > 0 || /^[a-z0-9.-]+$/i.test(value), 'an address')
const url = (schemes: readonly string[]) =>
  text.refine(
    value => schemes.some(scheme => value.startsWith(`${scheme}://`)) && URL.canParse(value),
    `a URL that begins with ${schemes.map(scheme => `${scheme}://`).join(' or ')}`,
  )

const environmentSchema = z.object({
  HOTLINE_DATA_DIR: text.default('./data'),
  HOTLINE_MEDIA_DIR: text.optional(),
  HOTLINE_TIME_ZONE: text
    .refine(isTimeZone, 'a time zone such as Asia/Shanghai')
    .default('Asia/Shanghai'),
  HOTLINE_HTTP_PORT: port(8080),
  HOTLINE_HOST: address.default('127.0.0.1'),
  HOTLINE_TRUSTED_PROXIES: parsed(parseNetworks, 'addresses or networks, separated by commas'),
  HOTLINE_TLS_CERT: text.optional(),
  HOTLINE_TLS_KEY: text.optional(),
  HOTLINE_SIP_PORT: port(5060),
  HOTLINE_SIP_HOST: address.default('127.0.0.1'),
  HOTLINE_PUBLIC_ADDRESS: address.optional(),
  HOTLINE_ICE_SERVERS: parsed(
    parseIceServers,
    'stun:host[:port] or turn:user:password@host[:port], separated by commas',
  ),
  HOTLINE_RTP_PORTS: text
    .default('30000-31999')
    .refine(isPortRange, 'two ports such as 30000-31999, at least 100 apart'),
  FREESWITCH_URL: parsed(parseSwitchUrls, 'esl://:password@host:port, several separated by commas'),
  HOTLINE_SWITCH_ADDRESSES: parsed(parseNetworks, 'addresses or networks, separated by commas'),
  HOTLINE_SWITCH_SECRET: text.min(12, 'at least 12 characters').optional(),
  HOTLINE_ESL_PORT: port(8021),
  HOTLINE_ESL_PASSWORD: text.regex(/^\S+$/, 'a word without spaces').optional(),
  HOTLINE_HEP_HOST: address.default('127.0.0.1'),
  HOTLINE_HEP_PORT: z.coerce.number().int().min(1024).max(65_535).optional(),
  HOTLINE_HEP_EXPORT: parsed(parseHostPort, 'host:port'),
  DRACHTIO_URL: url(['drachtio']).optional(),
  HOTLINE_EDGE: z.enum(['start', 'elsewhere']).default('start'),
  HOTLINE_EDGE_MEDIA_URL: url(['esl']).optional(),
  HOTLINE_EDGE_ADDRESS: text.regex(/^[a-z0-9.-]+:[0-9]{1,5}$/i, 'host:port').optional(),
  DATABASE_URL: url(['postgres', 'postgresql']).optional(),
  REDIS_URL: url(['redis', 'rediss']).optional(),
  HOTLINE_ADMIN_PASSWORD: z.string().min(8, 'at least 8 characters').max(200).optional(),
  HOTLINE_DRAIN_SECONDS: z.coerce.number().min(0).max(3600).default(30),
  HOTLINE_TRUNK: text
    .regex(
      /^[a-z0-9.-]+:[0-9]{1,5}(;transport=(udp|tcp))?$/i,
      'host:port, with ;transport=tcp where needed',
    )
    .optional(),
  HOTLINE_OUTBOUND_NUMBER: text.regex(/^\+?[0-9]{1,20}$/, 'a number').default('12393'),
  ...speechEnvironment,
  ...operationsEnvironment,
  HOTLINE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

export interface Config {
  readonly dataDir: string
  readonly mediaDir: string
  readonly timeZone: string
  readonly web: {
    readonly host: string
    readonly port: number
    readonly certificate?: { readonly certFile: string; readonly keyFile: string }
    /** Web proxies that speak TLS for us; they are believed about who asks. */
    readonly proxies?: readonly string[]
  }
  readonly sip: { readonly host: string; readonly port: number }
  /** Written into SDP and Contact when the switch stands behind another address. */
  readonly publicAddress?: string
  readonly iceServers: readonly IceServer[]
  readonly rtpPorts: { readonly first: number; readonly last: number }
  /** FreeSWITCH nodes; empty: the embedded switch. */
  readonly switches: readonly SwitchAddress[]
  /** With which a FreeSWITCH asks us for phones and trunks; absent: its event socket's password. */
  readonly switchSecret?: string
  /** From where FreeSWITCHes ask us, beside the addresses in FREESWITCH_URL. */
  readonly switchNetworks: readonly string[]
  readonly eventSocket: { readonly port: number; readonly password?: string }
  /** SIP as switches copy it (HEP). */
  readonly capture: CaptureConfig
  readonly edgeUrl?: string
  /** The edge is ours to start; else it runs by a unit of its own. */
  readonly startsEdge: boolean
  /** Where the edge takes SIP: calls outside go there, and what comes from there is believed about callers. */
  readonly edgeAddress?: { readonly host: string; readonly port: number }
  /** A FreeSWITCH that plays the edge's announcement. */
  readonly edgeMediaUrl?: string
  /** Where the edge finds each switch. */
  readonly edgeNodes: readonly EdgeNode[]
  readonly databaseUrl?: string
  readonly redisUrl?: string
  readonly adminPassword?: string
  readonly drainMs: number
  readonly trunkAddress?: string
  readonly outboundNumber: string
  readonly speech: SpeechFile
  readonly operations: OperationsConfig
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}
export interface EdgeNode {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly weight: number
}
export interface CaptureConfig {
  readonly host: string
  /** UDP; 0 chooses one, for the embedded switch is told; absent: none. */
  readonly port?: number
  readonly exportTo?: { readonly host: string; readonly port: number }
}
export interface IceServer {
  readonly urls: string
  readonly username?: string
  readonly credential?: string
}
export interface SwitchAddress {
  /** The same at every server and over restarts; `host:port` unless the address says another. */
  readonly name: string
  /** For the driver: `esl://:password@host:port`. */
  readonly url: string
  /** Where browsers reach this switch's SIP over WebSocket. */
  readonly webSocketUrl?: string
  /** The media folder as the switch sees it. */
  readonly mediaDir?: string
  /** How its sound comes to listeners, where that is not left to be found out: `recording`, or our TCP port where it brings it. */
  readonly tap?: string
  /** Its trunk profile, for the edge. */
  readonly sip: { readonly host: string; readonly port: number }
  /** How much the edge gives it beside the others. */
  readonly weight: number
}

/** Every wrong variable, one sentence each. */
export class WrongConfiguration extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'))
  }
}

/** @throws {WrongConfiguration} naming every variable that is wrong. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  // An empty value in a unit file means "not set".
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const result = environmentSchema.safeParse(given)
  const problems = [
    ...(result.success ? [] : result.error.issues.map(toSentence)),
    ...tlsProblems(given),
    ...operationsProblems(given),
  ]
  if (!result.success || problems.length > 0) throw new WrongConfiguration(problems)
  return freezeDeep(toConfig(result.data))
}

function toConfig(env: z.infer<typeof environmentSchema>): Config {
  const dataDir = resolve(env.HOTLINE_DATA_DIR)
  const [first = 0, last = 0] = env.HOTLINE_RTP_PORTS.split('-').map(Number)
  return {
    dataDir,
    mediaDir: env.HOTLINE_MEDIA_DIR ? resolve(env.HOTLINE_MEDIA_DIR) : resolve(dataDir, 'media'),
    timeZone: env.HOTLINE_TIME_ZONE,
    web: {
      host: env.HOTLINE_HOST,
      port: env.HOTLINE_HTTP_PORT,
      ...(env.HOTLINE_TRUSTED_PROXIES.length > 0 && { proxies: env.HOTLINE_TRUSTED_PROXIES }),
      ...(env.HOTLINE_TLS_CERT &&
        env.HOTLINE_TLS_KEY && {
          certificate: {
            certFile: resolve(env.HOTLINE_TLS_CERT),
            keyFile: resolve(env.HOTLINE_TLS_KEY),
          },
        }),
    },
    sip: { host: env.HOTLINE_SIP_HOST, port: env.HOTLINE_SIP_PORT },
    ...(env.HOTLINE_PUBLIC_ADDRESS && { publicAddress: env.HOTLINE_PUBLIC_ADDRESS }),
    iceServers: env.HOTLINE_ICE_SERVERS,
    rtpPorts: { first, last },
    switches: env.FREESWITCH_URL,
    switchNetworks: env.HOTLINE_SWITCH_ADDRESSES,
    ...(env.HOTLINE_SWITCH_SECRET && { switchSecret: env.HOTLINE_SWITCH_SECRET }),
    eventSocket: {
      port: env.HOTLINE_ESL_PORT,
      ...(env.HOTLINE_ESL_PASSWORD && { password: env.HOTLINE_ESL_PASSWORD }),
    },
    capture: captureOf(env),
    ...(env.DRACHTIO_URL && { edgeUrl: env.DRACHTIO_URL }),
    ...edgeAddressOf(env.DRACHTIO_URL, env.HOTLINE_EDGE_ADDRESS),
    startsEdge: env.HOTLINE_EDGE === 'start',
    ...(env.HOTLINE_EDGE_MEDIA_URL && { edgeMediaUrl: env.HOTLINE_EDGE_MEDIA_URL }),
    edgeNodes: edgeNodesOf(env.FREESWITCH_URL, {
      host: env.HOTLINE_SIP_HOST,
      port: env.HOTLINE_SIP_PORT,
    }),
    ...(env.DATABASE_URL && { databaseUrl: env.DATABASE_URL }),
    ...(env.REDIS_URL && { redisUrl: env.REDIS_URL }),
    ...(env.HOTLINE_ADMIN_PASSWORD && { adminPassword: env.HOTLINE_ADMIN_PASSWORD }),
    drainMs: env.HOTLINE_DRAIN_SECONDS * 1000,
    ...(env.HOTLINE_TRUNK && { trunkAddress: env.HOTLINE_TRUNK }),
    outboundNumber: env.HOTLINE_OUTBOUND_NUMBER,
    speech: toSpeechFile(env, dataDir),
    operations: toOperations(env),
    logLevel: env.HOTLINE_LOG_LEVEL,
  }
}

/** drachtio's own machine, and SIP's own port, unless said. */
function edgeAddressOf(
  edgeUrl: string | undefined,
  given: string | undefined,
): Pick<Config, 'edgeAddress'> {
  if (!edgeUrl) return {}
  const [host = '', port = ''] = given?.split(':') ?? [new URL(edgeUrl).hostname, '5060']
  return { edgeAddress: { host, port: Number(port) } }
}

/** Named as the switches are (server/process/switches.ts); without any, the embedded one. */
function edgeNodesOf(
  switches: readonly SwitchAddress[],
  embedded: { readonly host: string; readonly port: number },
): EdgeNode[] {
  if (switches.length > 0)
    return switches.map(({ name, sip, weight }) => ({ name, ...sip, weight }))
  const host = embedded.host === '0.0.0.0' ? '127.0.0.1' : embedded.host
  return [{ name: 'embedded', host, port: embedded.port, weight: 1 }]
}

/** A FreeSWITCH is told a port in its own configuration; the embedded switch by us. */
function captureOf(env: z.infer<typeof environmentSchema>): CaptureConfig {
  const port = env.HOTLINE_HEP_PORT ?? (env.FREESWITCH_URL.length > 0 ? undefined : 0)
  const [exportTo] = env.HOTLINE_HEP_EXPORT
  return {
    host: env.HOTLINE_HEP_HOST,
    ...(port !== undefined && { port }),
    ...(exportTo && { exportTo }),
  }
}

function toSentence(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')} is wrong: ${issue.message}.`
}

function tlsProblems(given: NodeJS.ProcessEnv): string[] {
  const [cert, key] = [given['HOTLINE_TLS_CERT'], given['HOTLINE_TLS_KEY']]
  if (!cert === !key) return []
  return [
    cert
      ? 'HOTLINE_TLS_KEY is missing: HOTLINE_TLS_CERT is set.'
      : 'HOTLINE_TLS_CERT is missing: HOTLINE_TLS_KEY is set.',
  ]
}

function parsed<T>(parse: (value: string) => T[] | undefined, form: string) {
  return z
    .string()
    .default('')
    .transform((value, context): T[] => {
      if (value.trim() === '') return []
      const result = parse(value)
      if (result) return result
      context.addIssue({ code: 'custom', message: `expected ${form}` })
      return z.NEVER
    })
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function isPortRange(value: string): boolean {
  const match = /^([0-9]{1,5})-([0-9]{1,5})$/.exec(value)
  const [first, last] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)]
  return first >= 1024 && last <= 65_535 && last - first >= 99
}

function freezeDeep<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (inner instanceof Object) freezeDeep(inner)
  return Object.freeze(value)
}
