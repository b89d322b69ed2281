// One call, one axis: facts, SIP messages of all legs, quality of their sound (field-notes idea 11).
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { actorOf, reviews } from '../auth/access.ts'
import { maskDeep, maskSip } from '../auth/mask.ts'
import type { Sight } from '../auth/sight.ts'
import {
  entriesOfCall,
  legsOfCall,
  type RecordShape,
  type TimelineEntry,
} from '../records/index.ts'
import type { Fact } from '../ledger/fact.ts'
import { ownCall, type ApiDoor } from './door.ts'
import { failures, idParams } from './reply.ts'
import { timelineSchema, type Timeline } from './timeline-schema.ts'
import { eyesOf } from './sight.ts'

export const timelineRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { repositories, site } = door

  app.get(
    '/calls/:id/timeline',
    {
      config: { access: 'signed-in', masksItself: true },
      schema: { tags: ['calls'], params: idParams, response: { 200: timelineSchema, ...failures } },
    },
    async request => {
      const call = await ownCall(door, request, request.params.id)
      const sight = eyesOf(door, request).of(call)
      // Before what waits is written: a leg that ends meanwhile takes its points from here to the database.
      const open = site.trace.openQuality(call.id)
      await site.trace.flush()
      const facts = await repositories.facts.of(call.id)
      const legs = legsOfCall(facts)
      // The wire is for those who look after the system; an agent's own call is told by its facts.
      const dialogs = reviews(actorOf(request)) ? legs.flatMap(leg => leg.sipCallIds) : []
      const [messages, quality] = await Promise.all([
        repositories.signalling.of(dialogs),
        repositories.quality.ofCall(call.id),
      ])
      const written = new Set(quality.map(({ legId, at }) => `${legId} ${at}`))
      const points = [...quality, ...open.filter(({ legId, at }) => !written.has(`${legId} ${at}`))]
      return {
        // All at once: a number may go on in the next sentence.
        items: (sight === 'whole' ? facts : maskDeep(facts)).map(fact =>
          shownFact(fact, site.shape),
        ),
        legs: legs.map(leg => ({
          ...(sight === 'whole' ? leg : maskDeep(leg)),
          sipCallIds: [...leg.sipCallIds],
          beganAt: site.shape.time(leg.beganAt),
          endedAt: leg.endedAt === null ? null : site.shape.time(leg.endedAt),
        })),
        entries: entriesOfCall(facts, messages, points).map(entry =>
          shownEntry(entry, sight, site.shape),
        ),
      }
    },
  )
}

const shownFact = (
  { seq, at, type, data }: Fact,
  shape: RecordShape,
): Timeline['items'][number] => ({ seq, at: shape.time(at), type, data: { ...data } })

const shownEntry = (
  entry: TimelineEntry,
  sight: Sight,
  shape: RecordShape,
): Timeline['entries'][number] => {
  const at = shape.time(entry.at)
  if (entry.kind !== 'message' || sight === 'whole') return { ...entry, at }
  return { ...entry, at, text: maskSip(entry.text) }
}
