// What the embedded switch is told, as one JSON file written by the server (`<data>/switch/switch.json`) and read again on `reloadxml`.
import { z } from 'zod'
import { trunkSchema } from '../trunk/trunk.ts'

export const switchConfigSchema = z.object({
  nodeName: z.string().default('embedded'),
  realm: z.string().default('hotline'),
  sip: z.object({
    host: z.string(),
    port: z.number().int(),
    webSocketPort: z.number().int(),
    publicAddress: z.string().optional(),
  }),
  rtpPorts: z.object({ first: z.number().int(), last: z.number().int() }),
  iceServers: z.array(z.string()).default([]),
  eventSocket: z.object({
    host: z.string().default('127.0.0.1'),
    port: z.number().int(),
    password: z.string().min(1),
  }),
  /** Numbers that an INVITE without authentication may reach. */
  publishedNumbers: z.array(z.string()),
  lines: z
    .object({
      /** Concurrent calls of callers (W-CAP-1). */
      limit: z.number().int().positive().default(30),
      /** Calls beyond the limit that hear the announcement. */
      reserve: z.number().int().nonnegative().default(5),
      /** Played as early media (183) to a caller beyond the limit; then 486. */
      busyPrompt: z.string().optional(),
    })
    .prefault({}),
  /** Most recordings at once (W-CAP-1: 20 is the configured limit of recording lines). */
  recordingLimit: z.number().int().positive().default(30),
  rates: z
    .object({
      invitesPerSecondPerAddress: z.number().positive().default(50),
      registersPerSecondPerAddress: z.number().positive().default(50),
      callsPerMinutePerCaller: z.number().positive().default(60),
      /** Of a trunk's address: a network that brings a city's calls is no flood. */
      invitesPerSecondPerTrunk: z.number().positive().default(200),
    })
    .default({
      invitesPerSecondPerAddress: 50,
      registersPerSecondPerAddress: 50,
      callsPerMinutePerCaller: 60,
      invitesPerSecondPerTrunk: 200,
    }),
  /** Where copies of all SIP go, as HEP 3. */
  capture: z
    .object({ host: z.string(), port: z.number().int(), id: z.number().int().default(1) })
    .optional(),
  /** A new call that no controller claims within this time gets 503. */
  unclaimedMs: z.number().int().default(3000),
  musicFile: z.string().optional(),
  /** Played to callers whose controller is gone, before `orphaned`. */
  apologyFile: z.string().optional(),
  /** Played while a browser leg's process is replaced. */
  comfortFile: z.string().optional(),
  /** Digest secrets: user → HA1. */
  users: z.record(z.string(), z.string()),
  blacklist: z.array(z.string()).default([]),
  /** Networks that calls come from and go to; each is a gateway by its id. */
  trunks: z.array(trunkSchema).default([]),
})

export type SwitchConfig = z.infer<typeof switchConfigSchema>
