// Flows are refused whole or run whole; what ran before can be brought back.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { parseFlow, type Flow } from '../../ivr-flows/index.ts'
import { actorOf } from '../auth/access.ts'
import { refuse } from '../errors.ts'
import type { FlowVersion } from '../store/repository.ts'
import { audit, type ApiDoor } from './door.ts'
import { failures, idParams, list } from './reply.ts'

const summarySchema = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number().int(),
  publishedAt: z.string().nullable(),
  by: z.string(),
})
const flowSchema = summarySchema.extend({ flow: z.record(z.string(), z.unknown()) })
const querySchema = z.object({ publish: z.stringbool().default(true) })
const versionParams = idParams.extend({ version: z.coerce.number().int().min(1) })

export const flowRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { repositories, site } = door
  const { flows } = repositories
  const read = { access: ['supervisor', 'administrator'] } as const
  const write = { access: ['administrator'] } as const
  const tags = ['flows']

  const summary = ({ flow, version, publishedAt, by }: FlowVersion) => ({
    id: flow.id,
    name: flow.name,
    version,
    publishedAt: publishedAt === null ? null : site.shape.time(publishedAt),
    by,
  })
  const whole = (version: FlowVersion) => ({ ...summary(version), flow: { ...version.flow } })

  /** Groups and calendars the flow speaks of must exist; only the site knows them. */
  const strangers = async (flow: Flow) => {
    const known = {
      queue: new Set((await repositories.queues.list()).map(({ id }) => id)),
      calendar: new Set((await repositories.calendars.list()).map(({ id }) => id)),
    }
    return Object.entries(flow.nodes).flatMap(([node, value]) => {
      if (value.kind === 'queue' && !known.queue.has(value.queue)) {
        return [
          {
            node,
            code: 'QUEUE_UNKNOWN',
            reason: `there is no group ${value.queue}`,
            reasonZh: `没有技能组 ${value.queue}`,
          },
        ]
      }
      if (value.kind === 'hours' && !known.calendar.has(value.calendar)) {
        return [
          {
            node,
            code: 'CALENDAR_UNKNOWN',
            reason: `there is no calendar ${value.calendar}`,
            reasonZh: `没有日历 ${value.calendar}`,
          },
        ]
      }
      return []
    })
  }

  app.get(
    '/flows',
    { config: read, schema: { tags, response: { 200: list(summarySchema), ...failures } } },
    async () => ({
      items: (await flows.running()).map(summary),
    }),
  )

  app.get(
    '/flows/:id',
    {
      config: read,
      schema: { tags, params: idParams, response: { 200: flowSchema, ...failures } },
    },
    async request => {
      const running = await flows.runningOf(request.params.id)
      if (!running) throw refuse('UNKNOWN_FLOW')
      return whole(running)
    },
  )

  app.get(
    '/flows/:id/versions',
    {
      config: read,
      schema: { tags, params: idParams, response: { 200: list(flowSchema), ...failures } },
    },
    async request => ({ items: (await flows.versionsOf(request.params.id)).map(whole) }),
  )

  app.put(
    '/flows/:id',
    {
      config: write,
      schema: {
        tags,
        params: idParams,
        querystring: querySchema,
        body: z.unknown(),
        response: { 200: flowSchema, ...failures },
      },
    },
    async request => {
      const parsed = parseFlow(request.body)
      if ('problems' in parsed)
        throw refuse('BROKEN_FLOW', undefined, { problems: parsed.problems })
      const { flow } = parsed
      if (flow.id !== request.params.id)
        throw refuse('BAD_REQUEST', 'the id in the body is another one')
      const problems = await strangers(flow)
      if (problems.length > 0) throw refuse('BROKEN_FLOW', undefined, { problems })
      const by = actorOf(request).userId
      const publishedAt = request.query.publish ? site.clock() : null
      const version = await flows.add(flow, by, publishedAt)
      await site.reconfigure()
      await audit(
        door,
        request,
        publishedAt === null ? 'flow-drafted' : 'flow-published',
        flow.id,
        { version },
      )
      return whole({ flow, version, publishedAt, by })
    },
  )

  app.post(
    '/flows/:id/versions/:version/publish',
    {
      config: write,
      schema: { tags, params: versionParams, response: { 200: flowSchema, ...failures } },
    },
    async request => {
      const { id, version } = request.params
      const published = await flows.publish(id, version, actorOf(request).userId, site.clock())
      if (!published) throw refuse('UNKNOWN_FLOW')
      await site.reconfigure()
      await audit(door, request, 'flow-published', id, {
        version: published.version,
        from: version,
      })
      return whole(published)
    },
  )
}
