// What was said in a call: as data, as text, and a link to its captions.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { actorOf, leads } from '../auth/access.ts'
import { createCaptionKeys } from '../auth/caption-key.ts'
import { maskSpeech } from '../auth/mask-speech.ts'
import type { Sight } from '../auth/sight.ts'
import { refuse } from '../errors.ts'
import { type Sentence, toLines, transcriptOf } from '../records/index.ts'
import { audit, auditDone, ownCall, type ApiDoor } from './door.ts'
import { failures, idParams } from './reply.ts'
import { eyesOf } from './sight.ts'
import { captionsSchema, transcriptSchema } from './transcript-schema.ts'

export const transcriptRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { repositories, site, control, auth } = door
  const keys = createCaptionKeys({ keyValue: auth.keyValue, clock: site.clock })

  app.get(
    '/calls/:id/transcript',
    {
      config: { access: 'signed-in', masksItself: true },
      schema: {
        tags: ['calls'],
        params: idParams,
        response: { 200: transcriptSchema, ...failures },
      },
    },
    async request => {
      const call = await ownCall(door, request, request.params.id)
      const sight = eyesOf(door, request).of(call)
      const { state, engine, sentences } = transcriptOf(await repositories.facts.of(call.id))
      return {
        state: state ?? null,
        engine: engine ?? null,
        items: seen(sentences, sight).map(({ saidAt, words, ...sentence }) => ({
          ...sentence,
          words: words.map(([text, from, to]): [string, number, number] => [text, from, to]),
          at: site.shape.time(saidAt),
        })),
      }
    },
  )

  app.get(
    '/calls/:id/transcript.txt',
    { config: { access: 'signed-in' }, schema: { tags: ['calls'], params: idParams } },
    async (request, reply) => {
      const call = await ownCall(door, request, request.params.id)
      const sight = eyesOf(door, request).of(call)
      await audit(door, request, 'transcript-exported', call.id)
      const { sentences } = transcriptOf(await repositories.facts.of(call.id))
      const agent = control.agents().find(({ id }) => id === call.agent)
      const names = { caller: '来电人', agent: agent ? `座席${agent.id} ${agent.name}` : '座席' }
      const lines = toLines(
        seen(sentences, sight),
        side => names[side],
        call.answeredAt ?? call.startedAt,
      )
      return reply
        .type('text/plain; charset=utf-8')
        .header('cache-control', 'private, no-store')
        .header('content-disposition', `attachment; filename="${call.id}.txt"`)
        .send(lines)
    },
  )

  app.post(
    '/calls/:id/captions',
    {
      config: { access: ['agent', 'supervisor'] },
      schema: { tags: ['calls'], params: idParams, response: { 200: captionsSchema, ...failures } },
    },
    async request => {
      const { id } = request.params
      const actor = actorOf(request)
      const isOnDesk = control
        .agents()
        .some(agent => agent.callId === id && (leads(actor) || agent.id === actor.agentId))
      // Not there, not alive, or not theirs: the same to whoever asks.
      if (!isOnDesk) throw refuse('UNKNOWN_CALL')
      const { token, expiresAt } = await keys.issue(id)
      await auditDone(door, request, 'captions-shared', id)
      return { url: `/captions/${token}`, token, expiresAt: site.shape.time(expiresAt) }
    },
  )
}

/** For captions of a call that is over; undefined while it lives. */
export const endedCallOf =
  ({ calls, facts }: Pick<ApiDoor['repositories'], 'calls' | 'facts'>) =>
  async (callId: string) => {
    const endedAt = (await calls.byId(callId))?.endedAt ?? undefined
    if (endedAt === undefined) return undefined
    const { sentences } = transcriptOf(await facts.of(callId))
    return {
      endedAt,
      sentences: sentences.map(({ seq, side, text, saidAt: at }) => ({ seq, side, text, at })),
    }
  }

const seen = (sentences: readonly Sentence[], sight: Sight): readonly Sentence[] =>
  sight === 'whole' ? sentences : maskSpeech(sentences)
