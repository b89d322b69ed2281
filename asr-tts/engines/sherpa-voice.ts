// sherpa-onnx's offline synthesis from a model folder, in a process of its own. It guesses readings by itself; numbers are words already.
import { type ChildProcess, fork } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import type { Sound } from '../audio.ts'
import { SynthesisFailed, type SynthesisFault } from '../errors.ts'
import { createGate } from '../gate.ts'
import type { SynthesisEngine } from '../synthesis/engine.ts'
import type { Voice } from '../synthesizer.ts'
import { findSherpaModel } from './sherpa-model.ts'

export interface SherpaVoiceOptions {
  readonly name?: string
  /** Folder of a model: VITS, Matcha or Kokoro. */
  readonly model: string
  /** Numbers of the model's speakers. */
  readonly voices: Readonly<Record<Voice, number>>
  /** Default 1. */
  readonly threads?: number
  /** For one line; default 20 s. */
  readonly limitMs?: number
}

const LOAD_MS = 60_000
const Reply = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({
    id: z.number(),
    samples: z.instanceof(Float32Array),
    sampleRateHz: z.number().int().min(8000).max(96_000),
  }),
  z.object({ id: z.number(), problem: z.string() }),
])
type Reply = z.infer<typeof Reply>

export function createSherpaVoice(options: SherpaVoiceOptions): SynthesisEngine {
  const { name = 'sherpa-onnx', model, voices, threads = 1, limitMs = 20_000 } = options
  const oneByOne = createGate(1)
  let child: ChildProcess | undefined
  let lastId = 0

  async function running(signal: AbortSignal): Promise<ChildProcess> {
    if (child) return child
    const started = start(model, threads)
    started.once('exit', () => {
      if (child === started) child = undefined
    })
    child = started
    await answerOf(started, reply => 'ready' in reply, LOAD_MS, signal)
    return started
  }

  return {
    name,
    kind: 'sherpa',
    wordingOf: ({ text, manner: { voice, tempo } }) =>
      JSON.stringify([model, voices[voice], tempo, text]),
    speak: ({ text, manner: { voice, tempo } }, signal) =>
      oneByOne(async () => {
        const process = await running(signal)
        const id = (lastId += 1)
        const answer = answerOf(process, reply => 'id' in reply && reply.id === id, limitMs, signal)
        process.send({ id, text, speaker: voices[voice], speed: tempo })
        return soundOf(await answer)
      }),
    close: () => child?.kill('SIGKILL'),
  }
}

function start(folder: string, threads: number): ChildProcess {
  const model = findSherpaModel(folder, namesIn(folder))
  if (typeof model === 'string') throw new SynthesisFailed('missing', model)
  const config = { model: { ...model, numThreads: threads, provider: 'cpu' }, maxNumSentences: 1 }
  return fork(
    fileURLToPath(new URL('./sherpa-voice-process.mjs', import.meta.url)),
    [JSON.stringify(config)],
    { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] },
  )
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (cause) {
    throw new SynthesisFailed('missing', `${folder} cannot be read`, { cause })
  }
}

/** The reply that is waited for. A process that is too slow, or says nonsense, is ended; the next line starts another. */
function answerOf(
  child: ChildProcess,
  isIt: (reply: Reply) => boolean,
  limitMs: number,
  signal: AbortSignal,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let complaint = ''
    const limit = setTimeout(() => stop('slow', `no answer within ${limitMs} ms`), limitMs)
    const onAbort = () => stop('slow', 'not waited for any longer')
    const onComplaint = (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-300))
    const onExit = (status: number | null, by: string | null) =>
      leave(() => reject(failure('broken-off', `ended (${by ?? status}): ${complaint.trim()}`)))
    const onError = (cause: Error) => leave(() => reject(failure('missing', cause.message)))
    const onMessage = (message: unknown) => {
      const reply = Reply.safeParse(message)
      if (!reply.success) stop('nonsense', 'sent what is no reply')
      else if (isIt(reply.data)) leave(() => resolve(reply.data))
    }

    function leave(then: () => void) {
      clearTimeout(limit)
      signal.removeEventListener('abort', onAbort)
      child.stderr?.off('data', onComplaint)
      child.off('message', onMessage).off('exit', onExit).off('error', onError)
      then()
    }
    function stop(fault: SynthesisFault, detail: string) {
      child.kill('SIGKILL')
      leave(() => reject(failure(fault, detail)))
    }

    signal.addEventListener('abort', onAbort, { once: true })
    child.stderr?.on('data', onComplaint)
    child.on('message', onMessage).on('exit', onExit).on('error', onError)
  })
}

const failure = (fault: SynthesisFault, detail: string) =>
  new SynthesisFailed(fault, `the process of sherpa-onnx: ${detail}`)

function soundOf(reply: Reply): Sound {
  if ('samples' in reply) return reply
  throw failure('broken-off', 'problem' in reply ? reply.problem : 'no sound')
}
