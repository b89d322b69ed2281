// `/switch/freeswitch`: a FreeSWITCH asks here for phones, trunks and banned addresses (mod_xml_curl, deploy/freeswitch).
import { timingSafeEqual, createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse } from '../errors.ts'
import type { Log } from '../log.ts'
import {
  bannedDocument,
  NOT_FOUND,
  phoneDocument,
  trunksDocument,
  type DirectoryPhone,
  type DirectoryTrunk,
} from './directory-xml.ts'

export interface SwitchDirectory {
  readonly realm: string
  /** Any of them opens the door. */
  readonly secrets: readonly string[]
  /** Does a switch of ours live there? */
  isSwitch(address: string): Promise<boolean>
  phone(user: string): Promise<DirectoryPhone | undefined>
  trunks(): Promise<readonly DirectoryTrunk[]>
  banned(): Promise<readonly string[]>
}

const MAX_BODY_BYTES = 65_536
const FORM = 'application/x-www-form-urlencoded'

export async function switchDirectory(
  app: FastifyInstance,
  { directory, log }: { directory: SwitchDirectory; log: Log },
): Promise<void> {
  app.addContentTypeParser(
    FORM,
    { parseAs: 'string', bodyLimit: MAX_BODY_BYTES },
    (_, body, done) => done(null, new URLSearchParams(body.toString())),
  )
  app.post(
    '/switch/freeswitch',
    { config: { access: 'public' }, schema: { hide: true } },
    async (request, reply) => {
      if (!(await directory.isSwitch(request.ip))) {
        log.warn({ address: request.ip }, 'directory asked for by a stranger')
        throw refuse('FORBIDDEN')
      }
      if (!directory.secrets.some(secret => isEqual(secret, passwordOf(request)))) {
        reply.header('www-authenticate', 'Basic realm="hotline"')
        throw refuse('NOT_SIGNED_IN')
      }
      const asked = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
      reply.header('content-type', 'text/xml; charset=utf-8').header('cache-control', 'no-store')
      return answer(directory, asked)
    },
  )
}

async function answer(directory: SwitchDirectory, asked: URLSearchParams): Promise<string> {
  if (asked.get('section') !== 'directory') return NOT_FOUND
  // `key_value` names the domain; `domain` is there for a phone.
  switch (asked.get('key_value') ?? asked.get('domain')) {
    case 'trunks':
      return trunksDocument(await directory.trunks())
    case 'banned':
      return bannedDocument(await directory.banned())
    case directory.realm: {
      const phone = await directory.phone(asked.get('user') ?? '')
      return phone ? phoneDocument(phone) : NOT_FOUND
    }
    default:
      return NOT_FOUND
  }
}

/** RFC 7617; the user's name means nothing. */
function passwordOf(request: FastifyRequest): string {
  const [, encoded = ''] = /^Basic ([\w+/=-]+)$/i.exec(request.headers.authorization ?? '') ?? []
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  return text.slice(text.indexOf(':') + 1)
}

const digest = (text: string) => createHash('sha256').update(text).digest()
/** Takes the same time wherever the difference is. */
const isEqual = (secret: string, given: string) => timingSafeEqual(digest(secret), digest(given))
