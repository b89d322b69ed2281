// Gets a bare Debian machine with Node ready for the tests. Plain JavaScript: it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What shows that a package is installed → the package. */
const PACKAGES = {
  '/usr/bin/redis-server': 'redis-server',
  '/usr/bin/espeak-ng': 'espeak-ng',
  '/usr/lib/x86_64-linux-gnu/libpocketsphinx.so.3': 'libpocketsphinx3',
  '/usr/bin/sox': 'sox',
  '/usr/bin/ffmpeg': 'ffmpeg',
  '/usr/bin/sipp': 'sip-tester',
  '/usr/bin/baresip': 'baresip',
  '/usr/bin/chromium': 'chromium',
  '/usr/sbin/ip': 'iproute2',
  '/usr/bin/faketime': 'faketime',
  '/usr/lib/postgresql/15/bin/postgres': 'postgresql-15',
  '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc': 'fonts-noto-cjk',
}

/** Thrown with one sentence that says what to do. */
export class CannotSetUp extends Error {}

/** @param {string} root folder of the repository @param {(line: string) => void} say */
export function setUp(root, say) {
  installModules(root, say)
  installPackages(say)
  buildDesktop(root, say)
}

function run(command, args, root, env = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0)
    throw new CannotSetUp(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}${error ?? ''}`)
}

function installModules(root, say) {
  if (hasModules(root)) return
  say('Installing npm packages…')
  run('npm', ['ci', '--no-audit', '--no-fund'], root)
}

/** What npm wrote down at its last install agrees with the lock file. */
function hasModules(root) {
  const installedFile = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(installedFile)) return false
  const packagesOf = file => JSON.parse(readFileSync(file, 'utf8')).packages
  const installed = packagesOf(installedFile)
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, { version, optional, peer }]) =>
      path === '' || optional || peer || installed[path]?.version === version,
  )
}

function installPackages(say) {
  const missing = Object.entries(PACKAGES).flatMap(([file, name]) =>
    existsSync(file) ? [] : [name],
  )
  if (missing.length === 0) return
  const install = ['install', '-y', '--no-install-recommends', ...missing]
  if (process.getuid?.() !== 0)
    throw new CannotSetUp(
      `The tests need Debian packages that are missing; type: sudo apt-get ${install.join(' ')}`,
    )
  say(`Installing ${missing.join(' ')}…`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['update'], '/', env)
  run('apt-get', install, '/', env)
}

/** The scenarios open the desktop in a browser, as it is built from what lies here. */
function buildDesktop(root, say) {
  const built = join(root, 'agent-desktop/dist/index.html')
  const builtAt = existsSync(built) ? statSync(built).mtimeMs : 0
  const sources = ['agent-desktop', 'server/desktop', 'server/api', 'package-lock.json']
  if (sources.every(path => newestIn(join(root, path)) < builtAt)) return
  say('Building the desktop…')
  run(
    process.execPath,
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'agent-desktop'],
    root,
  )
}

function newestIn(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(
    0,
    ...readdirSync(path)
      .filter(name => name !== 'dist' && name !== 'node_modules')
      .map(name => newestIn(join(path, name))),
  )
}
