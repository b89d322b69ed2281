// Lists of configured things that need nothing more than list, save and remove.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Access } from '../auth/access.ts'
import { refuse } from '../errors.ts'
import type { Catalogue } from '../store/repository.ts'
import { audit, type ApiDoor } from './door.ts'
import { done, failures, list } from './reply.ts'

export interface CatalogueOptions<T> {
  readonly path: string
  /** Noun for the audit. */
  readonly noun: string
  readonly schema: z.ZodType<T>
  readonly catalogue: Catalogue<T>
  readonly idOf: (value: T) => string
  readonly read: Access
  readonly write: Access
  /** Problems with a value that its form can't show. */
  readonly check?: (value: T) => Promise<void>
  /** What still needs it, by name; empty when it may go. */
  readonly usedBy?: (id: string) => Promise<readonly string[]>
}

const params = z.object({ id: z.string().min(1).max(40) })

export function catalogueRoutes<T>(options: CatalogueOptions<T>): FastifyPluginAsyncZod<ApiDoor> {
  const { path, noun, schema, catalogue, idOf, read, write, check, usedBy } = options
  const tags = [noun]

  return async (app, door) => {
    app.get(
      path,
      {
        config: { access: read },
        schema: { tags, response: { 200: list(z.unknown()), ...failures } },
      },
      async () => ({ items: await catalogue.list() }),
    )

    app.put(
      `${path}/:id`,
      {
        config: { access: write },
        schema: { tags, params, body: z.unknown(), response: { 200: z.unknown(), ...failures } },
      },
      async request => {
        const parsed = schema.safeParse(request.body)
        if (!parsed.success) {
          const details = parsed.error.issues.map(one => ({
            field: `/${one.path.join('/')}`,
            problem: one.message,
          }))
          throw refuse('BAD_REQUEST', undefined, details)
        }
        if (idOf(parsed.data) !== request.params.id)
          throw refuse('BAD_REQUEST', 'the id in the body is another one')
        await check?.(parsed.data)
        await catalogue.save(parsed.data)
        await door.site.reconfigure()
        await audit(door, request, `${noun}-saved`, request.params.id)
        return parsed.data
      },
    )

    app.delete(
      `${path}/:id`,
      { config: { access: write }, schema: { tags, params, response: { 200: done, ...failures } } },
      async request => {
        const { id } = request.params
        const users = (await usedBy?.(id)) ?? []
        if (users.length > 0)
          throw refuse('IN_USE', `still used by ${users.join(', ')}`, { usedBy: users })
        if (!(await catalogue.remove(id))) throw refuse('NOT_FOUND')
        await door.site.reconfigure()
        await audit(door, request, `${noun}-removed`, id)
        return { ok: true as const }
      },
    )
  }
}
