// What is known of a number before anybody speaks.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { RESULTS } from '../ledger/fact.ts'
import type { ApiDoor } from './door.ts'
import { failures } from './reply.ts'

const params = z.object({ number: z.string().regex(/^\+?[0-9*#]{1,20}$/) })
const callerSchema = z.object({
  number: z.string(),
  area: z.string().optional(),
  name: z.string().optional(),
  callsLast30Days: z.number().int(),
  lastCalls: z.array(
    z.object({
      id: z.string(),
      startedAt: z.number(),
      agent: z.string().optional(),
      result: z.enum(RESULTS),
      contactReason: z.string().optional(),
      notes: z.string().optional(),
    }),
  ),
})

export const callerRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, { site }) => {
  app.get(
    '/caller/:number',
    {
      config: { access: ['agent', 'supervisor'] },
      schema: { tags: ['caller'], params, response: { 200: callerSchema, ...failures } },
    },
    async request => {
      const view = await site.directory.lookUp(request.params.number)
      return { ...view, lastCalls: view.lastCalls.map(call => ({ ...call })) }
    },
  )
}
