import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { actorOf } from '../auth/access.ts'
import { refuse } from '../errors.ts'
import { elderSchema, MOST_ELDERS, readElders, writeElders } from '../site-settings.ts'
import { audit, type ApiDoor } from './door.ts'
import { done, failures, list } from './reply.ts'
import { isoTime } from './schema.ts'

const params = elderSchema.pick({ number: true })
const body = z.strictObject({ note: elderSchema.shape.note })
const shownSchema = elderSchema.extend({ at: isoTime })

/** Numbers of elders, who go to a person at the first question of a flow that has a fast lane. */
export const elderRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { settings } = door.repositories
  const config = { access: ['supervisor', 'administrator'] } as const
  const tags = ['elders']

  app.get(
    '/elders',
    { config, schema: { tags, response: { 200: list(shownSchema), ...failures } } },
    async () => ({
      items: (await readElders(settings)).map(one => ({
        ...one,
        at: door.site.shape.time(one.at),
      })),
    }),
  )

  app.put(
    '/elders/:number',
    { config, schema: { tags, params, body, response: { 200: shownSchema, ...failures } } },
    async request => {
      const { number } = request.params
      const { note } = request.body
      const elder = { number, note, by: actorOf(request).userId, at: door.site.clock() }
      const others = (await readElders(settings)).filter(one => one.number !== number)
      if (others.length >= MOST_ELDERS) throw refuse('BAD_REQUEST', 'the list of elders is full')
      await writeElders(settings, [...others, elder])
      await door.site.reconfigure()
      await audit(door, request, 'elder-listed', number)
      return { ...elder, at: door.site.shape.time(elder.at) }
    },
  )

  app.delete(
    '/elders/:number',
    { config, schema: { tags, params, response: { 200: done, ...failures } } },
    async request => {
      const { number } = request.params
      const all = await readElders(settings)
      const others = all.filter(one => one.number !== number)
      if (others.length === all.length) throw refuse('NOT_FOUND')
      await writeElders(settings, others)
      await door.site.reconfigure()
      await audit(door, request, 'elder-unlisted', number)
      return { ok: true as const }
    },
  )
}
