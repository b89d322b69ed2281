// Debian's espeak-ng as a program of its own (GPL, so never linked).
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { level, readWav, resample, TELEPHONE_RATE_HZ, toWav, trim } from '../audio.ts'
import { SynthesisFailed } from '../errors.ts'
import { isMade, writeWhole } from '../file.ts'
import { createGate } from '../gate.ts'
import { toEspeakText } from './espeak-text.ts'
import type { Synthesizer } from '../synthesizer.ts'

export interface EspeakOptions {
  /** Where the finished prompts lie. */
  readonly folder: string
  readonly program?: string
  /** Default 10 s. */
  readonly limitMs?: number
  /** At once; default 4. */
  readonly maxProcesses?: number
}

// Debian's espeak-ng 1.51 reads Chinese as English with `cmn`; with this voice it is right.
const VOICES = { female: 'cmn-latn-pinyin+f3', male: 'cmn-latn-pinyin' } as const
const WORDS_PER_MINUTE = 150
const LEVEL_DB = -20
const SILENCE_MS = 80
const MAX_OUTPUT_BYTES = 50_000_000 // more than 15 minutes
const FORM = 2 // Counted up when the same text is to sound different, so that old files are made again.

/** Prompts by espeak-ng, each made once and kept by the hash of what is said and how. */
export function createEspeak(options: EspeakOptions): Synthesizer {
  const { folder, program = 'espeak-ng', limitMs = 10_000, maxProcesses = 4 } = options
  const through = createGate(maxProcesses)
  const underWay = new Map<string, Promise<string>>()

  async function make(
    path: string,
    reading: string,
    voice: string,
    speed: number,
  ): Promise<string> {
    if (await isMade(path)) return path
    const spoken = readWav(await through(() => speak(program, limitMs, reading, voice, speed)))
    if (spoken === undefined)
      throw new SynthesisFailed('nonsense', `${program} gave no usable sound`)
    const sound = trim(await resample(spoken, TELEPHONE_RATE_HZ), SILENCE_MS)
    if (sound.samples.length === 0)
      throw new SynthesisFailed('nonsense', `${program} gave nothing but silence`)
    await writeWhole(path, toWav(level(sound, LEVEL_DB)))
    return path
  }

  return {
    name: 'espeak-ng',
    async fileFor(text, { voice = 'female', tempo = 1 } = {}) {
      const reading = toEspeakText(text)
      if (reading === '')
        throw new SynthesisFailed('no-words', 'the text has nothing that can be said')
      const speed = Math.round(WORDS_PER_MINUTE * Math.min(2, Math.max(0.5, tempo)))
      const key = JSON.stringify([FORM, VOICES[voice], speed, reading])
      const name = createHash('sha256').update(key).digest('hex').slice(0, 32)
      const path = join(folder, `${name}.wav`)
      const made = underWay.get(path) ?? make(path, reading, VOICES[voice], speed)
      underWay.set(path, made)
      try {
        return await made
      } finally {
        underWay.delete(path)
      }
    },
  }
}

/** Runs the program once; its WAV. The text goes in by stdin, so that it can never be an option. */
function speak(
  program: string,
  limitMs: number,
  reading: string,
  voice: string,
  speed: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['-v', voice, '-s', String(speed), '--stdin', '--stdout'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const limit = setTimeout(() => {
      child.kill('SIGKILL')
      child.stdout.destroy()
      reject(new SynthesisFailed('slow', `${program} gave no result within ${limitMs} ms`))
    }, limitMs)
    const out: Buffer[] = []
    let outBytes = 0
    let complaint = ''
    child.stdout.on('data', (chunk: Buffer) => {
      outBytes += chunk.length
      if (outBytes <= MAX_OUTPUT_BYTES) out.push(chunk)
      else child.kill('SIGKILL')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(0, 500)
    })
    // A program that ends before it has read its text is judged by how it ended.
    child.stdin.on('error', () => child.stdin.destroy())
    child.stdin.end(reading)
    child.on('error', cause => {
      clearTimeout(limit)
      reject(toFailure(program, cause))
    })
    child.on('close', status => {
      clearTimeout(limit)
      if (status === 0) resolve(Buffer.concat(out))
      else
        reject(
          new SynthesisFailed(
            'broken-off',
            `${program} failed: ${complaint.trim() || `status ${status}`}`,
          ),
        )
    })
  })
}

function toFailure(program: string, cause: Error): SynthesisFailed {
  const missing = 'code' in cause && cause.code === 'ENOENT'
  return missing
    ? new SynthesisFailed(
        'missing',
        `${program} is not installed; type: apt-get install espeak-ng`,
        { cause },
      )
    : new SynthesisFailed('missing', `${program} cannot be started`, { cause })
}
