// Alarms that were and are, and the messages about them (T-OPS-1).
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { alarmSettingsSchema } from '../alarm/settings.ts'
import { RULES } from '../alarm/rule.ts'
import { actorOf } from '../auth/access.ts'
import { refuse } from '../errors.ts'
import type { StoredAlarm } from '../store/index.ts'
import { audit, type ApiDoor } from './door.ts'
import { done, failures, page } from './reply.ts'
import { alarmSchema, isoTime } from './schema.ts'

const level = z.enum(['info', 'warning', 'critical'])
const querySchema = z.object({
  state: z.enum(['open', 'over']).optional(),
  level: level.optional(),
  cause: z.string().max(80).optional(),
  from: isoTime.optional(),
  to: isoTime.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional(),
})
const ruleSchema = z.object({
  id: z.string(),
  kind: z.string(),
  cause: z.string(),
  unit: z.string(),
  worse: z.enum(['above', 'below']),
  thresholds: z.partialRecord(level, z.number()),
})
const messagesSchema = z.object({
  outlets: z.array(z.enum(['mail', 'hook'])),
  waiting: z.number().int(),
  dead: z.array(
    z.object({
      id: z.string(),
      outlet: z.string(),
      kind: z.string(),
      at: isoTime,
      attempts: z.number().int(),
      reason: z.string(),
    }),
  ),
})
const config = { access: ['supervisor', 'administrator'] } as const
const administrator = { access: ['administrator'] } as const
const tags = ['alarms']

export const alarmRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { operations, site } = door
  const { time } = site.shape
  const toAlarm = ({ alarm, raisedAt, clearedAt, seenAt, ...rest }: StoredAlarm) => ({
    ...rest,
    alarm,
    raisedAt: time(raisedAt),
    clearedAt: clearedAt === null ? null : time(clearedAt),
    seenAt: seenAt === null ? null : time(seenAt),
  })

  app.get(
    '/alarms',
    {
      config,
      schema: { tags, querystring: querySchema, response: { 200: page(alarmSchema), ...failures } },
    },
    async request => {
      const { from, to, limit, ...rest } = request.query
      const given = Object.fromEntries(
        Object.entries(rest).filter(([, value]) => value !== undefined),
      )
      const { items, nextCursor } = await operations.alarms.list({
        ...given,
        limit,
        ...(from && { from: Date.parse(from) }),
        ...(to && { to: Date.parse(to) }),
      })
      return { items: items.map(toAlarm), nextCursor }
    },
  )

  app.post(
    '/alarms/:id/seen',
    {
      config,
      schema: {
        tags,
        params: z.object({ id: z.uuid() }),
        body: z.strictObject({ note: z.string().max(500).optional() }).nullish(),
        response: { 200: alarmSchema, ...failures },
      },
    },
    async request => {
      const { id } = request.params
      const by = actorOf(request).userId
      const alarm = await operations.alarms.seen(id, by, site.clock(), request.body?.note || null)
      if (!alarm) throw refuse('NOT_FOUND')
      operations.onAlarmSeen(alarm.alarm)
      await audit(door, request, 'alarm-seen', alarm.alarm)
      return toAlarm(alarm)
    },
  )

  app.get(
    '/alarm-rules',
    {
      config,
      schema: { tags, response: { 200: z.object({ items: z.array(ruleSchema) }), ...failures } },
    },
    async () => ({
      items: RULES.map(({ id, kind, cause, unit, worse, thresholds }) => ({
        id,
        kind,
        cause,
        unit,
        worse,
        thresholds: { ...thresholds },
      })),
    }),
  )

  app.get(
    '/alarm-settings',
    { config, schema: { tags, response: { 200: alarmSettingsSchema, ...failures } } },
    async () => await operations.alarmSettings.read(),
  )

  app.put(
    '/alarm-settings',
    {
      config: administrator,
      schema: {
        tags,
        body: alarmSettingsSchema,
        response: { 200: alarmSettingsSchema, ...failures },
      },
    },
    async request => {
      await operations.alarmSettings.save(request.body)
      await audit(door, request, 'alarm-settings-saved', 'site', { ...request.body })
      return request.body
    },
  )

  app.get(
    '/alarm-messages',
    { config, schema: { tags, response: { 200: messagesSchema, ...failures } } },
    async () => {
      const { waiting, dead } = await operations.messages.state()
      return {
        outlets: [...operations.messages.outlets],
        waiting,
        dead: dead.map(one => ({ ...one, at: time(one.at) })),
      }
    },
  )

  app.post(
    '/alarm-messages/:id/retry',
    {
      config: administrator,
      schema: {
        tags,
        params: z.object({ id: z.string().min(1).max(200) }),
        response: { 200: done, ...failures },
      },
    },
    async request => {
      if (!(await operations.messages.retry(request.params.id))) throw refuse('NOT_FOUND')
      await audit(door, request, 'alarm-message-retried', request.params.id)
      return { ok: true as const }
    },
  )

  app.post(
    '/alarm-messages/trial',
    { config: administrator, schema: { tags, response: { 200: done, ...failures } } },
    async request => {
      operations.messages.trial()
      await audit(door, request, 'alarm-message-trial', 'site')
      return { ok: true as const }
    },
  )
}
