// Every failure leaves through here: {code, message, details?}.
import type { FastifyError, FastifyInstance } from 'fastify'
import {
  hasZodFastifySchemaValidationErrors,
  isResponseSerializationError,
} from 'fastify-type-provider-zod'
import { ERRORS, Refusal } from '../errors.ts'
import type { Log } from '../log.ts'

export interface Failure {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly details?: unknown
}

/** Ours, the framework's, or a fault. Pure. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Refusal) {
    const { status, code, message, details } = error
    return { status, code, message, ...(details !== undefined && { details }) }
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const details = error.validation.map(one => ({ field: one.instancePath, problem: one.message }))
    return { status: 400, code: 'BAD_REQUEST', message: ERRORS.BAD_REQUEST[1], details }
  }
  const status = isResponseSerializationError(error) ? 500 : statusOf(error)
  if (status === 429)
    return { status, code: 'TOO_MANY_REQUESTS', message: ERRORS.TOO_MANY_REQUESTS[1] }
  if (status === 404) return { status, code: 'NOT_FOUND', message: ERRORS.NOT_FOUND[1] }
  if (status < 500)
    return {
      status,
      code: 'BAD_REQUEST',
      message: error instanceof Error ? error.message : ERRORS.BAD_REQUEST[1],
    }
  if (isStoreAway(error)) return { status: 503, code: 'STORE_AWAY', message: ERRORS.STORE_AWAY[1] }
  return { status: 500, code: 'INTERNAL', message: ERRORS.INTERNAL[1] }
}

export function answerFailures(
  app: FastifyInstance,
  log: Log,
  onFailure: (code: string) => void,
): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, ...body } = toFailure(error)
    onFailure(body.code)
    if (status >= 500)
      log.error(
        { err: error, route: request.routeOptions.url, requestId: request.id },
        'request failed',
      )
    return reply.code(status).send(body)
  })
}

function statusOf(error: unknown): number {
  const status: unknown =
    error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}

/** PostgreSQL classes 08 and 57 (no connection, shutting down), and the network's own words. */
function isStoreAway(error: unknown): boolean {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return (
    typeof code === 'string' && /^(08...|57P0.|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code)
  )
}
