// Who may call what. Every route says it in its options; one that says nothing does not start.
import type {} from '@fastify/cookie'
import { fastifyPlugin } from 'fastify-plugin'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { agentId } from '../../telephony/call/id.ts'
import type { Actor } from '../control/port.ts'
import type { Role } from '../desktop/protocol.ts'
import { refuse } from '../errors.ts'
import type { Session, Sessions } from './session.ts'

export type Access = 'public' | 'signed-in' | readonly Role[]
/** The server adds `__Host-` when it speaks TLS: no other host name can set it then. */
export const cookieName = (secure: boolean) => (secure ? '__Host-hotline' : 'hotline')

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    session: Session | null
  }
}

export interface AccessOptions {
  readonly sessions: Sessions
  readonly secure: boolean
}

export const access = fastifyPlugin<AccessOptions>(
  async (app: FastifyInstance, { sessions, secure }) => {
    app.decorateRequest('session', null)

    app.addHook('onRoute', route => {
      if (!route.config?.access)
        throw new Error(`route ${String(route.method)} ${route.url} does not say who may call it`)
    })

    app.addHook('onRequest', async request => {
      const wanted = request.routeOptions.config.access
      if (wanted === undefined || wanted === 'public') return
      const bearer = bearerOf(request)
      const token = bearer ?? request.cookies[cookieName(secure)]
      const session = token === undefined ? undefined : await sessions.find(token)
      if (!session) throw refuse('NOT_SIGNED_IN')
      if (bearer === undefined && changesSomething(request) && !isSameOrigin(request)) {
        throw refuse('FORBIDDEN', 'this request comes from another site')
      }
      if (wanted !== 'signed-in' && !wanted.some(role => session.roles.includes(role)))
        throw refuse('FORBIDDEN')
      request.session = session
    })
  },
  { name: 'access', dependencies: ['@fastify/cookie'] },
)

export function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer ([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1]
}

/** A browser sends cookies along with what any site asks of it: a WebSocket upgrade is such a GET. */
const changesSomething = (request: FastifyRequest) =>
  !['GET', 'HEAD', 'OPTIONS'].includes(request.method) || request.headers.upgrade !== undefined

/** Not sent at all by clients that are no browsers. */
export function isSameOrigin(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  const origin = request.headers.origin
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === request.headers.host
}

/** @throws {Refusal} NOT_SIGNED_IN on a route that lets everybody in. */
export function actorOf(request: FastifyRequest): Actor {
  const session = request.session
  if (!session) throw refuse('NOT_SIGNED_IN')
  return {
    userId: session.userId,
    roles: session.roles,
    ...(session.agentId && { agentId: agentId(session.agentId) }),
  }
}

/** Whose records everybody's calls are; what they see of them is another question (sight.ts). */
export const reviews = ({ roles }: { readonly roles: readonly Role[] }): boolean =>
  leads({ roles }) || roles.includes('auditor')

export const leads = ({ roles }: { readonly roles: readonly Role[] }): boolean =>
  roles.includes('supervisor') || roles.includes('administrator')
