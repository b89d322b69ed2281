// Keeps the admission state of one switch or edge: who may send, who waits, who is banned. Time is an argument everywhere.
import {
  BAN_RULES,
  isBanned,
  isForgiven,
  onWrongPassword,
  type BanRules,
  type BanVerdict,
  type Suspicion,
} from './ban.ts'
import {
  admitCall,
  NO_CALLS,
  type CallInput,
  type CallRules,
  type CallState,
  type CallVerdict,
} from './call.ts'
import { isForgettable, takeToken, type Bucket, type Rate } from './rate.ts'

export interface AdmissionRules extends CallRules {
  readonly invitesPerSecondPerAddress: number
  readonly registersPerSecondPerAddress: number
  readonly invitesPerSecondPerTrunk: number
}

export interface Ban {
  readonly source: string
  readonly until: number
  readonly failures: number
}

export interface Admission {
  /** May a request of this address be looked at? `trunk`: the one that this address is. */
  onRequest(method: string, source: string, at: number, trunk?: string): 'pass' | 'drop'
  onWrongPassword(source: string, at: number): BanVerdict
  onRightPassword(source: string): void
  onCall(input: CallInput): CallVerdict
  bans(at: number): readonly Ban[]
  /** False when there was none. */
  unban(source: string): boolean
}

/** Records kept at most; beyond that what tells nothing any longer goes, then the oldest down to the lower mark. */
const MAX_RECORDS = 20_000
const KEPT_RECORDS = 15_000

function trim<T>(records: Map<string, T>, isSpent: (record: T) => boolean): void {
  if (records.size <= MAX_RECORDS) return
  for (const [key, record] of records) if (isSpent(record)) records.delete(key)
  for (const key of records.keys()) {
    if (records.size <= KEPT_RECORDS) return
    records.delete(key)
  }
}

/** `rules` is asked each time: a reloaded configuration counts at once. */
export function createAdmission(
  rules: () => AdmissionRules,
  banRules: BanRules = BAN_RULES,
): Admission {
  const buckets = new Map<string, Bucket>()
  const suspicions = new Map<string, Suspicion>()
  let calls: CallState = NO_CALLS

  const rateOf = (method: string, isTrunk: boolean): Rate | undefined => {
    const { invitesPerSecondPerAddress, invitesPerSecondPerTrunk, registersPerSecondPerAddress } =
      rules()
    const perSecond =
      method === 'INVITE'
        ? isTrunk
          ? invitesPerSecondPerTrunk
          : invitesPerSecondPerAddress
        : method === 'REGISTER'
          ? registersPerSecondPerAddress
          : undefined
    // Two seconds' worth at once: phones of one site register together after a power cut.
    return perSecond === undefined ? undefined : { perSecond, burst: Math.max(1, perSecond * 2) }
  }

  return {
    onRequest(method, source, at, trunk) {
      // A network is measured by a rate of its own, and no wrong password of whoever shares its address shuts it out.
      const isTrunk = trunk !== undefined && method !== 'REGISTER'
      if (!isTrunk && isBanned(suspicions.get(source), at)) return 'drop'
      const rate = rateOf(method, isTrunk)
      if (rate === undefined) return 'pass'
      const key = isTrunk ? `${method} trunk ${trunk}` : `${method} ${source}`
      const { state, verdict } = takeToken(buckets.get(key), { at }, rate)
      buckets.delete(key)
      buckets.set(key, state)
      trim(buckets, bucket => isForgettable(bucket, at, rate))
      return verdict === 'pass' ? 'pass' : 'drop'
    },
    onWrongPassword(source, at) {
      const { state, verdict } = onWrongPassword(suspicions.get(source), { at }, banRules)
      suspicions.delete(source)
      suspicions.set(source, state)
      trim(suspicions, suspicion => isForgiven(suspicion, at, banRules))
      return verdict
    },
    onRightPassword: source => void suspicions.delete(source),
    onCall(input) {
      const { state, verdict } = admitCall(calls, input, rules())
      calls = state
      return verdict
    },
    bans: at =>
      [...suspicions].flatMap(([source, { bannedUntil, failures }]) =>
        bannedUntil !== undefined && bannedUntil > at
          ? [{ source, until: bannedUntil, failures }]
          : [],
      ),
    unban: source => suspicions.delete(source),
  }
}
