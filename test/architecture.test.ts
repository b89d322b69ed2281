import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { ERRORS } from '../server/errors.ts'
import { LAYERS, LIBRARIES, TABLES, VALUES_OF_TYPES } from './fixtures/import-table.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = ['telephony', 'ivr-flows', 'asr-tts', 'integrations', 'server', 'agent-desktop/src']
const MAX_LINES = 300

const filesIn = (folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter(name => /\.(ts|mjs|vue)$/.test(name))
        .map(name => join(folder, name))
    : []
const sources = FOLDERS.flatMap(filesIn).map(path => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}))

interface Import {
  readonly path: string
  readonly target: string
  readonly isType: boolean
}

/** Of a line that begins with `import` or `export`, up to its `from`; and of calls of `import()`. */
const importsOf = ({ path, text }: { path: string; text: string }): Import[] => [
  ...[...text.matchAll(/^(?:import|export)\s(type\s)?[^;'"`]*?from\s'([^']+)'/gm)].map(match => ({
    path,
    target: match[2]!,
    isType: match[1] !== undefined,
  })),
  ...[...text.matchAll(/^import\s'([^']+)'|\bimport\('([^']+)'\)/gm)].map(match => ({
    path,
    target: (match[1] ?? match[2])!,
    isType: false,
  })),
]
const imports = sources.flatMap(importsOf)
const layersByLength = Object.keys(LAYERS).sort((a, b) => b.length - a.length)
const layerOf = (path: string) => layersByLength.find(layer => path.startsWith(layer))

t.test('imports follow the table', async t => {
  t.ok(imports.length > 500, `${imports.length} imports of ${sources.length} files`)
  for (const { path, target, isType } of imports) {
    if (!target.startsWith('.')) continue
    const to = normalize(join(dirname(path), target))
    const from = layerOf(path)
    if (from === undefined) {
      t.fail(`${path} stands in no layer`)
      continue
    }
    const { values, types = [] } = LAYERS[from]!
    const isAllowed =
      layerOf(to) === from ||
      values.some(beginning => to.startsWith(beginning)) ||
      (isType && types.some(beginning => to.startsWith(beginning))) ||
      VALUES_OF_TYPES.get(path) === to
    if (!isAllowed) t.fail(`${path} must not import ${isType ? 'types' : 'values'} of ${to}`)
  }
})

t.test('each library lives in its own place', async t => {
  for (const { path, target } of imports) {
    if (target.startsWith('.') || target.startsWith('node:')) continue
    const library = Object.keys(LIBRARIES).find(
      name => target === name || target.startsWith(name.endsWith('/') ? name : `${name}/`),
    )
    if (library === undefined) t.fail(`${path} imports ${target}, which is in no list`)
    else if (!LIBRARIES[library]!.some(place => path.startsWith(place)))
      t.fail(`${path} must not import ${target}`)
  }
  t.pass('all imports looked at')
})

t.test('no file is too long to read', async t => {
  for (const { path, text } of sources) {
    const lines = text.split('\n').length - 1
    if (lines > MAX_LINES && !TABLES.has(path)) t.fail(`${path} has ${lines} lines`)
  }
  t.pass(`${sources.length} files`)
})

/** The server, and each process that may run without one. */
const CONFIGURATIONS = ['server/config.ts', 'telephony/edge/config.ts']

t.test('the environment is read in one place', async t => {
  for (const { path, text } of sources)
    if (text.includes('process.env') && !CONFIGURATIONS.includes(path)) t.fail(`${path} reads it`)
  t.match(readFileSync(join(root, 'server/config.ts'), 'utf8'), 'process.env')
})

t.test('nothing is left for later', async t => {
  for (const { path, text } of sources)
    if (/\b(TODO|FIXME|XXX|HACK)\b/.test(text)) t.fail(`${path} has an unfinished thought`)
  t.pass('all files looked at')
})

t.test('codes of errors are those of the readme', async t => {
  const readme = existsSync(join(root, 'README.md'))
    ? readFileSync(join(root, 'README.md'), 'utf8')
    : ''
  const rows = [...readme.matchAll(/^\|\s*`([A-Z][A-Z_]+)`\s*\|\s*(\d{3})\s*\|/gm)]
  t.same(
    rows.map(([, code, status]) => `${code} ${status}`).sort(),
    Object.entries(ERRORS)
      .map(([code, [status]]) => `${code} ${status}`)
      .sort(),
  )
})
