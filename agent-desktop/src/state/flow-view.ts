// A flow's nodes in the order a caller may meet them, with their ways out: for people who read, not for running.

export interface FlowNodeView {
  readonly name: string
  readonly kind: string
  readonly says: readonly string[]
  /** Way out: what leads there, and to which node. */
  readonly exits: readonly { readonly when: string; readonly next: string }[]
  /** No node leads here. */
  readonly unreachable: boolean
}

type Json = Readonly<Record<string, unknown>>
const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

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
]

function exitsOf(node: Json): FlowNodeView['exits'] {
  const plain = EXIT_FIELDS.flatMap(field => {
    const next = node[field]
    return typeof next === 'string' ? [{ when: field, next }] : []
  })
  const choices = isJson(node['choices'])
    ? Object.entries(node['choices']).map(([digit, next]) => ({ when: digit, next: String(next) }))
    : []
  const cases = Array.isArray(node['cases'])
    ? node['cases'].filter(isJson).map(one => ({
        when: `= ${String(one['equals'] ?? one['matches'] ?? '')}`,
        next: String(one['next']),
      }))
    : []
  return [...choices, ...cases, ...plain]
}

function saysOf(node: Json): readonly string[] {
  const prompts = Array.isArray(node['prompt']) ? node['prompt'] : [node['prompt']]
  return prompts.filter(isJson).map(prompt => String(prompt['say'] ?? prompt['file'] ?? ''))
}

/** Nodes breadth first from the start; the ones nobody reaches come last. */
export function toFlowView(flow: unknown): readonly FlowNodeView[] {
  if (!isJson(flow) || !isJson(flow['nodes'])) return []
  const nodes = flow['nodes']
  const order: string[] = []
  const waiting = [String(flow['start'] ?? '')]
  while (waiting.length > 0 && order.length <= Object.keys(nodes).length) {
    const name = waiting.shift()
    if (name === undefined || order.includes(name)) continue
    const node = nodes[name]
    if (!isJson(node)) continue
    order.push(name)
    waiting.push(...exitsOf(node).map(exit => exit.next))
  }
  const lost = Object.keys(nodes).filter(name => !order.includes(name))
  return [...order, ...lost].flatMap(name => {
    const node = nodes[name]
    return isJson(node)
      ? [
          {
            name,
            kind: String(node['kind'] ?? ''),
            says: saysOf(node),
            exits: exitsOf(node),
            unreachable: lost.includes(name),
          },
        ]
      : []
  })
}
