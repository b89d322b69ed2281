// The live floor: groups, agents, lines, today.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { agentId } from '../../telephony/call/id.ts'
import { actorOf, leads } from '../auth/access.ts'
import { maskNumber } from '../auth/mask.ts'
import type { Actor } from '../control/port.ts'
import type {
  AgentView,
  LinesView,
  QueueView,
  RepairsView,
  TodayView,
} from '../desktop/protocol.ts'
import { assertOwnAgent, auditDone, type ApiDoor } from './door.ts'
import { failures, idParams, list } from './reply.ts'
import { agentStateSchema, wrapUpSchema } from './schema.ts'

// The views are the control loop's own values, described in desktop/protocol.ts; here they only pass through.
const agentView = z.custom<AgentView>().meta({ type: 'object', title: 'AgentView' })
const queueView = z.custom<QueueView>().meta({ type: 'object', title: 'QueueView' })
const linesView = z.custom<LinesView>().meta({ type: 'object', title: 'LinesView' })
const todayView = z.custom<TodayView>().meta({ type: 'object', title: 'TodayView' })
const repairsView = z.custom<RepairsView>().meta({ type: 'object', title: 'RepairsView' })
const autoAnswerSchema = z.strictObject({ on: z.boolean() })

export const floorRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { control } = door

  app.get(
    '/queues',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['floor'], response: { 200: list(queueView), ...failures } },
    },
    async request => ({
      items: control.queues().map(queue => maskedQueue(queue, actorOf(request))),
    }),
  )
  app.get(
    '/agents',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['floor'], response: { 200: list(agentView), ...failures } },
    },
    async request => ({
      items: control.agents().map(agent => maskedAgent(agent, actorOf(request))),
    }),
  )
  app.get(
    '/lines',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['floor'], response: { 200: linesView, ...failures } },
    },
    async request => maskedLines(control.lines(), actorOf(request)),
  )
  app.get(
    '/today',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['floor'], response: { 200: todayView, ...failures } },
    },
    async () => control.today(),
  )

  app.get(
    '/repairs',
    {
      config: { access: ['supervisor', 'administrator'] },
      schema: { tags: ['floor'], response: { 200: repairsView, ...failures } },
    },
    async () => door.site.repairs(),
  )

  app.post(
    '/agents/:id/state',
    {
      config: { access: ['agent', 'supervisor'] },
      schema: {
        tags: ['agents'],
        params: idParams,
        body: agentStateSchema,
        response: { 200: agentView, ...failures },
      },
    },
    async request => {
      const { id } = request.params
      const { state, reason } = request.body
      const actor = actorOf(request)
      assertOwnAgent(request, id)
      const view = await control.setAgentState(agentId(id), state, reason, actor)
      if (actor.agentId !== id)
        await auditDone(door, request, 'agent-state-forced', id, { state, reason })
      return view
    },
  )
  app.post(
    '/agents/:id/wrap-up',
    {
      config: { access: ['agent', 'supervisor'] },
      schema: {
        tags: ['agents'],
        params: idParams,
        body: wrapUpSchema,
        response: { 200: agentView, ...failures },
      },
    },
    async request => {
      assertOwnAgent(request, request.params.id)
      return await control.wrapUp(agentId(request.params.id), request.body.action, actorOf(request))
    },
  )
  app.post(
    '/agents/:id/auto-answer',
    {
      config: { access: ['agent', 'supervisor'] },
      schema: {
        tags: ['agents'],
        params: idParams,
        body: autoAnswerSchema,
        response: { 200: agentView, ...failures },
      },
    },
    async request => {
      assertOwnAgent(request, request.params.id)
      return await control.setAutoAnswer(
        agentId(request.params.id),
        request.body.on,
        actorOf(request),
      )
    },
  )
}

const maskedQueue = (queue: QueueView, actor: Actor): QueueView =>
  leads(actor)
    ? queue
    : {
        ...queue,
        waiters: queue.waiters.map(waiter => ({ ...waiter, number: maskNumber(waiter.number) })),
      }

const maskedAgent = (agent: AgentView, actor: Actor): AgentView =>
  leads(actor) || agent.id === actor.agentId || agent.withNumber === undefined
    ? agent
    : { ...agent, withNumber: maskNumber(agent.withNumber) }

const maskedLines = (lines: LinesView, actor: Actor): LinesView =>
  leads(actor)
    ? lines
    : { ...lines, lines: lines.lines.map(line => ({ ...line, number: maskNumber(line.number) })) }
