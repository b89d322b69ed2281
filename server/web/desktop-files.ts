// The desktop's files: hashed ones for ever, the page itself always fresh; every address of the desktop is the page.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { ERRORS } from '../errors.ts'

const YEAR_S = 31_536_000
/** Answered in JSON also where nothing is. */
const NOT_PAGES = /^\/(api|health|metrics|ws|sip)(\/|\?|$)/

export async function serveDesktop(app: FastifyInstance, folder: string): Promise<void> {
  const isBuilt = existsSync(join(folder, 'index.html'))
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root: folder,
      cacheControl: false,
      setHeaders: (reply, path) => {
        const isHashed = path.startsWith(join(folder, 'assets'))
        reply.header(
          'cache-control',
          isHashed ? `public, max-age=${YEAR_S}, immutable` : 'no-cache',
        )
      },
    })
  }
  app.setNotFoundHandler(
    { preHandler: app.rateLimit({ max: 600, timeWindow: 60_000 }) },
    (request, reply) => {
      const isPage =
        isBuilt &&
        request.method === 'GET' &&
        !NOT_PAGES.test(request.url) &&
        !/\.\w+$/.test(request.url)
      if (isPage) return reply.sendFile('index.html')
      return reply.code(404).send({ code: 'NOT_FOUND', message: ERRORS.NOT_FOUND[1] })
    },
  )
}
