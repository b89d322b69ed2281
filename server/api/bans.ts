// Addresses the switch listens to no more, after too many wrong passwords.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { refuse } from '../errors.ts'
import { audit, type ApiDoor } from './door.ts'
import { done, failures, list } from './reply.ts'
import { isoTime } from './schema.ts'

const params = z.object({ address: z.string().regex(/^[0-9a-fA-F.:]{2,45}$/) })
const banSchema = z.object({ address: z.string(), reason: z.string(), until: isoTime })

export const banRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { bans, shape } = door.site
  const config = { access: ['administrator'] } as const

  app.get(
    '/bans',
    { config, schema: { tags: ['bans'], response: { 200: list(banSchema), ...failures } } },
    async () => ({
      items: (await bans.list()).map(ban => ({ ...ban, until: shape.time(ban.until) })),
    }),
  )

  app.delete(
    '/bans/:address',
    { config, schema: { tags: ['bans'], params, response: { 200: done, ...failures } } },
    async request => {
      const { address } = request.params
      if (!(await bans.lift(address))) throw refuse('NOT_FOUND')
      await audit(door, request, 'ban-lifted', address)
      return { ok: true as const }
    },
  )
}
