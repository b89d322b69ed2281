// The web door: REST, push, SIP passage, health, the desktop's files. Built here, listening elsewhere.
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { apiRoutes } from '../api/index.ts'
import { answerFailures } from '../api/failure.ts'
import type { ApiDoor } from '../api/door.ts'
import { healthRoutes, type Dependency } from '../api/health.ts'
import type { Metrics } from '../api/metrics.ts'
import { endedCallOf } from '../api/transcript.ts'
import { access } from '../auth/access.ts'
import { createCaptionKeys } from '../auth/caption-key.ts'
import type { Hub } from '../desktop/hub.ts'
import { captionStream } from '../desktop/captions.ts'
import { desktopSocket } from '../desktop/socket.ts'
import type { BrowserWay } from '../process/switches.ts'
import type { Certificate } from '../process/tls.ts'
import { serveDesktop } from './desktop-files.ts'
import { describeApi } from './open-api.ts'
import { sipPassage } from './sip-passage.ts'
import { switchDirectory, type SwitchDirectory } from './switch-directory.ts'

export interface WebDeps {
  readonly api: ApiDoor
  readonly hub: Hub
  readonly metrics: Metrics
  readonly health: {
    readonly version: string
    readonly startedAt: number
    readonly role: () => 'steering' | 'following'
    readonly dependencies: readonly Dependency[]
  }
  readonly options: {
    readonly desktopFolder: string
    readonly certificate?: Certificate
    /** Believed about who asks (X-Forwarded-For). */
    readonly proxies?: readonly string[]
    /** Where `/sip` leads. */
    readonly browsers: readonly BrowserWay[]
    /** What a FreeSWITCH may ask; absent with the embedded switch. */
    readonly directory?: SwitchDirectory
  }
}

/** RFC 6455 §7.4.1, 1001: going away. */
const SERVER_GONE = 1001
const CLOSE_MS = 500
const MAX_BODY_BYTES = 1_000_000
const MAX_DESKTOP_MESSAGE_BYTES = 16_384
/** Per address and minute: a hall of desktops behind one address, and still not a flood. */
const REQUESTS_PER_MINUTE = 30_000

export async function buildWeb({
  api,
  hub,
  metrics,
  health,
  options,
}: WebDeps): Promise<FastifyInstance> {
  const { certificate, proxies } = options
  const app: FastifyInstance = fastify({
    ...(certificate && { https: { cert: certificate.cert, key: certificate.key } }),
    ...(proxies && { trustProxy: [...proxies] }),
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    // Our own lines say what matters; addresses of pages hold numbers of callers.
    logger: false,
    routerOptions: { maxParamLength: 200 },
  } as object)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  answerFailures(app, api.log, metrics.onFailure)
  app.addHook('onResponse', async (request, reply) => {
    metrics.onRequest(
      request.routeOptions.url ?? 'none',
      request.method,
      reply.statusCode,
      reply.elapsedTime / 1000,
    )
  })

  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentPolicy(options.browsers) },
    // A generated certificate must be acceptable by hand, which HSTS forbids.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
  })
  app.addHook('onRequest', async (_, reply) => {
    reply.header('permissions-policy', 'microphone=(self), camera=(self), geolocation=()')
  })
  await app.register(rateLimit, { max: REQUESTS_PER_MINUTE, timeWindow: 60_000 })
  await app.register(cookie)
  await app.register(websocket, {
    // A frozen desktop does not answer a close, and must not keep us from ending.
    preClose(this: FastifyInstance, done: () => void) {
      for (const client of this.websocketServer.clients) {
        client.close(SERVER_GONE)
        setTimeout(() => client.terminate(), CLOSE_MS).unref()
      }
      done()
    },
    options: {
      maxPayload: MAX_DESKTOP_MESSAGE_BYTES * 4,
      handleProtocols: (protocols: Set<string>) => (protocols.has('sip') ? 'sip' : false),
    },
  })
  await describeApi(app)
  await serveDesktop(app, options.desktopFolder)

  await app.register(async scope => {
    await scope.register(access, { sessions: api.auth.sessions, secure: api.auth.secure })
    await scope.register(healthRoutes, { ...health, clock: api.site.clock, metrics: metrics.read })
    await scope.register(apiRoutes, { ...api, prefix: '/api' })
    await scope.register(desktopSocket, {
      hub,
      sessions: api.auth.sessions,
      clock: api.site.clock,
      log: api.log,
      secure: api.auth.secure,
      sightRules: api.site.sightRules,
    })
    await scope.register(captionStream, {
      hub,
      keys: createCaptionKeys({ keyValue: api.auth.keyValue, clock: api.site.clock }),
      endedCall: endedCallOf(api.repositories),
      clock: api.site.clock,
    })
    await scope.register(sipPassage, { browsers: options.browsers, log: api.log })
    if (options.directory)
      await scope.register(switchDirectory, { directory: options.directory, log: api.log })
  })
  return app
}

/** The desktop's own files, its sound, and the switch's WebSocket when that is elsewhere. */
function contentPolicy(browsers: readonly BrowserWay[]) {
  const direct = browsers.flatMap(way => ('directUrl' in way ? [way.directUrl] : []))
  return {
    defaultSrc: ["'self'"],
    baseUri: ["'self'"],
    objectSrc: ["'none'"],
    frameAncestors: ["'none'"],
    formAction: ["'self'"],
    scriptSrc: ["'self'"],
    // Element Plus and ECharts set styles on elements.
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:', 'blob:'],
    fontSrc: ["'self'", 'data:'],
    mediaSrc: ["'self'", 'blob:', 'mediastream:'],
    workerSrc: ["'self'", 'blob:'],
    connectSrc: ["'self'", ...direct],
  }
}
