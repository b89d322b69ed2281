// Dashboard and alert rules name only figures that the server really serves, with the labels it really gives.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createMetrics } from '../../server/api/metrics.ts'
import { addOperationMetrics } from '../../server/api/metric-operations.ts'
import type { Fact } from '../../server/ledger/fact.ts'
import { createMemoryControl } from '../fixtures/site/control.ts'
import { abandonedCall, wholeCall } from '../fixtures/facts.ts'

const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url)), 'utf8')

/** What `/metrics` serves once calls have been made: names and their labels. */
async function served(): Promise<Map<string, Set<string>>> {
  const metrics = createMetrics({
    control: createMemoryControl(),
    desktopCount: () => 0,
    drainLag: async () => 0,
    switchRestarts: () => 0,
    repairs: () => ({ 'stray-leg': 1 }),
  })
  addOperationMetrics(metrics.registry, {
    openLevels: () => [],
    messages: async () => ({ waiting: 0, dead: 0 }),
    phonesRegistered: () => 0,
    diskFreeBytes: async () => 1,
    networkBytes: async () => ({ inBytes: 1, outBytes: 1 }),
    lastBackupAt: async () => undefined,
    edge: () => ({ isUp: true, restarts: 0 }),
  })
  metrics.onRequest('/', 'GET', 200, 0.1)
  metrics.onReconnect('node')
  for (const fact of [...wholeCall('a', 0), ...abandonedCall('b', 0)]) metrics.onFact(fact)
  const found = new Map<string, Set<string>>()
  for (const { name, type, values } of await metrics.registry.getMetricsAsJSON()) {
    const labels = new Set(values.flatMap(({ labels }) => Object.keys(labels ?? {})))
    const names =
      type.toString() === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
    for (const one of names) found.set(one, labels)
  }
  // Names alone say what labels a figure may carry; those nobody has counted yet have none here.
  for (const line of (await metrics.read()).text.split('\n')) {
    const [, name] = /^# TYPE (\S+) /.exec(line) ?? []
    if (name && !found.has(name)) found.set(name, new Set())
  }
  return found
}

const expressions = (): string[] => [
  ...(
    JSON.parse(read('grafana/hotline.json')).panels as { targets?: { expr: string }[] }[]
  ).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...[...read('prometheus/alerts.yml').matchAll(/^ +expr: '(.*)'$/gm)].map(([, expr]) => expr!),
]

t.test('every name stands in /metrics', async t => {
  const names = await served()
  const all = expressions()
  t.ok(all.length > 50, `${all.length} expressions`)
  for (const expression of all) {
    const used = [...expression.matchAll(/\bhotline_[a-z0-9_]+/g)].map(([name]) => name)
    t.ok(used.length > 0 || expression.startsWith('up{'), expression)
    for (const name of used) t.ok(names.has(name), `${name} of ${expression}`)
  }
})

t.test('every label of ours stands on its figure', async t => {
  const names = await served()
  const OF_PROMETHEUS = new Set(['instance', 'job', 'le'])
  for (const expression of expressions())
    for (const [, name, inner] of expression.matchAll(/\b(hotline_[a-z0-9_]+)\{([^}]*)\}/g))
      for (const [, label] of inner!.matchAll(/([a-z_]+)\s*(?:=~|!=|=)/g)) {
        const labels = names.get(name!) ?? new Set()
        t.ok(
          OF_PROMETHEUS.has(label!) || labels.has(label!) || labels.size === 0,
          `${label} of ${name}`,
        )
      }
})

t.test('rules are whole: a name, a time, a severity, words', async t => {
  const text = read('prometheus/alerts.yml')
  const count = (pattern: RegExp) => [...text.matchAll(pattern)].length
  const rules = count(/^ {6}- alert: Hotline\w+$/gm)
  t.ok(rules > 15)
  t.equal(count(/^ {8}for: \d+[sm]$/gm), rules)
  t.equal(count(/^ {10}severity: (warning|critical)$/gm), rules)
  t.equal(count(/^ {10}summary: \S+/gm), rules)
})

t.test('facts are counted once and in the right place', async t => {
  const metrics = createMetrics({
    control: createMemoryControl(),
    desktopCount: () => 0,
    drainLag: async () => 0,
    switchRestarts: () => 0,
    repairs: () => ({ 'stray-leg': 1 }),
  })
  const facts: readonly Fact[] = [...wholeCall('a', 0), ...abandonedCall('b', 0)]
  for (const fact of facts) metrics.onFact(fact)
  const { text } = await metrics.read()
  t.match(text, 'hotline_calls_began_total{direction="inbound"} 2')
  t.match(text, 'hotline_calls_ended_total{result="answered"} 1')
  t.match(text, 'hotline_queue_left_total{queue="consult",outcome="answered"} 1')
  t.match(text, 'hotline_dispatch_seconds_count 1')
})
