// Switches: whether we reach each, its calls, what the SIP edge knows of it, and draining one before it is serviced.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { refuse } from '../errors.ts'
import { readDraining, writeDraining } from '../site-settings.ts'
import { audit, type ApiDoor, type SwitchSeen } from './door.ts'
import { failures, list } from './reply.ts'
import { switchSchema } from './trunk-schema.ts'

const params = z.object({ node: z.string().min(1).max(200) })
const body = z.strictObject({ draining: z.boolean() })

export const switchRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { settings } = door.repositories
  const { edge, shape } = door.site
  const config = { access: ['supervisor', 'administrator'] } as const
  const tags = ['switches']

  const shown = (node: SwitchSeen, draining: readonly string[]) => {
    const seen = edge
      .states()
      .flatMap(state => state.nodes)
      .find(({ name }) => name === node.name)
    const behind = edge.nodes.find(({ name }) => name === node.name)
    return {
      node: node.name,
      address: `${node.host}:${node.port}`,
      weight: behind?.weight ?? null,
      draining: draining.includes(node.name),
      mayDrain: behind !== undefined,
      connected: node.connected,
      state: seen?.state ?? null,
      since: seen && seen.since > 0 ? shape.time(seen.since) : null,
      lines: door.control.lines().lines.filter(line => line.node === node.name).length,
    }
  }

  app.get(
    '/switches',
    { config, schema: { tags, response: { 200: list(switchSchema), ...failures } } },
    async () => {
      const draining = await readDraining(settings)
      return { items: door.site.switches().map(node => shown(node, draining)) }
    },
  )

  app.post(
    '/switches/:node/drain',
    {
      config: { access: ['administrator'] },
      schema: { tags, params, body, response: { 200: switchSchema, ...failures } },
    },
    async request => {
      const node = door.site.switches().find(({ name }) => name === request.params.node)
      // Without an edge nothing in front of it can send new calls elsewhere.
      if (!node || !edge.nodes.some(({ name }) => name === node.name)) throw refuse('NOT_FOUND')
      const others = (await readDraining(settings)).filter(name => name !== node.name)
      const draining = request.body.draining ? [...others, node.name] : others
      await writeDraining(settings, draining)
      await door.site.reconfigure()
      await audit(door, request, 'switch-drained', node.name, { draining: request.body.draining })
      return shown(node, draining)
    },
  )
}
