import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callId } from '../../telephony/call/id.ts'
import { actorOf, leads } from '../auth/access.ts'
import type { Actor, Control } from '../control/port.ts'
import { refuse } from '../errors.ts'
import type { CallFilter } from '../store/repository.ts'
import { exportCalls, formatOf } from './call-export.ts'
import { audit, ownCall, type ApiDoor } from './door.ts'
import { done, failures, idParams } from './reply.ts'
import {
  callPageSchema,
  callQuerySchema,
  callSchema,
  describeSchema,
  timelineSchema,
} from './schema.ts'

const EXPORTS = ['csv', 'xlsx'] as const

export const callRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { repositories, site, control } = door

  app.get(
    '/calls',
    {
      config: { access: 'signed-in' },
      schema: {
        tags: ['calls'],
        querystring: callQuerySchema,
        response: { 200: callPageSchema, ...failures },
      },
    },
    async (request, reply) => {
      const filter = toFilter(request.query, actorOf(request))
      const format = formatOf(request.headers.accept)
      if (format) {
        await audit(door, request, 'calls-exported', format, { ...request.query })
        return await exportCalls(reply, format, repositories.calls.each(filter), site.shape)
      }
      const { limit, cursor } = request.query
      const { items, nextCursor, total } = await repositories.calls.query(filter, {
        limit,
        ...(cursor && { cursor }),
      })
      return { items: items.map(site.shape.call), nextCursor, total }
    },
  )

  for (const format of EXPORTS) {
    app.get(
      `/calls.${format}`,
      {
        config: { access: 'signed-in' },
        schema: { tags: ['calls'], querystring: callQuerySchema },
      },
      async (request, reply) => {
        await audit(door, request, 'calls-exported', format, { ...request.query })
        const filter = toFilter(request.query, actorOf(request))
        return await exportCalls(reply, format, repositories.calls.each(filter), site.shape)
      },
    )
  }

  app.get(
    '/calls/:id',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['calls'], params: idParams, response: { 200: callSchema, ...failures } },
    },
    async request => site.shape.call(await ownCall(door, request, request.params.id)),
  )

  app.patch(
    '/calls/:id',
    {
      config: { access: ['agent', 'supervisor'] },
      schema: {
        tags: ['calls'],
        params: idParams,
        body: describeSchema,
        response: { 200: done, ...failures },
      },
    },
    async request => {
      const { id } = request.params
      if (!isOnOwnDesk(control, actorOf(request), id)) await ownCall(door, request, id)
      const what = Object.fromEntries(
        Object.entries(request.body).filter(([, value]) => value !== undefined),
      )
      await control.describe(callId(id), what, actorOf(request))
      return { ok: true as const }
    },
  )

  app.get(
    '/calls/:id/timeline',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['calls'], params: idParams, response: { 200: timelineSchema, ...failures } },
    },
    async request => {
      const call = await ownCall(door, request, request.params.id)
      const facts = await repositories.facts.of(call.id)
      return {
        items: facts.map(({ seq, at, type, data }) => ({
          seq,
          at: site.shape.time(at),
          type,
          data: { ...data },
        })),
      }
    },
  )
}

/** The record follows the floor by some milliseconds, so a call at hand is looked for on the floor first. */
const isOnOwnDesk = (control: Control, actor: Actor, id: string): boolean =>
  control
    .agents()
    .some(agent => agent.callId === id && (leads(actor) || agent.id === actor.agentId))

/** An agent who asks for calls gets its own, whatever it asks for. */
function toFilter(query: z.infer<typeof callQuerySchema>, actor: Actor): CallFilter {
  if (!leads(actor) && !actor.agentId) throw refuse('FORBIDDEN')
  const agent = leads(actor) ? query.agent : actor.agentId
  return {
    ...(query.from && { from: Date.parse(query.from) }),
    ...(query.to && { to: Date.parse(query.to) }),
    ...(query.caller && { caller: query.caller }),
    ...(agent && { agent }),
    ...(query.queue && { queue: query.queue }),
    ...(query.result && { result: query.result }),
    ...(query.direction && { direction: query.direction }),
  }
}
