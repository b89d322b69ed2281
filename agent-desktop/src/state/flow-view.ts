// A flow's nodes in the order a caller may meet them, with their ways out: for people who read, not for running.

export interface FlowNodeView {
  readonly name: string
  readonly kind: string
  readonly says: readonly string[]
  /** Way out: what leads there, and to which node. */
  readonly exits: readonly { readonly when: string; readonly next: string }[]
  /** What it listens for, where it hears speech: `intent`, or what a `listen` node wants. */
  readonly hears?: string
  /** No node leads here. */
  readonly unreachable: boolean
}

type Json = Readonly<Record<string, unknown>>
const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Who has trouble goes to a person: when, and to which node. */
export interface FastLaneView {
  readonly next: string
  readonly failures: number
  readonly slowDigitsMs: number
  readonly elders: boolean
}
export function toFastLane(flow: unknown): FastLaneView | null {
  if (!isJson(flow) || !isJson(flow['fastLane'])) return null
  const { next, failures = 2, slowDigitsMs = 2500, elders = true } = flow['fastLane']
  return {
    next: String(next),
    failures: Number(failures),
    slowDigitsMs: Number(slowDigitsMs),
    elders: elders === true,
  }
}

const EXIT_FIELDS = [
  'next',
  'open',
  'closed',
  'holiday',
  'otherwise',
  'full',
  'timedOut',
  'noAgents',
  'askedForMessage',
  'afterTalk',
  'failed',
]
/** So many ways of saying it are shown; the rest stand in the text. */
const SHOWN_PHRASES = 3

function exitsOf(node: Json): FlowNodeView['exits'] {
  const plain = EXIT_FIELDS.flatMap(field => {
    const next = node[field]
    return typeof next === 'string' ? [{ when: field, next }] : []
  })
  const intents = listOf(node['intents']).map(one => ({
    when: phrasesOf(one).join(' '),
    next: String(one['next']),
  }))
  // Keys of a `listen` node are values, not ways out.
  const hasChoices = node['kind'] !== 'listen' && isJson(node['choices'])
  const choices = hasChoices
    ? Object.entries(node['choices'] as Json).map(([digit, next]) => ({
        when: digit,
        next: String(next),
      }))
    : []
  const cases = listOf(node['cases']).map(one => ({
    when: `= ${String(one['equals'] ?? one['matches'] ?? '')}`,
    next: String(one['next']),
  }))
  return [...intents, ...choices, ...cases, ...plain]
}

const listOf = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isJson) : []
function phrasesOf(intent: Json): readonly string[] {
  const all = Array.isArray(intent['phrases']) ? intent['phrases'].map(String) : []
  const shown = all.slice(0, SHOWN_PHRASES).map(words => `“${words}”`)
  return all.length > SHOWN_PHRASES ? [...shown, `+${all.length - SHOWN_PHRASES}`] : shown
}
/** What it wants to hear; nothing for nodes that hear keys only. */
const hearsOf = (node: Json): string | undefined =>
  node['kind'] === 'intent'
    ? 'intent'
    : node['kind'] === 'listen'
      ? String(node['what'])
      : undefined

function saysOf(node: Json): readonly string[] {
  const { prompt, confirm } = node
  const prompts = [prompt, isJson(confirm) ? confirm['prompt'] : undefined].flat()
  return prompts.filter(isJson).map(prompt => String(prompt['say'] ?? prompt['file'] ?? ''))
}

/** Nodes breadth first from the start; the ones nobody reaches come last. */
export function toFlowView(flow: unknown): readonly FlowNodeView[] {
  if (!isJson(flow) || !isJson(flow['nodes'])) return []
  const nodes = flow['nodes']
  const order: string[] = []
  const visit = (from: string): void => {
    const waiting = [from]
    while (waiting.length > 0) {
      const name = waiting.shift()
      if (name === undefined || order.includes(name)) continue
      const node = nodes[name]
      if (!isJson(node)) continue
      order.push(name)
      waiting.push(...exitsOf(node).map(exit => exit.next))
    }
  }
  visit(String(flow['start'] ?? ''))
  visit(toFastLane(flow)?.next ?? '')
  const lost = Object.keys(nodes).filter(name => !order.includes(name))
  return [...order, ...lost].flatMap(name => {
    const node = nodes[name]
    const hears = isJson(node) ? hearsOf(node) : undefined
    return isJson(node)
      ? [
          {
            name,
            kind: String(node['kind'] ?? ''),
            says: saysOf(node),
            exits: exitsOf(node),
            ...(hears !== undefined && { hears }),
            unreachable: lost.includes(name),
          },
        ]
      : []
  })
}
