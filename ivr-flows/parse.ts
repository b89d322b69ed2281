import { checkFlow } from './check.ts'
import { type Flow, flowSchema } from './node.ts'
import type { Problem } from './problem.ts'
import { toProblems } from './schema-problem.ts'

/** A flow from outside: the flow, or everything that is wrong with it. */
export function parseFlow(
  json: unknown,
): { readonly flow: Flow } | { readonly problems: readonly Problem[] } {
  const parsed = flowSchema.safeParse(json)
  if (!parsed.success) return { problems: toProblems(parsed.error.issues, json, '(flow)') }
  const problems = checkFlow(parsed.data)
  return problems.length === 0 ? { flow: parsed.data } : { problems }
}
