// What zod has to say, in plain words.
import type { z } from 'zod'
import { problem, type Problem, type ProblemCode } from './problem.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** Every fault of form in `json`. `whole` names what has no node, such as `(flow)`. */
export const toProblems = (issues: readonly Issue[], json: unknown, whole: string): Problem[] =>
  issues
    .flatMap(issue => plain(issue, []))
    .map(({ issue, path }) => describe(issue, path, json, whole))

/** Of a union's failed alternatives only the one that was most probably meant. */
function plain(issue: Issue, above: Path): { issue: Issue; path: Path }[] {
  const path = [...above, ...issue.path]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }]
  const alternatives = issue.errors.map(errors => errors.flatMap(inner => plain(inner, path)))
  const [likely] = alternatives.sort((a, b) => doubt(a, path) - doubt(b, path))
  return likely ?? []
}

const doubt = (faults: { issue: Issue; path: Path }[], root: Path) =>
  faults.reduce(
    (sum, { issue, path }) =>
      sum + 1 + (issue.code === 'invalid_type' && path.length === root.length ? 100 : 0),
    0,
  )

function describe(issue: Issue, path: Path, json: unknown, whole: string): Problem {
  const [top, name, ...rest] = path
  const inNode = top === 'nodes' && name !== undefined
  const node = inNode ? String(name) : whole
  const inside = inNode ? rest : path
  const field = inside.map(String).join('.')
  switch (issue.code) {
    case 'unrecognized_keys':
      return problem(
        node,
        'FIELD_UNKNOWN',
        issue.keys.map(key => [...inside, key].join('.')).join(', '),
      )
    case 'invalid_key':
      return field === ''
        ? problem(node, 'NODE_NAME_MALFORMED', node)
        : problem(node, 'DIGIT_MALFORMED', String(inside.at(-1)), inside.slice(0, -1).join('.'))
    case 'invalid_union': {
      const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : []
      const kind = valueAt(json, path)
      return kind === undefined
        ? problem(node, 'FIELD_MISSING', field)
        : problem(node, 'KIND_UNKNOWN', String(kind), options.join(', '))
    }
    case 'invalid_type':
      if (field === '') return problem(node, 'NOT_AN_OBJECT')
      return valueAt(json, path) === undefined
        ? problem(node, 'FIELD_MISSING', field)
        : problem(node, 'FIELD_WRONG_TYPE', field, issue.expected)
    case 'too_small':
      return problem(node, rangeCode(issue.origin), field, `≥ ${issue.minimum}`)
    case 'too_big':
      return problem(node, rangeCode(issue.origin), field, `≤ ${issue.maximum}`)
    case 'invalid_value':
      return problem(node, 'FIELD_MALFORMED', field, issue.values.map(String).join(' | '))
    case 'invalid_format':
      return problem(node, 'FIELD_MALFORMED', field, issue.pattern ?? issue.message)
    default:
      return problem(node, 'FIELD_MALFORMED', field, issue.message)
  }
}

const rangeCode = (origin: string): ProblemCode =>
  origin === 'string' ? 'FIELD_LENGTH' : origin === 'array' ? 'FIELD_COUNT' : 'FIELD_OUT_OF_RANGE'

function valueAt(json: unknown, path: Path): unknown {
  let value = json
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = Reflect.get(value, key)
  }
  return value
}
