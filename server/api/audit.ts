import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiDoor } from './door.ts'
import { failures, page } from './reply.ts'
import { isoTime } from './schema.ts'

const querySchema = z.object({
  from: isoTime.optional(),
  to: isoTime.optional(),
  actor: z.string().max(80).optional(),
  action: z.string().max(80).optional(),
  target: z.string().max(80).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional(),
})
const entrySchema = z.object({
  id: z.number().int(),
  at: isoTime,
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  detail: z.unknown(),
  address: z.string(),
})

export const auditRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, { repositories, site }) => {
  app.get(
    '/audit',
    {
      config: { access: ['administrator', 'auditor'] },
      schema: {
        tags: ['audit'],
        querystring: querySchema,
        response: { 200: page(entrySchema), ...failures },
      },
    },
    async request => {
      const { from, to, limit, ...rest } = request.query
      const given = Object.fromEntries(
        Object.entries(rest).filter(([, value]) => value !== undefined),
      )
      const { items, nextCursor } = await repositories.audit.list({
        ...given,
        limit,
        ...(from && { from: Date.parse(from) }),
        ...(to && { to: Date.parse(to) }),
      })
      return {
        items: items.map(entry => ({ ...entry, at: site.shape.time(entry.at) })),
        nextCursor,
      }
    },
  )
}
