// What must be there before the server starts: programs of the system, and the desktop's files.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig, WrongConfiguration, type Config } from '../config.ts'

interface Program {
  readonly name: string
  readonly debianPackage: string
  readonly needed: boolean
  /** What is missing without it. */
  readonly without: string
}

const APT_MS = 600_000
const BUILD_MS = 300_000

/** False when something that can't be done without is missing; it has been said then. */
export function prepare(root: string): boolean {
  const config = configured()
  if (!config) return false
  const missing = programsOf(config).filter(({ name }) => !isThere(name))
  if (missing.length > 0 && process.getuid?.() === 0) install(missing)
  const still = missing.filter(({ name }) => !isThere(name))
  for (const { name, debianPackage, without } of still) {
    process.stderr.write(
      `${name} is missing (${without}): type "apt-get install ${debianPackage}" as root.\n`,
    )
  }
  if (still.some(({ needed }) => needed)) {
    process.exitCode = 1
    return false
  }
  buildDesktop(root)
  return true
}

function configured(): Config | undefined {
  try {
    return readConfig()
  } catch (error) {
    if (!(error instanceof WrongConfiguration)) throw error
    for (const problem of error.problems) process.stderr.write(`${problem}\n`)
    process.exitCode = 2
    return undefined
  }
}

const programsOf = ({ redisUrl }: Config): Program[] => [
  ...(redisUrl
    ? []
    : [
        {
          name: 'redis-server',
          debianPackage: 'redis-server',
          needed: true,
          without: 'or set REDIS_URL to one that runs',
        },
      ]),
  {
    name: 'espeak-ng',
    debianPackage: 'espeak-ng',
    needed: false,
    without: 'callers hear no announcements',
  },
  {
    name: 'libpocketsphinx.so.3',
    debianPackage: 'libpocketsphinx3',
    needed: false,
    without: 'the local recogniser understands nothing',
  },
  { name: 'sox', debianPackage: 'sox', needed: false, without: 'prompts have no effects' },
  {
    name: 'ffmpeg',
    debianPackage: 'ffmpeg',
    needed: false,
    without: 'prompts have no background and no MP3',
  },
]

/** Each of them ends with or without knowing this option; only a program that is not there can't be started. */
/** A program answers; a library is known to the linker (ldconfig(8)). */
const isThere = (name: string) =>
  name.includes('.so.')
    ? spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).stdout?.includes(name) === true
    : spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined

function install(programs: readonly Program[]): void {
  process.stdout.write(`Installing ${programs.map(({ name }) => name).join(', ')}…\n`)
  const apt = (...words: string[]) =>
    // Run level 1: the package's own service is not started (invoke-rc.d(8)).
    spawnSync('env', ['RUNLEVEL=1', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: APT_MS,
    }).status
  const packages = programs.map(({ debianPackage }) => debianPackage)
  if (apt('install', '-y', '--no-install-recommends', ...packages) === 0) return
  apt('update')
  apt('install', '-y', '--no-install-recommends', ...packages)
}

function buildDesktop(root: string): void {
  const folder = join(root, 'agent-desktop')
  const dist = join(folder, 'dist')
  if (!existsSync(join(folder, 'index.html'))) return
  const builtAt = newest(join(dist, 'index.html'))
  const sources = ['src', 'public', 'index.html', 'vite.config.ts'].map(name => join(folder, name))
  // The desktop imports the words of the push protocol from the server.
  if (Math.max(...[...sources, join(root, 'server/desktop/protocol.ts')].map(newest)) <= builtAt)
    return
  process.stdout.write('Building the desktop…\n')
  // Built aside and put in place whole, so that a server that runs never serves half of it.
  const fresh = `dist.${process.pid}`
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vite/bin/vite.js'),
      'build',
      folder,
      '--outDir',
      fresh,
      '--emptyOutDir',
      '--logLevel',
      'error',
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], timeout: BUILD_MS },
  )
  if (status === 0) {
    const old = `${dist}.old.${process.pid}`
    if (existsSync(dist)) renameSync(dist, old)
    renameSync(join(folder, fresh), dist)
    rmSync(old, { recursive: true, force: true })
    return
  }
  rmSync(join(folder, fresh), { recursive: true, force: true })
  process.stderr.write(
    'The desktop could not be built: type "npm run build" and look at what it says. Calls work all the same.\n',
  )
}

/** Epoch ms of the newest file at or below a path; 0 when there is none. */
function newest(path: string): number {
  if (!existsSync(path)) return 0
  const { mtimeMs } = statSync(path)
  if (!statSync(path).isDirectory()) return mtimeMs
  return Math.max(0, ...readdirSync(path).map(name => newest(join(path, name))))
}
