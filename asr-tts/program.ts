// Programs of others (espeak-ng, sox, ffmpeg) as processes of their own: what goes in, what comes out, and a limit for everything.
import { spawn, type ChildProcess } from 'node:child_process'
import { SynthesisFailed } from './errors.ts'

export interface Run {
  readonly program: string
  /** Debian's package, for whoever has to install it. */
  readonly debianPackage: string
  readonly args: readonly string[]
  /** By stdin, so that a text can never be an option. */
  readonly input: string | Buffer
  readonly limitMs: number
  readonly signal?: AbortSignal
}

const MAX_OUTPUT_BYTES = 100_000_000 // more than half an hour of espeak-ng's sound

/** What it wrote. @throws {SynthesisFailed} */
export function runProgram(run: Run): Promise<Buffer> {
  const { program, args, input, limitMs, signal } = run
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(program, [...args], { stdio: ['pipe', 'pipe', 'pipe'] })
    child.on('error', cause => done(toFailure(run, cause)))
    const { stdin, stdout, stderr } = child
    const out: Buffer[] = []
    let outBytes = 0
    let complaint = ''
    const stop = (what: string) => {
      child.kill('SIGKILL')
      stdout?.destroy()
      done(new SynthesisFailed('slow', `${program} ${what}`))
    }
    const limit = setTimeout(() => stop(`gave no result within ${limitMs} ms`), limitMs)
    const onAbort = () => stop('is not waited for any longer')
    signal?.addEventListener('abort', onAbort, { once: true })

    function done(result: Buffer | SynthesisFailed) {
      clearTimeout(limit)
      signal?.removeEventListener('abort', onAbort)
      if (result instanceof SynthesisFailed) reject(result)
      else resolve(result)
    }

    // Without file descriptors there are no pipes; why is told in a moment.
    if (!stdin || !stdout || !stderr) return
    stdout.on('data', (chunk: Buffer) => {
      outBytes += chunk.length
      if (outBytes <= MAX_OUTPUT_BYTES) out.push(chunk)
      else child.kill('SIGKILL')
    })
    stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(0, 500)
    })
    // A program that ends before it has read everything is judged by how it ended.
    stdin.on('error', () => stdin.destroy())
    stdin.end(input)
    child.on('close', status => {
      const said = complaint.trim() || `status ${status}`
      if (status === 0) done(Buffer.concat(out))
      else done(new SynthesisFailed('broken-off', `${program} failed: ${said}`))
    })
  })
}

function toFailure({ program, debianPackage }: Run, cause: Error): SynthesisFailed {
  const isMissing = 'code' in cause && cause.code === 'ENOENT'
  return isMissing
    ? new SynthesisFailed(
        'missing',
        `${program} is not installed; type: apt-get install ${debianPackage}`,
        { cause },
      )
    : new SynthesisFailed('missing', `${program} cannot be started`, { cause })
}
