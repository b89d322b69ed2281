// Trunks (中继): what is set, without passwords, and how each does now.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  trunkFormSchema,
  type ShownTrunk,
  type Trunk,
  type TrunkForm,
} from '../../telephony/trunk/trunk.ts'
import { refuse } from '../errors.ts'
import { audit, type ApiDoor } from './door.ts'
import { done, failures, list } from './reply.ts'
import { trunkReplySchema } from './trunk-schema.ts'

const params = z.object({ id: z.string().min(1).max(32) })
const tags = ['trunk']

export const trunkRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { control, repositories, site } = door
  const read = { access: ['supervisor', 'administrator'] } as const
  const write = { access: ['administrator'] } as const

  const reply = (trunk: Trunk) => ({
    trunk: shown(trunk),
    live: control.trunks().find(({ id }) => id === trunk.id) ?? null,
  })
  const byId = async (id: string) => {
    const trunk = (await site.trunks.list()).find(known => known.id === id)
    if (!trunk) throw refuse('UNKNOWN_TRUNK')
    return trunk
  }

  app.get(
    '/trunks',
    { config: read, schema: { tags, response: { 200: list(trunkReplySchema), ...failures } } },
    async () => ({ items: (await site.trunks.list()).toSorted(inOrder).map(reply) }),
  )

  app.get(
    '/trunks/:id',
    { config: read, schema: { tags, params, response: { 200: trunkReplySchema, ...failures } } },
    async request => reply(await byId(request.params.id)),
  )

  app.put(
    '/trunks/:id',
    {
      config: write,
      schema: {
        tags,
        params,
        body: trunkFormSchema,
        response: { 200: trunkReplySchema, ...failures },
      },
    },
    async request => {
      const form = request.body
      if (form.id !== request.params.id) throw wrong('/id', 'the id in the body is another one')
      const { transport } = form.address
      if (!site.trunks.transports.includes(transport))
        throw wrong('/address/transport', `the embedded switch has no ${transport}`)
      const before = (await site.trunks.list()).find(({ id }) => id === form.id)
      // RFC 9110 §13.1.2: the client takes it for a new one.
      if (before && request.headers['if-none-match'] === '*')
        throw wrong('/id', 'there is a trunk of this id')
      const trunk = withPassword(form, before)
      await repositories.trunks.save(trunk)
      await site.reconfigure()
      await audit(door, request, 'trunk-saved', trunk.id)
      return reply(trunk)
    },
  )

  app.delete(
    '/trunks/:id',
    { config: write, schema: { tags, params, response: { 200: done, ...failures } } },
    async request => {
      const { id } = request.params
      if (!(await repositories.trunks.remove(id))) throw refuse('UNKNOWN_TRUNK')
      await site.reconfigure()
      await audit(door, request, 'trunk-removed', id)
      return { ok: true as const }
    },
  )
}

const inOrder = (a: Trunk, b: Trunk) => a.priority - b.priority || (a.id < b.id ? -1 : 1)

const wrong = (field: string, problem: string) =>
  refuse('BAD_REQUEST', problem, [{ field, problem }])

function shown(trunk: Trunk): ShownTrunk {
  const { access, ...rest } = trunk
  if (access.type === 'ip-trust') return { ...rest, access }
  const { password: _, ...known } = access
  return { ...rest, access: { ...known, hasPassword: true } }
}

/** A form without a password keeps the one there is, for the same user. */
function withPassword({ access, ...form }: TrunkForm, before: Trunk | undefined): Trunk {
  if (access.type === 'ip-trust') return { ...form, access }
  const known =
    before?.access.type === 'registration' && before.access.username === access.username
      ? before.access.password
      : undefined
  const password = access.password ?? known
  if (password === undefined) throw wrong('/access/password', 'a password is needed')
  return { ...form, access: { ...access, password } }
}
