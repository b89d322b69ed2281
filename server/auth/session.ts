// Who is signed in. A token is random and known to its owner only; we keep its hash.
import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Role } from '../desktop/protocol.ts'
import type { Log } from '../log.ts'
import type { UserAccount } from '../store/repository.ts'
import type { KeyValue } from './key-value.ts'

/** A shift and its overtime. Used within it, a session goes on. */
export const SESSION_MS = 12 * 3_600_000
const RENEW_AFTER_MS = 600_000
/** A week, however often it is used. */
const LONGEST_MS = 7 * 86_400_000
/** How long a session found before is believed while Redis is away: calls must stay in hand. */
const BELIEVED_MS = 3_600_000
const MAX_BELIEVED = 5000

export interface Session {
  readonly userId: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly agentId?: string
  readonly startedAt: number
}

export interface Sessions {
  start(user: UserAccount): Promise<string>
  find(token: string): Promise<Session | undefined>
  end(token: string): Promise<void>
  /** Signs the user out everywhere: password, roles or state have changed. */
  endAllOf(userId: string): Promise<void>
}

const storedSchema = z.object({
  userId: z.string(),
  name: z.string(),
  roles: z.array(z.enum(['administrator', 'supervisor', 'agent', 'auditor'])),
  agentId: z.string().optional(),
  startedAt: z.number(),
  renewedAt: z.number(),
  generation: z.string(),
})
type Stored = z.infer<typeof storedSchema>

export function createSessions({
  keyValue,
  clock,
  log,
}: {
  keyValue: KeyValue
  clock: () => number
  log: Log
}): Sessions {
  const believed = new Map<string, { session: Session; until: number }>()
  const keyOf = (token: string) =>
    `session/${createHash('sha256').update(token).digest('base64url')}`
  const generationKey = (userId: string) => `session-generation/${userId}`

  const believe = (key: string, session: Session) => {
    believed.delete(key)
    believed.set(key, { session, until: clock() + BELIEVED_MS })
    const oldest = believed.size > MAX_BELIEVED ? believed.keys().next().value : undefined
    if (oldest !== undefined) believed.delete(oldest)
  }

  const save = (key: string, stored: Stored) =>
    keyValue.set(key, JSON.stringify(stored), SESSION_MS)

  const look = async (key: string): Promise<Session | undefined> => {
    const [text] = await keyValue.get([key])
    if (!text) return undefined
    const stored = storedSchema.parse(JSON.parse(text))
    const [generation] = await keyValue.get([generationKey(stored.userId)])
    if (stored.generation !== (generation ?? '0') || clock() - stored.startedAt > LONGEST_MS) {
      await keyValue.remove(key)
      return undefined
    }
    if (clock() - stored.renewedAt > RENEW_AFTER_MS)
      await save(key, { ...stored, renewedAt: clock() })
    const { userId, name, roles, agentId, startedAt } = stored
    return { userId, name, roles, startedAt, ...(agentId && { agentId }) }
  }

  return {
    async start(user) {
      const token = randomBytes(32).toString('base64url')
      const [generation] = await keyValue.get([generationKey(user.id)])
      await save(keyOf(token), {
        userId: user.id,
        name: user.name,
        roles: [...user.roles],
        ...(user.agentId && { agentId: user.agentId }),
        startedAt: clock(),
        renewedAt: clock(),
        generation: generation ?? '0',
      })
      return token
    },
    async find(token) {
      const key = keyOf(token)
      try {
        const session = await look(key)
        if (session) believe(key, session)
        else believed.delete(key)
        return session
      } catch (error) {
        const known = believed.get(key)
        if (!known || known.until < clock()) throw error
        log.warn({ err: error }, 'session believed while the store is away')
        return known.session
      }
    },
    async end(token) {
      const key = keyOf(token)
      believed.delete(key)
      await keyValue.remove(key)
    },
    async endAllOf(userId) {
      for (const [key, { session }] of believed) if (session.userId === userId) believed.delete(key)
      // Outlives every session of an earlier generation.
      await keyValue.increment(generationKey(userId), LONGEST_MS + SESSION_MS)
    },
  }
}
