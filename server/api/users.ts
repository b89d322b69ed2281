import { randomUUID } from 'node:crypto'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { agentId as toAgentId } from '../../telephony/call/id.ts'
import { actorOf } from '../auth/access.ts'
import { generatePassword, generateSecret, hashPassword } from '../auth/password.ts'
import type { Actor } from '../control/port.ts'
import { refuse } from '../errors.ts'
import type { UserAccount } from '../store/repository.ts'
import { audit, type ApiDoor } from './door.ts'
import { done, failures, idParams, list } from './reply.ts'
import { roleSchema } from './schema.ts'

const accountSchema = z.object({
  id: z.string(),
  username: z.string(),
  name: z.string(),
  roles: z.array(roleSchema),
  agentId: z.string().nullable(),
  disabled: z.boolean(),
  lockedUntil: z.string().nullable(),
})
const fields = {
  username: z.string().regex(/^[\w.@-]{1,64}$/),
  name: z.string().min(1).max(40),
  roles: z.array(roleSchema).min(1),
  agentId: z.string().max(20).nullable(),
}
const newSchema = z.strictObject({
  ...fields,
  agentId: fields.agentId.default(null),
  password: z.string().min(8).max(200).optional(),
})
const changeSchema = z
  .strictObject({ ...fields, disabled: z.boolean(), password: z.string().min(8).max(200) })
  .partial()
/** A generated password is shown once, here. */
const madeSchema = accountSchema.extend({ password: z.string().optional() })

export const userRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { users, agents } = door.repositories
  const config = { access: ['administrator'] } as const
  const tags = ['users']

  const shown = (user: UserAccount) => ({
    id: user.id,
    username: user.username,
    name: user.name,
    roles: [...user.roles],
    agentId: user.agentId,
    disabled: user.disabled,
    lockedUntil: user.lockedUntil === null ? null : door.site.shape.time(user.lockedUntil),
  })
  const existing = async (id: string) => {
    const user = await users.byId(id)
    if (!user) throw refuse('NOT_FOUND')
    return user
  }
  /** Whoever may no longer sign in has no phone either, and is offered nothing. */
  const takePhone = async (user: UserAccount, by: Actor) => {
    const agent = user.agentId === null ? undefined : await agents.byId(user.agentId)
    if (!agent) return
    await agents.save({ ...agent, phoneSecret: generateSecret() })
    await door.site.reconfigure()
    await door.control.setAgentState(toAgentId(agent.id), 'signed-out', 'disabled', by)
  }
  const assertAgent = async (agentId: string | null, userId?: string) => {
    if (agentId === null) return
    if (!(await agents.byId(agentId))) throw refuse('UNKNOWN_AGENT')
    const other = await users.byAgent(agentId)
    if (other && other.id !== userId)
      throw refuse('IN_USE', `agent ${agentId} is user ${other.username}`)
  }
  /** Someone must be left who can let others in. */
  const assertNotLast = async (user: UserAccount, stays: boolean) => {
    if (stays || !user.roles.includes('administrator')) return
    const others = (await users.list()).filter(
      one => one.id !== user.id && !one.disabled && one.roles.includes('administrator'),
    )
    if (others.length === 0) throw refuse('IN_USE', 'this is the last administrator')
  }

  app.get(
    '/users',
    { config, schema: { tags, response: { 200: list(accountSchema), ...failures } } },
    async () => ({
      items: (await users.list()).map(shown),
    }),
  )

  app.post(
    '/users',
    { config, schema: { tags, body: newSchema, response: { 200: madeSchema, ...failures } } },
    async request => {
      const { password, username, name, roles, agentId } = request.body
      if (await users.byUsername(username)) throw refuse('IN_USE', 'this user name is taken')
      await assertAgent(agentId)
      const generated = password === undefined ? generatePassword() : undefined
      const passwordHash = await hashPassword(password ?? generated ?? '')
      const user = {
        id: randomUUID(),
        username,
        name,
        roles,
        agentId,
        passwordHash,
        disabled: false,
        lockedUntil: null,
        failures: 0,
      }
      await users.save(user)
      await audit(door, request, 'user-created', user.id, { username, roles })
      return { ...shown(user), ...(generated && { password: generated }) }
    },
  )

  app.patch(
    '/users/:id',
    {
      config,
      schema: {
        tags,
        params: idParams,
        body: changeSchema,
        response: { 200: accountSchema, ...failures },
      },
    },
    async request => {
      const user = await existing(request.params.id)
      const { password, ...given } = request.body
      const set = Object.fromEntries(
        Object.entries(given).filter(([, value]) => value !== undefined),
      )
      const changed: UserAccount = {
        ...user,
        ...set,
        ...(password && {
          passwordHash: await hashPassword(password),
          lockedUntil: null,
          failures: 0,
        }),
      }
      await assertAgent(changed.agentId, user.id)
      await assertNotLast(user, !changed.disabled && changed.roles.includes('administrator'))
      await users.save(changed)
      await door.auth.sessions.endAllOf(user.id)
      if (changed.disabled && !user.disabled) await takePhone(changed, actorOf(request))
      await audit(door, request, 'user-changed', user.id, {
        ...set,
        ...(password && { password: 'changed' }),
      })
      return shown(changed)
    },
  )

  app.delete(
    '/users/:id',
    { config, schema: { tags, params: idParams, response: { 200: done, ...failures } } },
    async request => {
      const user = await existing(request.params.id)
      if (user.id === actorOf(request).userId) throw refuse('IN_USE', 'you cannot remove yourself')
      await assertNotLast(user, false)
      await users.remove(user.id)
      await door.auth.sessions.endAllOf(user.id)
      await takePhone(user, actorOf(request))
      await audit(door, request, 'user-removed', user.id, { username: user.username })
      return { ok: true as const }
    },
  )
}
