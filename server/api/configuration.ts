// What the operator sets: groups, numbers, calendars, contact reasons. Each is a catalogue with its own rules.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { parseCalendar } from '../../ivr-flows/index.ts'
import { refuse } from '../errors.ts'
import { toCalendar } from '../calendar-rule.ts'
import { catalogueRoutes } from './catalogue.ts'
import type { ApiDoor } from './door.ts'
import {
  calendarRuleSchema,
  contactReasonSchema,
  numberSchema,
  queueConfigSchema,
} from './schema.ts'

export const configurationRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { queues, numbers, calendars, contactReasons, flows, agents } = door.repositories
  const write = ['administrator'] as const
  const read = ['supervisor', 'administrator'] as const

  await app.register(
    catalogueRoutes({
      path: '/config/queues',
      noun: 'queue',
      schema: queueConfigSchema,
      catalogue: queues,
      idOf: queue => queue.id,
      read: 'signed-in',
      write,
      check: async queue => {
        if (queue.overflowTo !== undefined && !(await queues.byId(queue.overflowTo)))
          throw refuse('UNKNOWN_QUEUE')
        if (queue.overflowTo === queue.id)
          throw refuse('BAD_REQUEST', 'a group cannot overflow to itself')
      },
      usedBy: async id => [
        ...(await agents.list())
          .filter(agent => id in agent.queues)
          .map(agent => `agent ${agent.id}`),
        ...(await queues.list())
          .filter(queue => queue.overflowTo === id)
          .map(queue => `group ${queue.id}`),
        ...(await flows.running())
          .filter(({ flow }) =>
            Object.values(flow.nodes).some(node => node.kind === 'queue' && node.queue === id),
          )
          .map(({ flow }) => `flow ${flow.id}`),
      ],
    }),
    door,
  )

  await app.register(
    catalogueRoutes({
      path: '/numbers',
      noun: 'number',
      schema: numberSchema,
      catalogue: numbers,
      idOf: number => number.number,
      read,
      write,
      check: async number => {
        if (!(await flows.runningOf(number.flow))) throw refuse('UNKNOWN_FLOW')
      },
    }),
    door,
  )

  await app.register(
    catalogueRoutes({
      path: '/calendars',
      noun: 'calendar',
      schema: calendarRuleSchema,
      catalogue: calendars,
      idOf: calendar => calendar.id,
      read,
      write,
      check: async rule => {
        const parsed = parseCalendar(toCalendar(rule))
        if ('problems' in parsed)
          throw refuse('BAD_REQUEST', 'the calendar has problems', parsed.problems)
      },
      usedBy: async id =>
        (await flows.running())
          .filter(({ flow }) =>
            Object.values(flow.nodes).some(node => node.kind === 'hours' && node.calendar === id),
          )
          .map(({ flow }) => `flow ${flow.id}`),
    }),
    door,
  )

  await app.register(
    catalogueRoutes({
      path: '/contact-reasons',
      noun: 'contact-reason',
      schema: contactReasonSchema,
      catalogue: contactReasons,
      idOf: reason => reason.id,
      read: 'signed-in',
      write,
      check: async reason => {
        if (reason.parent !== null && !(await contactReasons.byId(reason.parent)))
          throw refuse('NOT_FOUND', 'there is no such parent')
      },
      usedBy: async id =>
        (await contactReasons.list())
          .filter(reason => reason.parent === id)
          .map(reason => `contact reason ${reason.id}`),
    }),
    door,
  )
}
