// Playback: WAV in ranges, also while it grows; every play is noted.
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { actorOf, leads } from '../auth/access.ts'
import { refuse } from '../errors.ts'
import type { StoredRecording } from '../store/repository.ts'
import { audit, ownCall, type ApiDoor } from './door.ts'
import { failures, idParams } from './reply.ts'
import { waveformSchema } from './schema.ts'
import { toWaveform } from './waveform.ts'

const querySchema = z.object({
  /** Of several recordings of one call; the last one when absent. */
  recording: z.string().max(120).optional(),
  download: z.stringbool().default(false),
})
const WAV_HEADER_BYTES = 44

export const recordingRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const find = async (callId: string, wanted: string | undefined) => {
    const all = await door.repositories.recordings.ofCall(callId)
    const recording = wanted === undefined ? all.at(-1) : all.find(one => one.id === wanted)
    const path = recording && pathBelow(door.site.mediaDir, recording.path)
    const size = path === undefined ? undefined : await sizeOf(path)
    if (!recording || path === undefined || size === undefined || size < WAV_HEADER_BYTES)
      throw refuse('NO_RECORDING')
    return { recording, path, size }
  }

  app.get(
    '/calls/:id/recording',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['calls'], params: idParams, querystring: querySchema },
    },
    async (request, reply) => {
      const call = await ownCall(door, request, request.params.id)
      assertMayHear(request)
      const { recording, path, size } = await find(call.id, request.query.recording)
      const range = toRange(request.headers.range, size)
      if (range === 'unsatisfiable') {
        return reply.code(416).header('content-range', `bytes */${size}`).send()
      }
      // A player asks for many pieces of one play; the piece with the beginning counts.
      if (range.start === 0) {
        const action = request.query.download ? 'recording-downloaded' : 'recording-played'
        await audit(door, request, action, recording.id, { callId: call.id })
      }
      const kind = request.query.download ? 'attachment' : 'inline'
      reply
        .type('audio/wav')
        .header('accept-ranges', 'bytes')
        .header('cache-control', 'private, no-store')
        .header('content-length', range.end - range.start + 1)
        .header(
          'content-disposition',
          `${kind}; filename="${recording.id.replaceAll(/[^\w.-]/g, '_')}.wav"`,
        )
      if (request.headers.range) {
        reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`)
      }
      return reply.send(await soundOf(recording, path, size, range))
    },
  )

  app.get(
    '/calls/:id/waveform',
    {
      config: { access: 'signed-in' },
      schema: {
        tags: ['calls'],
        params: idParams,
        querystring: querySchema,
        response: { 200: waveformSchema, ...failures },
      },
    },
    async request => {
      const call = await ownCall(door, request, request.params.id)
      const { path, size } = await find(call.id, request.query.recording)
      return await toWaveform(path, size)
    },
  )
}

/** A voice cannot be masked, so whoever only reviews records hears none. */
function assertMayHear(request: FastifyRequest): void {
  const actor = actorOf(request)
  if (!leads(actor) && actor.agentId === undefined) throw refuse('FORBIDDEN')
}

interface Range {
  readonly start: number
  /** Inclusive, as HTTP has it. */
  readonly end: number
}

/** RFC 9110 §14.2: one range; several, or nonsense, are answered with the whole. */
export function toRange(header: string | undefined, size: number): Range | 'unsatisfiable' {
  const whole = { start: 0, end: size - 1 }
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return whole
  const [, first = '', last = ''] = match
  if (first === '')
    return last === '0'
      ? 'unsatisfiable'
      : { start: Math.max(0, size - Number(last)), end: size - 1 }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start >= size) return 'unsatisfiable'
  return end < start ? whole : { start, end }
}

/** While it grows, the header says less than there is; players believe the header, so it is written anew. */
async function soundOf(
  recording: StoredRecording,
  path: string,
  size: number,
  { start, end }: Range,
): Promise<Readable> {
  if (recording.durationMs !== null || start >= WAV_HEADER_BYTES)
    return createReadStream(path, { start, end })
  const file = await open(path)
  try {
    const header = Buffer.alloc(WAV_HEADER_BYTES)
    await file.read(header, 0, WAV_HEADER_BYTES, 0)
    header.writeUInt32LE(size - 8, 4)
    header.writeUInt32LE(size - WAV_HEADER_BYTES, 40)
    const head = header.subarray(start, Math.min(end + 1, WAV_HEADER_BYTES))
    if (end < WAV_HEADER_BYTES) return Readable.from([head])
    return Readable.from(joined(head, createReadStream(path, { start: WAV_HEADER_BYTES, end })))
  } finally {
    await file.close()
  }
}

async function* joined(head: Buffer, rest: Readable): AsyncGenerator<Buffer> {
  yield head
  yield* rest
}

/** Undefined for a path that leads out of the media folder. */
function pathBelow(mediaDir: string, path: string): string | undefined {
  const whole = resolve(join(mediaDir, path))
  return whole.startsWith(resolve(mediaDir) + sep) ? whole : undefined
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
