// May this INVITE become a call? The rules of design part 5, pure: `(state, input, rules) → { state, verdict }`.
import { takeToken, type Bucket } from './rate.ts'

export interface CallRules {
  /** Numbers that an INVITE without authentication may reach. */
  readonly publishedNumbers: readonly string[]
  readonly blacklist: readonly string[]
  /** Concurrent calls of callers. */
  readonly lineLimit: number
  /** Calls beyond the limit that hear the announcement. */
  readonly reserve: number
  readonly hasBusyPrompt: boolean
  readonly callsPerMinutePerCaller: number
}

export interface CallState {
  /** Blocked lately, for counting a redialling caller once. Newest last. */
  readonly blocked: readonly {
    readonly caller: string
    readonly number: string
    readonly at: number
  }[]
  readonly callers: ReadonlyMap<string, Bucket>
}

export const NO_CALLS: CallState = { blocked: [], callers: new Map() }

export interface CallInput {
  readonly at: number
  readonly caller: string
  readonly number: string
  /** Digest user, when the INVITE was authenticated. */
  readonly user?: string
  readonly linesInUse: number
  readonly announcing: number
  /** The trunk it comes by, and what is free there. */
  readonly trunk?: { readonly linesInUse: number; readonly lineLimit: number }
}

export type BlockReason = 'all-lines-busy' | 'trunk-busy' | 'flood' | 'blacklist' | 'unknown-number'

export type CallVerdict =
  /** An agent's own call: any number, and no caller's line is used. */
  | { readonly type: 'agent'; readonly user: string }
  | { readonly type: 'line' }
  /** Refused; `announce` plays the busy prompt first. `counted` is false for a redial within 5 s. */
  | {
      readonly type: 'blocked'
      readonly reason: BlockReason
      readonly counted: boolean
      readonly announce: boolean
      readonly sipStatus: number
    }

/** The same caller and number within this time are one blocked call. */
const REDIAL_MS = 5_000
/** Callers remembered at most; the oldest go first. */
const MAX_CALLERS = 10_000

const SIP_STATUS: Readonly<Record<BlockReason, number>> = {
  'all-lines-busy': 486,
  'trunk-busy': 486,
  flood: 503,
  blacklist: 603,
  'unknown-number': 404,
}

function block(
  state: CallState,
  input: CallInput,
  reason: BlockReason,
  announce = false,
): { state: CallState; verdict: CallVerdict } {
  const recent = state.blocked.filter(each => input.at - each.at < REDIAL_MS)
  const isRedial = recent.some(each => each.caller === input.caller && each.number === input.number)
  // The first of a series is the one remembered: redialling every 4 s is counted anew after 5 s.
  const blocked = isRedial
    ? recent
    : [...recent, { caller: input.caller, number: input.number, at: input.at }]
  return {
    state: { ...state, blocked },
    verdict: {
      type: 'blocked',
      reason,
      counted: !isRedial,
      announce,
      sipStatus: SIP_STATUS[reason],
    },
  }
}

function takeCallerToken(
  state: CallState,
  input: CallInput,
  rules: CallRules,
): { state: CallState; passes: boolean } {
  // A withheld number is nobody's: all who withhold theirs must not share one allowance.
  if (input.caller === '' || /^anonymous$/i.test(input.caller)) return { state, passes: true }
  const rate = {
    perSecond: rules.callsPerMinutePerCaller / 60,
    burst: rules.callsPerMinutePerCaller,
  }
  const taken = takeToken(state.callers.get(input.caller), input, rate)
  const callers = new Map(state.callers)
  callers.delete(input.caller)
  callers.set(input.caller, taken.state)
  const [oldest] = callers.keys()
  if (callers.size > MAX_CALLERS && oldest !== undefined) callers.delete(oldest)
  return { state: { ...state, callers }, passes: taken.verdict === 'pass' }
}

export function admitCall(
  before: CallState,
  input: CallInput,
  rules: CallRules,
): { readonly state: CallState; readonly verdict: CallVerdict } {
  if (input.user !== undefined)
    return { state: before, verdict: { type: 'agent', user: input.user } }
  if (rules.blacklist.includes(input.caller)) return block(before, input, 'blacklist')
  if (!rules.publishedNumbers.includes(input.number)) return block(before, input, 'unknown-number')
  const { state, passes } = takeCallerToken(before, input, rules)
  if (!passes) return block(state, input, 'flood')
  const announces = rules.hasBusyPrompt && input.announcing < rules.reserve
  if (input.trunk !== undefined && input.trunk.linesInUse >= input.trunk.lineLimit)
    return block(state, input, 'trunk-busy', announces)
  if (input.linesInUse < rules.lineLimit) return { state, verdict: { type: 'line' } }
  return block(state, input, 'all-lines-busy', announces)
}
