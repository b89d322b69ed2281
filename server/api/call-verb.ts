// Click to dial and everything done to a living call.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { agentId, callId } from '../../telephony/call/id.ts'
import { actorOf, leads } from '../auth/access.ts'
import { refuse } from '../errors.ts'
import { assertOwnAgent, auditDone, type ApiDoor } from './door.ts'
import { once } from './once.ts'
import { failures } from './reply.ts'
import { CALL_VERBS, callVerbSchema, dialSchema } from './schema.ts'

const LISTENING: readonly string[] = ['monitor', 'whisper', 'barge']
const verbParams = z.object({ id: z.string().min(1).max(80), verb: z.enum(CALL_VERBS) })
const verbReply = z.object({ callId: z.string(), call: z.unknown() })
const dialReply = z.object({ callId: z.string() })

export const callVerbRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { control, auth } = door

  app.post(
    '/calls',
    {
      config: { access: ['agent', 'supervisor'] },
      schema: { tags: ['calls'], body: dialSchema, response: { 200: dialReply, ...failures } },
    },
    async request => {
      const { agent, to } = request.body
      assertOwnAgent(request, agent)
      return await once(auth.keyValue, request, () =>
        control.dial(agentId(agent), to, actorOf(request)),
      )
    },
  )

  app.post(
    '/calls/:id/:verb',
    {
      config: { access: ['agent', 'supervisor'] },
      schema: {
        tags: ['calls'],
        params: verbParams,
        body: callVerbSchema.nullish(),
        response: { 200: verbReply, ...failures },
      },
    },
    async request => {
      const { id, verb } = request.params
      const actor = actorOf(request)
      const listens = LISTENING.includes(verb)
      if (listens && !leads(actor)) throw refuse('FORBIDDEN')
      return await once(auth.keyValue, request, async () => {
        const answer = await control.verb(callId(id), verb, request.body ?? {}, actor)
        if (listens || verb === 'recording')
          await auditDone(door, request, `call-${verb}`, id, { ...request.body })
        return answer
      })
    },
  )
}
