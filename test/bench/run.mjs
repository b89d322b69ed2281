// npm run bench -- <name>: a table for people and, as the last line, one JSON object with the figures, commit and machine.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { register } from 'tsx/esm/api'

const folder = new URL('.', import.meta.url)
const names = readdirSync(folder)
  .filter(file => file.endsWith('.ts') && file !== 'figures.ts')
  .map(file => file.slice(0, -3))
const [name, ...rest] = process.argv.slice(2)
if (!name || !existsSync(new URL(`./${name}.ts`, folder))) {
  console.error(`Say which: npm run bench -- ${names.join(' | ')}`)
  process.exit(2)
}
register()
// What a bench has started is ended by its own listener to `exit`.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))
const { run } = await import(`./${name}.ts`)
const git = (...words) => execFileSync('git', words, { encoding: 'utf8' }).trim()
const startedAt = new Date().toISOString()
const loadAverage = loadavg().map(load => +load.toFixed(2))
console.log(`Load average at start: ${loadAverage.join(', ')}`)
const figures = await run(rest)
const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
}
console.log(
  JSON.stringify({
    bench: name,
    startedAt,
    commit: git('rev-parse', '--short', 'HEAD'),
    machine,
    loadAverage,
    ...figures,
  }),
)
process.exit(0)
