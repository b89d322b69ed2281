import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { actorOf } from '../auth/access.ts'
import { refuse } from '../errors.ts'
import type { ApiDoor } from './door.ts'
import { failures } from './reply.ts'
import { phoneSchema } from './schema.ts'

export const phoneRoutes: FastifyPluginAsyncZod<ApiDoor> = async (
  app,
  { repositories, site, auth },
) => {
  app.get(
    '/phone',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['phone'], response: { 200: phoneSchema, ...failures } },
    },
    async (request, reply) => {
      const id = actorOf(request).agentId
      const agent = id && (await repositories.agents.byId(id))
      if (!agent) throw refuse('UNKNOWN_AGENT', 'your account has no phone')
      reply.header('cache-control', 'no-store')
      const own = `${auth.secure ? 'wss' : 'ws'}://${request.headers.host ?? 'localhost'}`
      const webSocketUrls = site.browserWays.map(way => (way.startsWith('/') ? own + way : way))
      return {
        user: agent.id,
        password: agent.phoneSecret,
        realm: site.realm,
        webSocketUrl: webSocketUrls[0] ?? '',
        webSocketUrls,
        iceServers: site.iceServers.map(server => ({ ...server })),
        displayName: agent.name,
      }
    },
  )
}
