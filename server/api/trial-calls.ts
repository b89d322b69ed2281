// Trial calls (拨测): those made, and one now.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { actorOf } from '../auth/access.ts'
import { refuse } from '../errors.ts'
import type { StoredTrialCall } from '../store/index.ts'
import { audit, type ApiDoor } from './door.ts'
import { failures } from './reply.ts'
import { trialCallSchema } from './schema.ts'

const querySchema = z.object({
  trunk: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(20),
  cursor: z.string().max(200).optional(),
})
const pageSchema = z.object({
  /** The number that is called. */
  number: z.string(),
  /** When all trunks are tried by themselves, `HH:MM`. */
  at: z.string().nullable(),
  trunks: z.array(z.string()),
  items: z.array(trialCallSchema),
  nextCursor: z.string().nullable(),
})
const config = { access: ['supervisor', 'administrator'] } as const
const tags = ['trial calls']

export const trialCallRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { trials } = door.operations
  const toCall = (call: StoredTrialCall) => ({
    ...call,
    beganAt: door.site.shape.time(call.beganAt),
  })

  app.get(
    '/trial-calls',
    {
      config,
      schema: { tags, querystring: querySchema, response: { 200: pageSchema, ...failures } },
    },
    async request => {
      const { limit, cursor, trunk } = request.query
      const { items, nextCursor } = await trials.list({
        limit,
        ...(cursor && { cursor }),
        ...(trunk && { trunk }),
      })
      const trunks = (await trials.trunks()).map(({ id }) => id)
      return {
        number: trials.number,
        at: trials.at ?? null,
        trunks,
        items: items.map(toCall),
        nextCursor,
      }
    },
  )

  app.post(
    '/trial-calls',
    {
      config,
      schema: {
        tags,
        body: z.strictObject({ trunk: z.string().min(1).max(40) }),
        response: { 200: trialCallSchema, ...failures },
      },
    },
    async request => {
      const { trunk } = request.body
      await audit(door, request, 'trial-call', trunk)
      const call = await trials.run(trunk, actorOf(request).userId)
      if (!call) throw refuse('NOT_FOUND', 'there is no such trunk')
      return toCall(call)
    },
  )

  app.get(
    '/trial-calls/:id/recording',
    { config, schema: { tags, params: z.object({ id: z.uuid() }) } },
    async (request, reply) => {
      const call = await trials.byId(request.params.id)
      if (!call?.recording) throw refuse('NO_RECORDING')
      const path = join(door.site.mediaDir, call.recording)
      const found = await stat(path).catch(() => undefined)
      if (!found) throw refuse('NO_RECORDING')
      return reply
        .header('content-type', 'audio/wav')
        .header('content-length', found.size)
        .send(createReadStream(path))
    },
  )
}
