import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { callId } from '../../telephony/call/id.ts'
import { actorOf, leads, reviews } from '../auth/access.ts'
import type { Actor, Control } from '../control/port.ts'
import { refuse } from '../errors.ts'
import type { CallFilter } from '../store/repository.ts'
import { normaliseNumber } from '../records/index.ts'
import { exportCalls, formatOf } from './call-export.ts'
import type { Sight } from '../auth/sight.ts'
import { audit, ownCall, type ApiDoor } from './door.ts'
import { done, failures, idParams } from './reply.ts'
import { eyesOf } from './sight.ts'
import { callPageSchema, callQuerySchema, callSchema, describeSchema } from './schema.ts'

const EXPORTS = ['csv', 'xlsx'] as const

export const callRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { repositories, control } = door

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
      const eyes = eyesOf(door, request)
      const filter = toFilter(request.query, actorOf(request), eyes.sight, door.site.clock())
      const format = formatOf(request.headers.accept)
      if (format) {
        await audit(door, request, 'calls-exported', format, { ...request.query })
        return await exportCalls(reply, format, repositories.calls.each(filter), eyes.call)
      }
      const { limit, cursor } = request.query
      const { items, nextCursor, total } = await repositories.calls.query(filter, {
        limit,
        ...(cursor && { cursor }),
      })
      return { items: items.map(eyes.call), nextCursor, total }
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
        const eyes = eyesOf(door, request)
        const filter = toFilter(request.query, actorOf(request), eyes.sight, door.site.clock())
        return await exportCalls(reply, format, repositories.calls.each(filter), eyes.call)
      },
    )
  }

  app.get(
    '/calls/:id',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['calls'], params: idParams, response: { 200: callSchema, ...failures } },
    },
    async request => eyesOf(door, request).call(await ownCall(door, request, request.params.id)),
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
}

/** The record follows the floor by some milliseconds, so a call at hand is looked for on the floor first. */
const isOnOwnDesk = (control: Control, actor: Actor, id: string): boolean =>
  control
    .agents()
    .some(agent => agent.callId === id && (leads(actor) || agent.id === actor.agentId))

/** An agent who asks for calls gets its own, whatever it asks for. */
function toFilter(
  query: z.infer<typeof callQuerySchema>,
  actor: Actor,
  sight: Sight,
  at: number,
): CallFilter {
  if (!reviews(actor) && !actor.agentId) throw refuse('FORBIDDEN')
  const agent = reviews(actor) ? query.agent : actor.agentId
  return {
    ...(query.from && { from: Date.parse(query.from) }),
    ...(query.to && { to: Date.parse(query.to) }),
    ...(query.id && { id: query.id }),
    // Whoever sees numbers masked must not find one out digit by digit.
    ...(query.caller &&
      (sight === 'whole' || !reviews(actor)
        ? { caller: query.caller }
        : { party: normaliseNumber(query.caller) })),
    ...(agent && { agent }),
    ...(query.queue && { queue: query.queue }),
    ...(query.result && { result: query.result }),
    ...(query.direction && { direction: query.direction }),
    ...(query.said && saidIn(query.said, { sight, from: query.from, at })),
  }
}

const DAYS_OF_WORDS = 31
const DAY_MS = 86_400_000

/** Whoever sees numbers masked must not find one out digit by digit. */
function saidIn(
  said: string,
  { sight, from, at }: { sight: Sight; from: string | undefined; at: number },
): Pick<CallFilter, 'said' | 'from'> {
  if (sight !== 'whole' && /[0-9零〇一二三四五六七八九幺]{2}/.test(said.normalize('NFKC')))
    throw refuse('BAD_REQUEST', 'numbers are not looked for in what was said')
  return { said, ...(from === undefined && { from: at - DAYS_OF_WORDS * DAY_MS }) }
}
