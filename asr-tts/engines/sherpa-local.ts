// sherpa-onnx in this process, for operators who bring a streaming model: one thread holds it and hears all streams.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type {
  EndCause,
  Listening,
  ListenOptions,
  RecognitionEvent,
  Recogniser,
} from '../recogniser.ts'
import { createProtocol } from './sherpa.ts'
import { toRecognizer, toSherpaModel } from './sherpa-local-model.ts'
import { tryInProcess } from './trial.ts'

export interface SherpaLocalOptions {
  /** Holds tokens.txt and the *.onnx of one streaming model: transducer, paraformer or CTC. */
  readonly folder: string
  /** Of the model; default 1. */
  readonly threads?: number
  /** Of the thread that holds it; default 5. */
  readonly niceness?: number
  /** Sound that may wait for the thread before a listening ends as `slow`; default 15 s. */
  readonly lagMs?: number
}

export interface SherpaLocal extends Recogniser {
  close(): Promise<void>
}

type FromThread =
  | { readonly type: 'ready' }
  | {
      readonly type: 'heard'
      readonly id: number
      readonly result: string
      readonly samples: number
    }
  | { readonly type: 'finished'; readonly id: number }

interface Open {
  hear(message: Exclude<FromThread, { type: 'ready' }>): void
  end(cause: EndCause, detail: string): void
}

const TRY_AGAIN_MS = 30_000
const START_MS = 60_000
const FINISH_MS = 30_000
const END_MS = 5000
const CHECK = new URL('./sherpa-local-check.mjs', import.meta.url)
const THREAD = new URL('./sherpa-local-start.mjs', import.meta.url)

export function createSherpaLocal(options: SherpaLocalOptions): SherpaLocal {
  const { folder, threads = 1, niceness = 5, lagMs = 15_000 } = options
  const streams = new Map<number, Open>()
  let lastId = 0
  let isClosed = false
  let worker: Worker | undefined
  let begun: Promise<Worker | string> | undefined

  /** The thread, or why there is none. */
  function begin(): Promise<Worker | string> {
    if (begun) return begun
    const mine: Promise<Worker | string> = start()
      .catch((error: unknown) => `the model could not be tried: ${String(error)}`)
      .then(started => {
        // A later attempt may have gone well meanwhile.
        const forget = () => begun === mine && (begun = undefined)
        if (typeof started === 'string') setTimeout(forget, TRY_AGAIN_MS).unref()
        return started
      })
    begun = mine
    return mine
  }

  async function start(): Promise<Worker | string> {
    const model = modelIn(folder, threads)
    if ('problem' in model) return model.problem
    const recognizer = toRecognizer(model)
    const problem = await tryInProcess(CHECK, [JSON.stringify(recognizer)])
    if (problem !== undefined) return problem
    if (isClosed) return 'it is closed'
    const started = new Worker(THREAD, { workerData: { recognizer, niceness }, execArgv: [] })
    worker = started
    return new Promise(resolve => {
      const limit = setTimeout(() => fall('the model does not begin'), START_MS)
      const fall = (detail: string) => {
        clearTimeout(limit)
        resolve(detail)
        if (worker !== started) return
        worker = undefined
        begun = undefined
        for (const { end } of [...streams.values()]) end('broken-off', detail)
        void started.terminate()
      }
      started.on('message', (message: FromThread) => {
        if (message.type !== 'ready') return streams.get(message.id)?.hear(message)
        clearTimeout(limit)
        resolve(started)
      })
      started.on('error', ({ message }: Error) => fall(message))
      started.on('exit', () => fall('the thread has ended'))
    })
  }

  function listen(
    listenOptions: ListenOptions,
    onEvent: (event: RecognitionEvent) => void,
  ): Listening {
    const { rateHz } = listenOptions
    const id = (lastId += 1)
    const protocol = createProtocol('', listenOptions)
    const waiting: Int16Array[] = []
    let waitingMs = 0
    let thread: Worker | undefined
    let state: 'listening' | 'finishing' | 'ended' = 'listening'
    let limit: NodeJS.Timeout | undefined

    const end = (cause: EndCause, detail?: string) => {
      if (state === 'ended') return
      state = 'ended'
      clearTimeout(limit)
      streams.delete(id)
      thread?.postMessage({ type: 'close', id })
      onEvent({ type: 'ended', cause, ...(detail !== undefined && { detail }) })
    }
    const send = (samples: Int16Array) => {
      protocol.audio(samples)
      const floats = Float32Array.from(samples, sample => sample / 32_768)
      thread?.postMessage({ type: 'audio', id, rateHz, samples: floats }, [floats.buffer])
    }
    const finish = () => {
      thread?.postMessage({ type: 'finish', id })
      limit = setTimeout(() => end('slow', 'no end after the last audio'), FINISH_MS)
    }
    streams.set(id, {
      end,
      hear(message) {
        if (message.type === 'finished') return end('finished')
        waitingMs -= (message.samples * 1000) / rateHz
        for (const heard of protocol.hear(message.result))
          if (heard.type === 'partial' || heard.type === 'final') onEvent(heard)
      },
    })
    void (isClosed ? Promise.resolve('it is closed') : begin()).then(started => {
      if (state === 'ended') return
      if (typeof started === 'string') return end('unreachable', started)
      thread = started
      thread.postMessage({ type: 'open', id })
      onEvent({ type: 'started' })
      for (const samples of waiting.splice(0)) send(samples)
      if (state === 'finishing') finish()
    })

    return {
      write(samples) {
        if (state !== 'listening') return
        waitingMs += (samples.length * 1000) / rateHz
        if (waitingMs > lagMs) return end('slow', `it lags by ${Math.round(waitingMs)} ms`)
        if (thread) send(samples)
        else waiting.push(samples.slice())
      },
      finish() {
        if (state !== 'listening') return
        state = 'finishing'
        if (thread) finish()
      },
      cancel: () => end('cancelled'),
    }
  }

  return {
    name: 'sherpa-onnx-local',
    capabilities: {
      partials: true,
      wordTimes: true,
      hotwords: false,
      itn: false,
      grammar: false,
      ratesHz: [8000, 16000],
    },
    listen,
    async close() {
      isClosed = true
      for (const { end } of [...streams.values()]) end('cancelled', 'closed')
      await begun
      const closing = worker
      worker = undefined
      if (!closing) return
      const limit = setTimeout(() => void closing.terminate(), END_MS)
      const gone = new Promise(resolve => closing.once('exit', resolve))
      closing.postMessage({ type: 'end' })
      await gone
      clearTimeout(limit)
    },
  }
}

function modelIn(folder: string, threads: number) {
  try {
    return toSherpaModel(readdirSync(folder), name => join(folder, name), threads)
  } catch {
    return { problem: `there is no model folder ${folder}` }
  }
}
