// Words of the site, and how a text sounds with them.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { audit, type ApiDoor } from './door.ts'
import { failures } from './reply.ts'
import { speechTrySchema, speechWordsSchema } from './speech-schema.ts'

const TRIES_PER_MINUTE = 30
const MAX_TRY_BYTES = 16_384
const TYPES = { wav: 'audio/wav', mp3: 'audio/mpeg', pcm: 'application/octet-stream' } as const

export const speechWordRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const tags = ['speech']
  const { speech, reconfigure } = door.site
  const config = { access: ['supervisor', 'administrator'] } as const

  app.get(
    '/speech-words',
    { config, schema: { tags, response: { 200: speechWordsSchema, ...failures } } },
    async () => ({ items: [...(await speech.words())] }),
  )

  app.put(
    '/speech-words',
    {
      config,
      schema: { tags, body: speechWordsSchema, response: { 200: speechWordsSchema, ...failures } },
    },
    async request => {
      await speech.saveWords(request.body.items)
      // Every server of the site reads them again.
      await reconfigure()
      const { length: count } = request.body.items
      await audit(door, request, 'speech-words-saved', 'site', { count })
      return request.body
    },
  )

  app.post(
    '/speech/try',
    {
      bodyLimit: MAX_TRY_BYTES,
      config: { ...config, rateLimit: { max: TRIES_PER_MINUTE, timeWindow: 60_000 } },
      schema: { tags, body: speechTrySchema },
    },
    async (request, reply) => {
      const { sound, engine, tookMs, isBare } = await speech.try(request.body)
      return reply
        .type(TYPES[request.body.format])
        .header('cache-control', 'no-store')
        .header('x-speech-engine', encodeURIComponent(engine))
        .header('x-speech-ms', tookMs)
        .header('x-speech-effect', isBare ? 'none' : (request.body.effect ?? 'none'))
        .send(sound)
    },
  )
}
