import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { actorOf, bearerOf, cookieName } from '../auth/access.ts'
import { lockedRefusal } from '../auth/login.ts'
import { hashPassword, isPassword } from '../auth/password.ts'
import { SESSION_MS } from '../auth/session.ts'
import { refuse } from '../errors.ts'
import type { UserAccount } from '../store/repository.ts'
import { audit, type ApiDoor } from './door.ts'
import { done, failures } from './reply.ts'
import { loginReplySchema, loginSchema, userSchema } from './schema.ts'

/** A whole hall may sign in behind one address within a minute. */
const LOGINS_PER_MINUTE = 300

const passwordSchema = z.strictObject({
  old: z.string().min(1).max(200),
  new: z.string().min(8).max(200),
})

export const toUser = (account: Pick<UserAccount, 'id' | 'name' | 'roles' | 'agentId'>) => ({
  id: account.id,
  name: account.name,
  roles: [...account.roles],
  ...(account.agentId && { agentId: account.agentId }),
})

export const loginRoutes: FastifyPluginAsyncZod<ApiDoor> = async (app, door) => {
  const { sessions, login, secure } = door.auth
  const cookie = { path: '/', httpOnly: true, sameSite: 'strict', secure } as const

  app.post(
    '/login',
    {
      config: { access: 'public', rateLimit: { max: LOGINS_PER_MINUTE, timeWindow: 60_000 } },
      schema: {
        tags: ['login'],
        body: loginSchema,
        response: { 200: loginReplySchema, ...failures },
      },
    },
    async (request, reply) => {
      const { username, password } = request.body
      const outcome = await login(username, password)
      if (outcome.state !== 'welcome') {
        await audit(door, request, `login-${outcome.state}`, username)
        door.operations.logins.onRefused()
        throw outcome.state === 'locked' ? lockedRefusal(outcome.forMs) : refuse('BAD_CREDENTIALS')
      }
      const token = await sessions.start(outcome.account)
      await audit(door, request, 'login', outcome.account.id, {}, outcome.account.id)
      door.operations.logins.onWelcome(outcome.account, request.ip)
      reply.setCookie(cookieName(secure), token, { ...cookie, maxAge: SESSION_MS / 1000 })
      return { token, user: toUser(outcome.account) }
    },
  )

  app.post(
    '/logout',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['login'], response: { 200: done, ...failures } },
    },
    async (request, reply) => {
      const token = bearerOf(request) ?? request.cookies[cookieName(secure)]
      if (token) await sessions.end(token)
      await audit(door, request, 'logout', actorOf(request).userId)
      reply.clearCookie(cookieName(secure), cookie)
      return { ok: true as const }
    },
  )

  app.get(
    '/me',
    {
      config: { access: 'signed-in' },
      schema: { tags: ['login'], response: { 200: userSchema, ...failures } },
    },
    async request => {
      const { session } = request
      if (!session) throw refuse('NOT_SIGNED_IN')
      return toUser({
        id: session.userId,
        name: session.name,
        roles: session.roles,
        agentId: session.agentId ?? null,
      })
    },
  )

  app.post(
    '/me/password',
    {
      config: { access: 'signed-in' },
      schema: {
        tags: ['login'],
        body: passwordSchema,
        response: { 200: loginReplySchema, ...failures },
      },
    },
    async (request, reply) => {
      const account = await door.repositories.users.byId(actorOf(request).userId)
      if (!account || !(await isPassword(account.passwordHash, request.body.old)))
        throw refuse('BAD_CREDENTIALS')
      const changed = { ...account, passwordHash: await hashPassword(request.body.new) }
      await door.repositories.users.save(changed)
      await sessions.endAllOf(account.id)
      await audit(door, request, 'password-changed', account.id)
      const token = await sessions.start(changed)
      reply.setCookie(cookieName(secure), token, { ...cookie, maxAge: SESSION_MS / 1000 })
      return { token, user: toUser(changed) }
    },
  )
}
