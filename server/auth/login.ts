// User name and password in, account out. Tells nobody whether the name or the password was wrong.
import { createHash } from 'node:crypto'
import { refuse } from '../errors.ts'
import type { UserAccount, Users } from '../store/repository.ts'
import type { KeyValue } from './key-value.ts'
import { hashPassword, isPassword } from './password.ts'

export const LOCK_AFTER = 5
const FIRST_LOCK_MS = 30_000
const LONGEST_LOCK_MS = 900_000
/** Names nobody has are remembered this long, so that they lock like real ones. */
const UNKNOWN_MS = 3_600_000

export type LoginOutcome =
  | { readonly state: 'welcome'; readonly account: UserAccount }
  | { readonly state: 'refused' }
  | { readonly state: 'locked'; readonly forMs: number }

/** Doubles with each wrong password beyond the limit. */
export function lockMsAfter(failures: number): number {
  return failures < LOCK_AFTER
    ? 0
    : Math.min(FIRST_LOCK_MS * 2 ** (failures - LOCK_AFTER), LONGEST_LOCK_MS)
}

export function createLogin({
  users,
  keyValue,
  clock,
}: {
  users: Users
  keyValue: KeyValue
  clock: () => number
}) {
  let nobodyHash: Promise<string> | undefined
  const hashOfNobody = () => (nobodyHash ??= hashPassword('a password that nobody has'))

  const ofUnknown = async (username: string, password: string): Promise<LoginOutcome> => {
    const key = createHash('sha256').update(username).digest('base64url')
    const [lockedUntil] = await keyValue.get([`unknown-lock/${key}`])
    if (lockedUntil) return { state: 'locked', forMs: Number(lockedUntil) - clock() }
    await isPassword(await hashOfNobody(), password)
    const forMs = lockMsAfter(await keyValue.increment(`unknown-failures/${key}`, UNKNOWN_MS))
    if (forMs > 0) await keyValue.set(`unknown-lock/${key}`, String(clock() + forMs), forMs)
    return { state: 'refused' }
  }

  return async (username: string, password: string): Promise<LoginOutcome> => {
    const account = await users.byUsername(username)
    if (!account) return await ofUnknown(username, password)
    if (account.lockedUntil !== null && account.lockedUntil > clock()) {
      return { state: 'locked', forMs: account.lockedUntil - clock() }
    }
    const right = await isPassword(account.passwordHash, password)
    if (!right) {
      const until = clock() + lockMsAfter(Math.max(account.failures + 1, LOCK_AFTER))
      await users.countFailure(account.id, LOCK_AFTER, until)
      return { state: 'refused' }
    }
    if (account.disabled) return { state: 'refused' }
    if (account.failures > 0) await users.clearFailures(account.id)
    return { state: 'welcome', account }
  }
}
export type Login = ReturnType<typeof createLogin>

export const lockedRefusal = (forMs: number) =>
  refuse('ACCOUNT_LOCKED', `too many wrong passwords; wait ${Math.ceil(forMs / 1000)} s`, {
    retryAfterS: Math.ceil(forMs / 1000),
  })
