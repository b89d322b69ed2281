// Calls nobody took, to be worked off (W-CDR-2).
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { actorOf } from '../auth/access.ts'
import { refuse } from '../errors.ts'
import { audit, type ApiDoor } from './door.ts'
import { failures, idParams } from './reply.ts'
import { isoTime, missedSchema } from './schema.ts'

const querySchema = z.object({
  state: z.enum(['open', 'done']).optional(),
  kind: missedSchema.shape.kind.optional(),
  from: isoTime.optional(),
  to: isoTime.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional(),
})
const pageSchema = z.object({
  items: z.array(missedSchema),
  nextCursor: z.string().nullable(),
  total: z.number().int(),
})
const doneSchema = z.strictObject({ note: z.string().max(500).optional() })

export const missedCallRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { repositories, site } = door

  app.get(
    '/missed-calls',
    {
      config: { access: ['agent', 'supervisor', 'administrator'] },
      schema: {
        tags: ['missed calls'],
        querystring: querySchema,
        response: { 200: pageSchema, ...failures },
      },
    },
    async request => {
      const { from, to, state, kind, cursor, limit } = request.query
      const { items, nextCursor, total } = await repositories.missed.list({
        limit,
        ...(state && { state }),
        ...(kind && { kind }),
        ...(cursor && { cursor }),
        ...(from && { from: Date.parse(from) }),
        ...(to && { to: Date.parse(to) }),
      })
      return { items: items.map(site.shape.missed), nextCursor, total }
    },
  )

  app.post(
    '/missed-calls/:id/done',
    {
      config: { access: ['agent', 'supervisor'] },
      schema: {
        tags: ['missed calls'],
        params: idParams,
        body: doneSchema.nullish(),
        response: { 200: missedSchema, ...failures },
      },
    },
    async request => {
      const actor = actorOf(request)
      const by = actor.agentId ?? actor.userId
      const missed = await repositories.missed.done(
        request.params.id,
        by,
        site.clock(),
        request.body?.note ?? null,
      )
      if (!missed) throw refuse('NOT_FOUND')
      return site.shape.missed(missed)
    },
  )

  app.post(
    '/missed-calls/:id/reopen',
    {
      config: { access: ['supervisor'] },
      schema: {
        tags: ['missed calls'],
        params: idParams,
        response: { 200: missedSchema, ...failures },
      },
    },
    async request => {
      const missed = await repositories.missed.reopen(request.params.id)
      if (!missed) throw refuse('NOT_FOUND')
      await audit(door, request, 'missed-call-reopened', missed.id)
      return site.shape.missed(missed)
    },
  )
}
