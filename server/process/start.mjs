// `npm start [-- --demo]`: brings the packages in where they are missing, then becomes the server: same process, same pid.
// Plain JavaScript without packages, because there may be none yet.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const LOCK = `${root}package-lock.json`
const INSTALLED = `${root}node_modules/.package-lock.json`
const OLDEST_NODE = [20, 19]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(
    `Node ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.versions.node}.\n`,
  )
  process.exit(1)
}

if (packagesAreMissing()) {
  process.stdout.write('Installing packages (once; some minutes)…\n')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) {
    process.stderr.write(
      'The packages could not be installed: type "npm ci" and look at what it says.\n',
    )
    process.exit(1)
  }
}

const { compile, MAIN, PREPARE } = await import('./compile.mjs')
const placeOf = await compile(root)
// Where nothing can be written, each file goes through a loader.
if (!placeOf) (await import('tsx/esm/api')).register()
const load = entry => import(placeOf?.(entry) ?? new URL(entry, new URL('../../', import.meta.url)))
const { prepare } = await load(PREPARE)
const { main } = await load(MAIN)
if (prepare(root)) await main(process.argv.slice(2))

/** A lock file with a newer date (a fresh clone, another branch) counts only when it asks for something else. */
function packagesAreMissing() {
  if (!existsSync(INSTALLED)) return true
  if (statSync(INSTALLED).mtimeMs >= statSync(LOCK).mtimeMs) return false
  const wanted = JSON.parse(readFileSync(LOCK, 'utf8')).packages
  const installed = JSON.parse(readFileSync(INSTALLED, 'utf8')).packages
  return Object.entries(wanted).some(
    ([path, { version, optional, devOptional, peer }]) =>
      path !== '' && !optional && !devOptional && !peer && installed[path]?.version !== version,
  )
}
