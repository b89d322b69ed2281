// Whether a model can be used, found out in a process of its own: native libraries end their process over a file that is damaged.
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const TRIAL_MS = 60_000
const KEPT_CHARACTERS = 4000

/** What is wrong, in a sentence; undefined when the script ends well. @param script plain JavaScript that loads the model */
export function tryInProcess(script: URL, args: readonly string[]): Promise<string | undefined> {
  return new Promise(resolve => {
    const child: ChildProcess = spawn(process.execPath, [fileURLToPath(script), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: TRIAL_MS,
      killSignal: 'SIGKILL',
    })
    let said = ''
    child.on('error', ({ message }) => resolve(`the model could not be tried: ${message}`))
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-KEPT_CHARACTERS)
    })
    child.on('close', (code, signal) =>
      resolve(
        code === 0
          ? undefined
          : (complaintIn(said) ?? `the model ends its process (${signal ?? code})`),
      ),
    )
  })
}

/** What the library complains of, as `ERROR: "bin_mdef.c", line 352: Failed to …`, goes before what we say of it. */
export function complaintIn(log: string): string | undefined {
  const complaints = [
    ...log.matchAll(/^(?:[A-Z_]*ERROR|FATAL):?\s*("[^"]*", line \d+: )?(.+)$/gm),
  ].map(([, place, text = '']) => ({ isOfLibrary: place !== undefined, text: text.trim() }))
  const best = complaints.findLast(({ isOfLibrary }) => isOfLibrary) ?? complaints.at(-1)
  return best?.text
}
