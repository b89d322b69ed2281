// The server's own sources as a few files of plain JavaScript, made at each start in a fraction of a second. Sent through a loader one by
// one, the same sources and the packages behind them take seconds, and callers wait for a server that starts again.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const PREPARE = 'server/process/prepare.ts'
export const MAIN = 'server/main.ts'

const KEPT_MS = 24 * 3600_000
const CANNOT_WRITE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC'])

/**
 * Compiles what the process becomes; packages stay where they are.
 * @param {string} root of the repository
 * @returns {Promise<((entry: string) => string) | undefined>} where each one is; undefined where nothing can be written
 */
export async function compile(root) {
  const { build } = await import('esbuild')
  const cache = join(root, 'node_modules/.cache/hotline')
  const { outputFiles } = await build({
    entryPoints: [PREPARE, MAIN].map(entry => join(root, entry)),
    entryNames: '[name]',
    outdir: cache,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    sourcesContent: false,
    write: false,
    logLevel: 'error',
    plugins: [placesOfSources],
  })
  const hash = createHash('sha256')
  for (const { path, contents } of outputFiles) hash.update(path).update(contents)
  const folder = join(cache, hash.digest('hex').slice(0, 16))
  try {
    if (!existsSync(folder)) write(folder, outputFiles)
  } catch (error) {
    if (CANNOT_WRITE.has(error.code)) return undefined
    throw error
  }
  forget(cache, folder)
  process.setSourceMapsEnabled(true)
  return entry => pathToFileURL(join(folder, basename(entry).replace(/\.ts$/, '.mjs'))).href
}

/** A file that is found beside a source is found beside the source, wherever the source was compiled to. */
const placesOfSources = {
  name: 'places of sources',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: 'ts',
    }))
  },
}

/** Whole or not at all: two servers may start at once. */
function write(folder, files) {
  const fresh = `${folder}.${process.pid}`
  mkdirSync(fresh, { recursive: true })
  for (const { path, contents } of files) writeFileSync(join(fresh, basename(path)), contents)
  try {
    renameSync(fresh, folder)
  } catch (error) {
    rmSync(fresh, { recursive: true })
    if (!existsSync(folder)) throw error
  }
}

/** Other releases of long ago. Whoever may not tidy up leaves it to somebody who may. */
function forget(cache, current) {
  for (const name of readdirSync(cache)) {
    const folder = join(cache, name)
    const { mtimeMs = Infinity } = statSync(folder, { throwIfNoEntry: false }) ?? {}
    if (folder === current || Date.now() - mtimeMs < KEPT_MS) continue
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      if (!CANNOT_WRITE.has(error.code)) throw error
    }
  }
}

// By `npm run build`, for a server that may not write where its packages are.
if (process.argv[1] === fileURLToPath(import.meta.url))
  await compile(fileURLToPath(new URL('../../', import.meta.url)))
