// Personal data on its way out: whoever may not see it whole gets it masked, whatever the route (N-5).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { actorOf } from '../auth/access.ts'
import { maskDeep, maskName, maskNumber, maskText } from '../auth/mask.ts'
import { sightOf, sightOfCall, type Sight } from '../auth/sight.ts'
import type { StoredCall } from '../store/repository.ts'
import type { ApiDoor, Site } from './door.ts'
import type { CallRecord } from './schema.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route masks by itself, as it knows its fields better. */
    masksItself?: boolean
  }
}

export interface Eyes {
  readonly sight: Sight
  of(call: StoredCall): Sight
  call(call: StoredCall): CallRecord
}

/** How the one who asks sees calls. */
export function eyesOf({ site }: ApiDoor, request: FastifyRequest): Eyes {
  const actor = actorOf(request)
  const rules = site.sightRules()
  const of = (call: StoredCall) => sightOfCall(actor, rules, call)
  return {
    sight: sightOf(actor, rules),
    of,
    call: call => {
      const record = site.shape.call(call)
      return of(call) === 'whole' ? record : maskRecord(record)
    },
  }
}

const maskRecord = (record: CallRecord): CallRecord => ({
  ...maskDeep(record),
  caller: maskNumber(record.caller),
  callee: maskNumber(record.callee),
  callerName: record.callerName === null ? null : maskName(record.callerName),
  notes: record.notes === null ? null : maskText(record.notes),
})

/** Resources that tell of callers. Configuration is not among them: what is masked there would be saved masked. */
const PERSONAL = new Set(['calls', 'missed calls', 'caller', 'floor', 'agents', 'audit'])

/** The net below: every answer with callers in it, for everybody who is no agent and may not see them whole. */
export function hidePersonalData(app: FastifyInstance, site: Pick<Site, 'sightRules'>): void {
  app.addHook('preSerialization', async (request, _, payload) => {
    const { session, routeOptions } = request
    const tags = routeOptions.schema?.tags ?? []
    if (!session || session.roles.includes('agent') || routeOptions.config.masksItself)
      return payload
    if (!tags.some(tag => PERSONAL.has(tag))) return payload
    return sightOf(session, site.sightRules()) === 'whole' ? payload : maskDeep(payload)
  })
}
