import type { ContactReason } from './protocol.ts'

export interface ReasonNode {
  readonly value: string
  readonly label: string
  readonly children?: readonly ReasonNode[]
}

/** Contact reasons as the tree a cascade wants. A reason whose parent is missing stands at the top. */
export function toReasonTree(reasons: readonly ContactReason[]): readonly ReasonNode[] {
  const known = new Set(reasons.map(reason => reason.id))
  const childrenOf = (parent: string | null): readonly ReasonNode[] =>
    reasons
      .filter(
        reason => (reason.parent && known.has(reason.parent) ? reason.parent : null) === parent,
      )
      .toSorted((a, b) => a.sort - b.sort)
      .map(reason => {
        const children = childrenOf(reason.id)
        const node = { value: reason.id, label: reason.name }
        return children.length > 0 ? { ...node, children } : node
      })
  return childrenOf(null)
}

/** Names from the top down to this reason, or the bare id when it is not known. */
export function reasonPath(reasons: readonly ContactReason[], id: string): readonly string[] {
  const names: string[] = []
  let at = reasons.find(reason => reason.id === id)
  // A loop in the data would otherwise never end; six levels are more than any tree has.
  for (let depth = 0; at && depth < 6; depth += 1) {
    names.unshift(at.name)
    const parent: string | null = at.parent
    at = reasons.find(reason => reason.id === parent)
  }
  return names.length > 0 ? names : [id]
}
