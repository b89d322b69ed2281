import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { actorOf } from '../auth/access.ts'
import { refuse } from '../errors.ts'
import { blockedNumberSchema, readBlacklist, writeBlacklist } from '../site-settings.ts'
import { audit, type ApiDoor } from './door.ts'
import { done, failures, list } from './reply.ts'
import { isoTime } from './schema.ts'

const params = blockedNumberSchema.pick({ number: true })
const body = z.strictObject({ reason: blockedNumberSchema.shape.reason })
const shownSchema = blockedNumberSchema.extend({ at: isoTime })

export const blacklistRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { settings } = door.repositories
  const config = { access: ['supervisor', 'administrator'] } as const
  const tags = ['blacklist']

  app.get(
    '/blacklist',
    { config, schema: { tags, response: { 200: list(shownSchema), ...failures } } },
    async () => ({
      items: (await readBlacklist(settings)).map(one => ({
        ...one,
        at: door.site.shape.time(one.at),
      })),
    }),
  )

  app.put(
    '/blacklist/:number',
    { config, schema: { tags, params, body, response: { 200: shownSchema, ...failures } } },
    async request => {
      const { number } = request.params
      const { reason } = request.body
      const by = actorOf(request).userId
      const blocked = { number, reason, by, at: door.site.clock() }
      const others = (await readBlacklist(settings)).filter(one => one.number !== number)
      await writeBlacklist(settings, [...others, blocked])
      await door.site.reconfigure()
      await audit(door, request, 'number-blocked', number, { reason })
      return { ...blocked, at: door.site.shape.time(blocked.at) }
    },
  )

  app.delete(
    '/blacklist/:number',
    { config, schema: { tags, params, response: { 200: done, ...failures } } },
    async request => {
      const { number } = request.params
      const all = await readBlacklist(settings)
      const others = all.filter(one => one.number !== number)
      if (others.length === all.length) throw refuse('NOT_FOUND')
      await writeBlacklist(settings, others)
      await door.site.reconfigure()
      await audit(door, request, 'number-unblocked', number)
      return { ok: true as const }
    },
  )
}
