import type { NodeOf } from '../node.ts'
import { leave, type NodeStep } from '../standing.ts'

// A pattern never sees more than this, however long the variable is.
const MAX_MATCHED_LENGTH = 200

/** Never waits: the first case that fits the variable decides. A variable that is not set is empty. */
export function passBranch(
  node: NodeOf<'branch'>,
  variables: Readonly<Record<string, string>>,
): NodeStep {
  const value = Object.hasOwn(variables, node.variable) ? (variables[node.variable] ?? '') : ''
  const fitting = node.cases.find(({ equals, matches }) => {
    if (equals !== undefined && equals !== value) return false
    if (matches !== undefined && !toPattern(matches).test(value.slice(0, MAX_MATCHED_LENGTH)))
      return false
    return equals !== undefined || matches !== undefined
  })
  return leave(fitting?.next ?? node.otherwise)
}

/** A case's pattern fits the whole value, never a part of it. */
export const toPattern = (matches: string) => new RegExp(`^(?:${matches})$`, 'u')
