// Files without which a restored site is another one: its certificate and key, the switch's password.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'

/** Below the data folder. */
const KEPT = ['tls/cert.pem', 'tls/key.pem', 'esl-password']
const keysSchema = z.record(z.string(), z.string())

/** JSON: content in base64 by path. What a site does not have is left out. */
export async function readKeys(dataDir: string, others: readonly string[] = []): Promise<string> {
  const keys: Record<string, string> = {}
  for (const path of KEPT) {
    const content = await readFile(join(dataDir, path)).catch(() => undefined)
    if (content) keys[path] = content.toString('base64')
  }
  // A certificate of the operator's own lies elsewhere; it comes back beside the data.
  for (const path of others) {
    const name = `tls/own-${path.split('/').at(-1) ?? 'file'}`
    const content = await readFile(path).catch(() => undefined)
    if (content) keys[name] = content.toString('base64')
  }
  return JSON.stringify(keys)
}

export async function writeKeys(dataDir: string, json: string): Promise<readonly string[]> {
  const keys = keysSchema.parse(JSON.parse(json))
  for (const [path, content] of Object.entries(keys)) {
    if (path.split('/').includes('..') || path.startsWith('/'))
      throw new Error('the backup names a file outside of the data folder')
    const to = join(dataDir, path)
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    await writeFile(to, Buffer.from(content, 'base64'), { mode: 0o600 })
  }
  return Object.keys(keys)
}
