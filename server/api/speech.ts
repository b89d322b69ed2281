// The page of speech: channels and engines now, delays and outcomes of the last day.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ApiDoor } from './door.ts'
import { failures } from './reply.ts'
import { speechPageSchema } from './transcript-schema.ts'

const DAY_MS = 86_400_000

export const speechRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, { repositories, site }) => {
  app.get(
    '/speech',
    {
      config: { access: ['supervisor', 'administrator', 'auditor'] },
      schema: { tags: ['speech'], response: { 200: speechPageSchema, ...failures } },
    },
    async () => {
      const since = site.clock() - DAY_MS
      const [delays, outcomes] = await Promise.all([
        repositories.speech.delays(since),
        repositories.speech.outcomes(since),
      ])
      const { recognition, synthesis, engines } = site.speechNow()
      return {
        recognition,
        synthesis,
        engines: engines.map(({ cause, since: at, ...engine }) => ({
          ...engine,
          since: site.shape.time(at),
          cause: cause ?? null,
        })),
        delays: delays.map(({ hourAt, ...delay }) => ({ ...delay, hour: site.shape.time(hourAt) })),
        outcomes,
      }
    },
  )
}
