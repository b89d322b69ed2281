// Whether a model can be used, found out in a process of its own.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { PocketsphinxModel } from './pocketsphinx-model.ts'

const TRIAL_MS = 60_000
const KEPT_CHARACTERS = 4000

/** What is wrong with the model, in a sentence; undefined when it works. */
export function tryModel({ acoustic, dictionary }: PocketsphinxModel): Promise<string | undefined> {
  const script = fileURLToPath(new URL('./pocketsphinx-check.mjs', import.meta.url))
  return new Promise(resolve => {
    const child = spawn(process.execPath, [script, acoustic, dictionary], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: TRIAL_MS,
      killSignal: 'SIGKILL',
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-KEPT_CHARACTERS)
    })
    child.on('error', ({ message }) => resolve(`the model could not be tried: ${message}`))
    child.on('close', (code, signal) =>
      resolve(
        code === 0
          ? undefined
          : (complaintIn(said) ?? `the model ends its process (${signal ?? code})`),
      ),
    )
  })
}

/** The last thing it complains of, as `ERROR: "bin_mdef.c", line 352: Failed to …`. */
export function complaintIn(log: string): string | undefined {
  const complaints = [
    ...log.matchAll(
      /^(?:ERROR|FATAL|SYSTEM_ERROR|FATAL_ERROR):?\s*(?:"[^"]*", line \d+: )?(.+)$/gm,
    ),
  ]
  return complaints.at(-1)?.[1]?.trim()
}
