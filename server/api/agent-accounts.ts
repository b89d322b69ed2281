// Agents as the operator sets them: name, groups, skill levels. The phone's secret is made here and shown to nobody.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { generateSecret } from '../auth/password.ts'
import { refuse } from '../errors.ts'
import type { AgentAccount } from '../store/repository.ts'
import { audit, type ApiDoor } from './door.ts'
import { done, failures, idParams, list } from './reply.ts'
import { agentConfigSchema } from './schema.ts'

export const agentAccountRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { agents, queues, users } = door.repositories
  const write = { access: ['administrator'] } as const
  const tags = ['agents']

  app.get(
    '/config/agents',
    {
      config: { access: ['supervisor', 'administrator'] },
      schema: { tags, response: { 200: list(agentConfigSchema), ...failures } },
    },
    async () => ({ items: (await agents.list()).map(withoutSecret) }),
  )

  app.put(
    '/config/agents/:id',
    {
      config: write,
      schema: {
        tags,
        params: idParams,
        body: agentConfigSchema,
        response: { 200: agentConfigSchema, ...failures },
      },
    },
    async request => {
      const agent = request.body
      if (agent.id !== request.params.id)
        throw refuse('BAD_REQUEST', 'the id in the body is another one')
      const known = new Set((await queues.list()).map(({ id }) => id))
      const unknown = Object.keys(agent.queues).filter(id => !known.has(id))
      if (unknown.length > 0) throw refuse('UNKNOWN_QUEUE', undefined, { unknown })
      const kept = await agents.byId(agent.id)
      await agents.save({ ...agent, phoneSecret: kept?.phoneSecret ?? generateSecret() })
      await door.site.reconfigure()
      await audit(door, request, 'agent-saved', agent.id, { queues: agent.queues })
      return agent
    },
  )

  app.delete(
    '/config/agents/:id',
    { config: write, schema: { tags, params: idParams, response: { 200: done, ...failures } } },
    async request => {
      const { id } = request.params
      const user = await users.byAgent(id)
      if (user) throw refuse('IN_USE', `still used by user ${user.username}`)
      if (!(await agents.remove(id))) throw refuse('UNKNOWN_AGENT')
      await door.site.reconfigure()
      await audit(door, request, 'agent-removed', id)
      return { ok: true as const }
    },
  )

  /** A phone that was lost or shown to others gets a new secret. */
  app.post(
    '/config/agents/:id/phone-secret',
    { config: write, schema: { tags, params: idParams, response: { 200: done, ...failures } } },
    async request => {
      const agent = await agents.byId(request.params.id)
      if (!agent) throw refuse('UNKNOWN_AGENT')
      await agents.save({ ...agent, phoneSecret: generateSecret() })
      await door.site.reconfigure()
      await audit(door, request, 'phone-secret-renewed', agent.id)
      return { ok: true as const }
    },
  )
}

const withoutSecret = ({ id, name, autoAnswer, queues }: AgentAccount) => ({
  id,
  name,
  autoAnswer,
  queues,
})
