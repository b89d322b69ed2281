// GET /api/captions/:token/stream: the captions of one call for a caller who hears badly, without signing in. Server-sent events.
import type {} from '@fastify/swagger'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { AFTER_END_MS, type CaptionKeys } from '../auth/caption-key.ts'
import { refuse } from '../errors.ts'
import type { Hub, Visitor } from './hub.ts'
import { toCaptions } from './caption.ts'
import type { CaptionEvent, CaptionSentence } from './protocol.ts'

const BEAT_MS = 15_000
/** Streams of one link at once: the caller's screens. */
const MOST_STREAMS = 4
/** A reader that does not read is let go; the browser comes back by itself. */
const MOST_WAITING_BYTES = 256_000
const paramsSchema = z.object({ token: z.string().regex(/^[\w-]{43}$/) })

export interface CaptionDeps {
  readonly hub: Hub
  readonly keys: CaptionKeys
  /** A call that has ended, for those who look a little later; undefined while it lives or when there is none. */
  readonly endedCall: (
    callId: string,
  ) => Promise<
    { readonly endedAt: number; readonly sentences: readonly CaptionSentence[] } | undefined
  >
  readonly clock: () => number
}

export async function captionStream(app: FastifyInstance, deps: CaptionDeps): Promise<void> {
  const { hub, keys, clock } = deps
  const open = new Map<string, Set<FastifyReply>>()
  app.addHook('preClose', async () => {
    for (const replies of open.values()) for (const reply of replies) reply.raw.end()
  })

  app.get(
    '/api/captions/:token/stream',
    { config: { access: 'public' }, schema: { hide: true, params: paramsSchema } },
    async (request, reply) => {
      const { token } = paramsSchema.parse(request.params)
      const key = await keys.find(token, request.ip)
      if (key.state === 'too-many') throw refuse('TOO_MANY_REQUESTS')
      if (key.state === 'unknown') throw refuse('NOT_FOUND')
      const { callId } = key
      const channel = `transcript:${callId}`
      const ended = await deps.endedCall(callId)
      if (ended && clock() - ended.endedAt > AFTER_END_MS) throw refuse('NOT_FOUND')
      // Who has gone meanwhile would never tell us again.
      if (request.raw.socket.destroyed) return reply.hijack()
      const readers = open.get(token) ?? new Set()
      // A telephone that changed its network leaves streams behind that nobody reads.
      if (readers.size >= MOST_STREAMS) [...readers][0]?.raw.destroy()
      open.set(token, readers.add(reply))

      reply.hijack()
      const { raw } = reply
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        // nginx would keep it back.
        'x-accel-buffering': 'no',
      })
      const send = (event: CaptionEvent) => {
        if (raw.writableEnded) return
        raw.write(`data: ${JSON.stringify(event)}\n\n`)
        if (event.type === 'ended') raw.end()
        else if (raw.writableLength > MOST_WAITING_BYTES) raw.destroy()
      }
      let visitor: Visitor | undefined
      const beat = setInterval(() => raw.write(':\n\n'), BEAT_MS)
      raw.on('error', () => raw.destroy())
      raw.on('close', () => {
        clearInterval(beat)
        visitor?.leave()
        readers.delete(reply)
        if (readers.size === 0) open.delete(token)
      })
      if (ended) {
        send({ type: 'snapshot', sentences: ended.sentences, partials: {}, state: 'off' })
        return send({ type: 'ended' })
      }
      visitor = hub.enter({
        send: text => toCaptions(text).forEach(send),
        waitingBytes: () => raw.writableLength,
      })
      visitor.subscribe(channel)
    },
  )
}
