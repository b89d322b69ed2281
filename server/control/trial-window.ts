// Which arriving call is our own trial call coming back. A carrier keeps nothing of it but our number, and anybody may write that number:
// so only the first such call is taken for it, only by a trunk, and only from the moment of dialling until the trial call is answered.
import { toOwnNumber } from '../../telephony/trunk/number.ts'

/** What a turn may ask. */
export interface TrialReader {
  /** Whether this caller is the trial call; true once. `areaCode`: of the trunk it came by. */
  takes(caller: string, areaCode: string | undefined, at: number): boolean
}
export interface TrialWindow extends TrialReader {
  /** A trial call that shows this number is about to be dialled; `until` in epoch ms, in the past when it is over. */
  open(shown: string, until: number): void
}

export function createTrialWindow(): TrialWindow {
  let expected: { readonly shown: string; readonly until: number } | undefined
  return {
    open: (shown, until) => (expected = { shown, until }),
    takes(caller, areaCode, at) {
      if (!expected || at >= expected.until) return false
      const { shown } = expected
      // Networks put the area code before a short code.
      if (toOwnNumber(caller, number => number === shown, areaCode) !== shown) return false
      expected = undefined
      return true
    },
  }
}
