// What a flow must be as a whole: every way leads somewhere, every node is needed, nobody goes round for ever.
import type { Flow, Node } from './node.ts'
import { toPattern } from './nodes/branch.ts'
import { problem, type Problem } from './problem.ts'
import { type Way, waysOf } from './way.ts'

const WHOLE = '(flow)'

/** Everything that is wrong with a flow whose form is right. */
export function checkFlow(flow: Flow): Problem[] {
  const nodes = new Map(Object.entries(flow.nodes))
  const broken = [...nodes].flatMap(([name, node]) => [
    ...checkWays(name, node, nodes),
    ...checkFields(name, node),
  ])
  const lane = flow.fastLane?.next
  if (lane !== undefined && !nodes.has(lane))
    broken.push(problem(WHOLE, 'NEXT_UNKNOWN', 'fastLane.next', lane))
  if (!nodes.has(flow.start)) return [problem(WHOLE, 'START_UNKNOWN', flow.start), ...broken]
  return [
    ...broken,
    ...checkReach(lane === undefined ? [flow.start] : [flow.start, lane], nodes),
    ...checkLoops(nodes),
  ]
}

const checkWays = (name: string, node: Node, nodes: ReadonlyMap<string, Node>) =>
  waysOf(node)
    .filter(way => !nodes.has(way.to))
    .map(way => problem(name, 'NEXT_UNKNOWN', way.from, way.to))

function checkFields(name: string, node: Node): Problem[] {
  switch (node.kind) {
    case 'menu':
      return Object.keys(node.choices).length === 0 ? [problem(name, 'NO_CHOICES', 'choices')] : []
    case 'rate':
      return Object.keys(node.scores).length === 0 ? [problem(name, 'NO_CHOICES', 'scores')] : []
    case 'gather':
      return node.minDigits > node.maxDigits
        ? [problem(name, 'DIGITS_CONTRADICT', String(node.minDigits), String(node.maxDigits))]
        : []
    case 'intent':
      return checkPhrases(name, node.intents)
    case 'listen':
      if (node.minDigits > node.maxDigits)
        return [problem(name, 'DIGITS_CONTRADICT', String(node.minDigits), String(node.maxDigits))]
      // What is said back is kept as a prompt, by its words.
      if (node.confidential && node.confirm) return [problem(name, 'CONFIDENTIAL_SAID_BACK')]
      return node.what === 'phrases' && node.phrases.length === 0
        ? [problem(name, 'NO_PHRASES')]
        : checkPhrases(name, node.phrases)
    case 'voicemail':
      return node.minMs > node.maxMs
        ? [problem(name, 'LIMITS_CONTRADICT', String(node.minMs), String(node.maxMs))]
        : []
    case 'branch':
      return node.cases.flatMap((one, index) => checkCase(name, one, String(index + 1)))
    default:
      return []
  }
}

/** What means two things means nothing. */
function checkPhrases(
  node: string,
  all: readonly { readonly id: string; readonly phrases: readonly string[] }[],
): Problem[] {
  const twice = (values: readonly string[]) => [
    ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
  ]
  return [...twice(all.map(({ id }) => id)), ...twice(all.flatMap(({ phrases }) => phrases))].map(
    one => problem(node, 'PHRASE_TWICE', one),
  )
}

// A repetition inside a repeated group, such as (a+)+, takes exponential time on a value that does not fit.
const NESTED_REPETITION = /[*+}]\??[^()]*\)[*+{]/

function checkCase(
  node: string,
  one: { readonly equals?: string | undefined; readonly matches?: string | undefined },
  at: string,
): Problem[] {
  if (one.matches === undefined) {
    return one.equals === undefined ? [problem(node, 'CASE_EMPTY', at)] : []
  }
  if (NESTED_REPETITION.test(one.matches)) return [problem(node, 'REGEX_SLOW', at, one.matches)]
  try {
    toPattern(one.matches)
    return []
  } catch (error) {
    if (error instanceof SyntaxError) return [problem(node, 'REGEX_BROKEN', at, one.matches)]
    throw error
  }
}

function checkReach(starts: readonly string[], nodes: ReadonlyMap<string, Node>): Problem[] {
  const reached = reachedFrom(starts, name => neighbours(nodes, name))
  const ends = [...nodes]
    .filter(([, { kind }]) => kind === 'hangup' || kind === 'queue' || kind === 'transfer')
    .map(([name]) => name)
  const before = new Map<string, string[]>()
  for (const name of nodes.keys()) {
    for (const to of neighbours(nodes, name)) before.set(to, [...(before.get(to) ?? []), name])
  }
  const ending = reachedFrom(ends, name => before.get(name) ?? [])
  return [...nodes.keys()].flatMap(name => {
    if (!reached.has(name)) return [problem(name, 'UNREACHABLE')]
    return ending.has(name) ? [] : [problem(name, 'NO_END')]
  })
}

function checkLoops(nodes: ReadonlyMap<string, Node>): Problem[] {
  const passing = new Map(
    [...nodes].filter(([, { kind }]) => kind === 'hours' || kind === 'branch'),
  )
  const endless = findLoop(passing, () => true)
  if (endless) return [problem(endless[0], 'ENDLESS_LOOP', drawn(endless))]
  const silent = findLoop(nodes, way => way.silent)
  return silent ? [problem(silent[0], 'SILENT_LOOP', drawn(silent))] : []
}

type Loop = readonly [string, ...string[]]
const drawn = (loop: Loop) => [...loop, loop[0]].join(' → ')

/** The first loop that uses only such ways, in order, or nothing. */
function findLoop(nodes: ReadonlyMap<string, Node>, may: (way: Way) => boolean): Loop | undefined {
  const done = new Set<string>()
  const search = (name: string, path: readonly string[]): Loop | undefined => {
    const seenAt = path.indexOf(name)
    if (seenAt >= 0) return [name, ...path.slice(seenAt + 1)]
    const node = nodes.get(name)
    if (node === undefined || done.has(name)) return undefined
    for (const way of waysOf(node).filter(may)) {
      const loop = search(way.to, [...path, name])
      if (loop) return loop
    }
    done.add(name)
    return undefined
  }
  for (const name of nodes.keys()) {
    const loop = search(name, [])
    if (loop) return loop
  }
  return undefined
}

const neighbours = (nodes: ReadonlyMap<string, Node>, name: string): string[] => {
  const node = nodes.get(name)
  return node ? waysOf(node).map(way => way.to) : []
}

function reachedFrom(
  starts: readonly string[],
  next: (name: string) => readonly string[],
): Set<string> {
  const reached = new Set(starts)
  for (const name of reached) for (const to of next(name)) reached.add(to)
  return reached
}
