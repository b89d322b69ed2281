// Backups made, and making one now (N-5).
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { actorOf } from '../auth/access.ts'
import { refuse } from '../errors.ts'
import { audit, type ApiDoor } from './door.ts'
import { failures } from './reply.ts'
import { backupSchema } from './schema.ts'

const pageSchema = z.object({
  /** False: HOTLINE_BACKUP_DIR is not set. */
  configured: z.boolean(),
  /** When one is made by itself, `HH:MM`. */
  at: z.string().nullable(),
  items: z.array(backupSchema),
  nextCursor: z.string().nullable(),
})
const querySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(20),
  cursor: z.string().max(200).optional(),
})
const tags = ['backups']

export const backupRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { backups } = door.operations
  const { time } = door.site.shape

  app.get(
    '/backups',
    {
      config: { access: ['supervisor', 'administrator'] },
      schema: { tags, querystring: querySchema, response: { 200: pageSchema, ...failures } },
    },
    async request => {
      const { limit, cursor } = request.query
      const { items, nextCursor } = await backups.list({ limit, ...(cursor && { cursor }) })
      return {
        configured: backups.begin !== undefined,
        at: backups.at ?? null,
        items: items.map(item => ({
          ...item,
          beganAt: time(item.beganAt),
          endedAt: item.endedAt === null ? null : time(item.endedAt),
        })),
        nextCursor,
      }
    },
  )

  app.post(
    '/backups',
    {
      config: { access: ['administrator'] },
      schema: { tags, response: { 200: z.object({ id: z.string() }), ...failures } },
    },
    async request => {
      if (!backups.begin) throw refuse('NOT_FOUND', 'no place for backups is configured')
      const id = await backups.begin(actorOf(request).userId)
      if (id === undefined) throw refuse('IN_USE', 'a backup is being made already')
      await audit(door, request, 'backup-begun', id)
      return { id }
    },
  )
}
