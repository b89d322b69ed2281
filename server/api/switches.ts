// Switches behind the SIP edge: what it knows of each, and draining one before it is serviced.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { refuse } from '../errors.ts'
import { readDraining, writeDraining } from '../site-settings.ts'
import { audit, type ApiDoor } from './door.ts'
import { failures, list } from './reply.ts'
import { isoTime } from './schema.ts'

const params = z.object({ node: z.string().min(1).max(200) })
const body = z.strictObject({ draining: z.boolean() })
const switchSchema = z.object({
  node: z.string(),
  address: z.string(),
  weight: z.number(),
  /** Gets no new calls and keeps those it has. */
  draining: z.boolean(),
  /** As the edge sees it by OPTIONS; null while no edge tells. */
  state: z.enum(['up', 'paused', 'down']).nullable(),
  since: isoTime.nullable(),
  lines: z.number().int().nullable(),
})

export const switchRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { settings } = door.repositories
  const { edge, shape } = door.site
  const config = { access: ['supervisor', 'administrator'] } as const
  const tags = ['switches']

  const shown = (node: (typeof edge.nodes)[number], draining: readonly string[]) => {
    const seen = edge
      .states()
      .flatMap(state => state.nodes)
      .find(({ name }) => name === node.name)
    return {
      node: node.name,
      address: `${node.host}:${node.port}`,
      weight: node.weight,
      draining: draining.includes(node.name),
      state: seen?.state ?? null,
      since: seen && seen.since > 0 ? shape.time(seen.since) : null,
      lines: seen?.lines ?? null,
    }
  }

  app.get(
    '/switches',
    { config, schema: { tags, response: { 200: list(switchSchema), ...failures } } },
    async () => {
      const draining = await readDraining(settings)
      return { items: edge.nodes.map(node => shown(node, draining)) }
    },
  )

  app.post(
    '/switches/:node/drain',
    {
      config: { access: ['administrator'] },
      schema: { tags, params, body, response: { 200: switchSchema, ...failures } },
    },
    async request => {
      const node = edge.nodes.find(({ name }) => name === request.params.node)
      if (!node) throw refuse('NOT_FOUND')
      const others = (await readDraining(settings)).filter(name => name !== node.name)
      const draining = request.body.draining ? [...others, node.name] : others
      await writeDraining(settings, draining)
      await door.site.reconfigure()
      await audit(door, request, 'switch-drained', node.name, { draining: request.body.draining })
      return shown(node, draining)
    },
  )
}
