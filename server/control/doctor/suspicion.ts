// When a finding is believed: seen twice in the very same state. And when it is mended: ever more rarely, if it comes back.
import { type Finding, subjectOf } from './finding.ts'

export interface Suspicion {
  /** The findings of one look of one kind; gives those that are to be mended now. */
  confirm(kind: string, findings: readonly Finding[], at: number): Finding[]
  /** A kind of look that is interrupted begins anew. */
  forget(kind: string): void
}

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000
/** Not found for this long: the next time is a first time. */
const QUIET_MS = 120_000

interface Pace {
  times: number
  lastAt: number
}

export function createSuspicion(): Suspicion {
  const before = new Map<string, ReadonlySet<string>>()
  const paces = new Map<string, Pace>()
  const keyOf = (finding: Finding) => `${subjectOf(finding)} ${finding.mark}`

  const mayMend = (finding: Finding, at: number): boolean => {
    const subject = subjectOf(finding)
    const pace = paces.get(subject)
    // A clock that was set back makes no repair wait.
    if (!pace || at - pace.lastAt > QUIET_MS || at < pace.lastAt) {
      paces.set(subject, { times: 1, lastAt: at })
      return true
    }
    // What can only be noted is noted once.
    if (finding.remedy.type === 'note') {
      pace.lastAt = at
      return false
    }
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** pace.times)
    if (at - pace.lastAt < pauseMs) return false
    pace.times += 1
    pace.lastAt = at
    return true
  }

  return {
    confirm(kind, findings, at) {
      const known = before.get(kind) ?? new Set()
      before.set(kind, new Set(findings.map(keyOf)))
      for (const [subject, { lastAt }] of paces) if (at - lastAt > QUIET_MS) paces.delete(subject)
      return findings.filter(finding => known.has(keyOf(finding)) && mayMend(finding, at))
    },
    forget: kind => void before.delete(kind),
  }
}
