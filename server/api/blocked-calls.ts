// Calls that were refused before they became calls: by whom, for whom, by which trunk, and why (W-CAP-2).
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { midnightOf } from '../records/index.ts'
import type { ApiDoor } from './door.ts'
import { failures } from './reply.ts'
import { eyesOf } from './sight.ts'
import { blockedCallSchema } from './trunk-schema.ts'

const querySchema = z.object({
  /** Since midnight where the site is; absent: all that are kept. */
  day: z.literal('today').optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
  cursor: z.string().max(200).optional(),
})
const pageSchema = z.object({
  items: z.array(blockedCallSchema),
  nextCursor: z.string().nullable(),
  total: z.number().int(),
})

export const blockedCallRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { calls, facts } = door.repositories
  /** The record of a call says that it was blocked; its one fact says why. */
  const reasonOf = async (id: string): Promise<string> => {
    const blocked = (await facts.of(id)).find(fact => fact.type === 'call-blocked')
    return blocked?.type === 'call-blocked' ? blocked.data.reason : ''
  }

  app.get(
    '/blocked-calls',
    {
      config: { access: ['supervisor', 'administrator'], masksItself: true },
      schema: {
        tags: ['calls'],
        querystring: querySchema,
        response: { 200: pageSchema, ...failures },
      },
    },
    async request => {
      const { day, limit, cursor } = request.query
      const { clock, shape } = door.site
      const eyes = eyesOf(door, request)
      const page = await calls.query(
        { result: 'blocked', ...(day && { from: midnightOf(shape.time(clock())) }) },
        { limit, ...(cursor && { cursor }) },
      )
      const items = await Promise.all(
        page.items.map(async call => {
          const { id, startedAt, caller, callee, trunk } = eyes.call(call)
          return { id, at: startedAt, caller, callee, trunk, reason: await reasonOf(id) }
        }),
      )
      return { items, nextCursor: page.nextCursor, total: page.total }
    },
  )
}
