// Who sees personal data whole. The one policy for records, timelines, exports, SIP texts, pushes and the audit (N-5). Pure.
import type { Role } from '../desktop/protocol.ts'

export type Sight = 'whole' | 'masked'

export interface SightRules {
  readonly maskForSupervisors: boolean
  readonly maskForAdministrators: boolean
}
export interface Viewer {
  readonly roles: readonly Role[]
  readonly agentId?: string
}

/** Of everything: whoever has several roles sees what the most open of them may see. */
export function sightOf({ roles }: Viewer, rules: SightRules): Sight {
  const isOpen =
    (roles.includes('administrator') && !rules.maskForAdministrators) ||
    (roles.includes('supervisor') && !rules.maskForSupervisors)
  return isOpen ? 'whole' : 'masked'
}

/** Of one call. Agents need the numbers of their own callers, and of those who reached nobody and are to be called back. */
export function sightOfCall(
  viewer: Viewer,
  rules: SightRules,
  call: { readonly agent: string | null },
): Sight {
  if (!viewer.roles.includes('agent')) return sightOf(viewer, rules)
  const isOwn = viewer.agentId !== undefined && (call.agent ?? viewer.agentId) === viewer.agentId
  return isOwn ? 'whole' : sightOf(viewer, rules)
}
