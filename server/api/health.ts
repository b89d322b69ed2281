// For supervisors of processes: are we alive, and can we serve.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'

export interface Dependency {
  readonly name: string
  /** Without it the server can't serve: not ready. */
  readonly needed: boolean
  /** A sentence when it is away, undefined when it is there. */
  readonly check: () => Promise<string | undefined>
}
export interface HealthDoor {
  readonly version: string
  readonly startedAt: number
  readonly clock: () => number
  /** Among several servers one steers the calls. */
  readonly role: () => 'steering' | 'following'
  readonly dependencies: readonly Dependency[]
  /** Prometheus text and its type. */
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
}

const CHECK_MS = 2000
const liveSchema = z.object({
  pid: z.number().int(),
  version: z.string(),
  uptimeS: z.number(),
  role: z.enum(['steering', 'following']),
})
const readySchema = z.object({
  ready: z.boolean(),
  dependencies: z.record(
    z.string(),
    z.object({ state: z.enum(['up', 'down']), needed: z.boolean(), detail: z.string().optional() }),
  ),
})

export const healthRoutes: FastifyPluginAsyncZod<HealthDoor> = async (app, door) => {
  const config = { access: 'public' } as const
  const tags = ['health']

  app.get(
    '/health/live',
    { config, schema: { tags, response: { 200: liveSchema } } },
    async () => ({
      pid: process.pid,
      version: door.version,
      uptimeS: Math.round((door.clock() - door.startedAt) / 100) / 10,
      role: door.role(),
    }),
  )

  app.get(
    '/health/ready',
    { config, schema: { tags, response: { 200: readySchema, 503: readySchema } } },
    async (_, reply) => {
      const checked = await Promise.all(
        door.dependencies.map(async one => [one, await askedWithin(one)] as const),
      )
      const ready = checked.every(([{ needed }, problem]) => !needed || problem === undefined)
      const dependencies = Object.fromEntries(
        checked.map(([{ name, needed }, problem]) => [
          name,
          problem === undefined
            ? { state: 'up' as const, needed }
            : { state: 'down' as const, needed, detail: problem },
        ]),
      )
      return reply.code(ready ? 200 : 503).send({ ready, dependencies })
    },
  )

  app.get('/metrics', { config, schema: { tags } }, async (_, reply) => {
    const { type, text } = await door.metrics()
    return reply.header('content-type', type).send(text)
  })
}

async function askedWithin({ check }: Dependency): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_MS} ms`), CHECK_MS)
  })
  try {
    return await Promise.race([check(), late])
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    clearTimeout(timer)
  }
}
