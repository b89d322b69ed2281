// What the operator has set, from the database into the shape the control loop wants.
import { z } from 'zod'
import { createOpeningHours, publishedHolidays } from '../ivr-flows/index.ts'
import type { Config } from './config.ts'
import type { Settings } from './control/port.ts'
import type { Repositories, SettingStore } from './store/repository.ts'
import { toCalendar } from './calendar-rule.ts'
import { readTrunks } from './site-trunks.ts'

export const siteSettingsSchema = z.strictObject({
  /** Concurrent calls of callers; W-CAP-1 asks for 30. */
  lineLimit: z.number().int().min(1).max(2000).default(30),
  /** Ports that tell callers beyond the limit that all lines are busy. */
  reserveLines: z.number().int().min(0).max(100).default(5),
  /** Callers in flows at once; beyond it callers go straight to the group. */
  flowLimit: z.number().int().min(0).max(2000).default(20),
  /** Recordings at once. */
  recordingLimit: z.number().int().min(0).max(2000).default(20),
  /** Streams of recognition and of synthesis at once (W-CAP-1). */
  recognitionLimit: z.number().int().min(0).max(1000).default(5),
  synthesisLimit: z.number().int().min(0).max(1000).default(5),
  /** When no recorder is free: say so in the record and go on, or refuse the call. */
  recorderFull: z.enum(['warn', 'refuse']).default('warn'),
  /** How long SIP messages and the quality of sound are kept; 0 keeps none. */
  signallingDays: z.number().int().min(0).max(365).default(14),
  /** Whether supervisors see numbers and names masked (N-5); auditors always do, agents see their own callers whole. */
  maskForSupervisors: z.boolean().default(false),
  maskForAdministrators: z.boolean().default(false),
})
export type SiteSettings = z.infer<typeof siteSettingsSchema>

export async function readSiteSettings(store: SettingStore): Promise<SiteSettings> {
  const all = Object.entries(await store.all()).filter(([key]) => key.startsWith('site/'))
  return siteSettingsSchema.parse(
    Object.fromEntries(all.map(([key, value]) => [key.slice('site/'.length), value])),
  )
}

/** A number that reaches nobody (黑名单, W-TEL-3), with who put it there and why. */
export const blockedNumberSchema = z.object({
  number: z.string().regex(/^\+?[0-9]{3,20}$/),
  reason: z.string().min(1).max(200),
  by: z.string(),
  at: z.number(),
})
export type BlockedNumber = z.infer<typeof blockedNumberSchema>

const BLACKLIST = 'blacklist'
const blacklistSchema = z.array(blockedNumberSchema)

export async function readBlacklist(settings: SettingStore): Promise<BlockedNumber[]> {
  return blacklistSchema.parse((await settings.get(BLACKLIST)) ?? [])
}

export const writeBlacklist = (
  settings: SettingStore,
  numbers: readonly BlockedNumber[],
): Promise<void> => settings.set(BLACKLIST, numbers)

/** A caller who is spared the machine where a flow has a fast lane (老年人直达). */
export const elderSchema = z.object({
  number: blockedNumberSchema.shape.number,
  note: z.string().max(200).default(''),
  by: z.string(),
  at: z.number(),
})
export type Elder = z.infer<typeof elderSchema>

const ELDERS = 'elders'
/** They are read whole at each change of a setting. */
export const MOST_ELDERS = 20_000

export async function readElders(settings: SettingStore): Promise<Elder[]> {
  return z.array(elderSchema).parse((await settings.get(ELDERS)) ?? [])
}

export const writeElders = (settings: SettingStore, elders: readonly Elder[]): Promise<void> =>
  settings.set(ELDERS, elders)

const DRAINING = 'switches-draining'
const drainingSchema = z.array(z.string())

/** Names of switches that the edge gives no new calls. */
export const readDraining = async (settings: SettingStore): Promise<string[]> =>
  drainingSchema.parse((await settings.get(DRAINING)) ?? [])

export const writeDraining = (settings: SettingStore, nodes: readonly string[]): Promise<void> =>
  settings.set(DRAINING, nodes)

export async function readSettings(repositories: Repositories, config: Config): Promise<Settings> {
  const [queues, agents, numbers, flows, calendars, site, trunks, elders] = await Promise.all([
    repositories.queues.list(),
    repositories.agents.list(),
    repositories.numbers.list(),
    repositories.flows.running(),
    repositories.calendars.list(),
    readSiteSettings(repositories.settings),
    readTrunks(repositories.trunks, config),
    readElders(repositories.settings),
  ])
  const hours = createOpeningHours(calendars.map(toCalendar), publishedHolidays())
  return {
    queues,
    agents: agents.map(({ id, name, autoAnswer, queues: skills }) => ({
      id,
      name,
      autoAnswer,
      queues: skills,
    })),
    numbers,
    flows: flows.map(({ flow, version }) => ({ flow, version })),
    openingOf: hours.openingOf,
    lines: {
      limit: site.lineLimit,
      flowLimit: site.flowLimit,
      recordingLimit: site.recordingLimit,
    },
    recorderFull: site.recorderFull,
    trunks,
    ...(config.edgeAddress && { edges: [config.edgeAddress.host] }),
    outboundNumber: config.outboundNumber,
    timeZone: config.timeZone,
    elders: elders.map(({ number }) => number),
  }
}
