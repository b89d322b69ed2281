// Silero VAD v6 (weights in @ricky0123/vad-web) behind the port of voice detection. One model in one thread serves all streams.
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { createSpeechEdge } from './voice/edge.ts'
import { FRAME_SAMPLES, type FromSilero, type ToSilero } from './voice/silero-protocol.ts'
import type { VoiceDetector, VoiceStream } from './voice-detector.ts'

export interface SileroOptions {
  /** Probability from which a frame of 32 ms is speech; default 0.5. */
  readonly threshold?: number
  /** Path of the model; by default the one of the package. */
  readonly model?: string
  /** The thread could not be started or has ended: its streams hear nothing any more. Told once per fall; the next stream starts it again. */
  readonly onFault?: (detail: string) => void
}

export interface Silero extends VoiceDetector {
  /** Starts the thread ahead of the first stream, so that its first words are not kept waiting. */
  warm(): void
  /** Frees the thread; streams that are open end. */
  close(): Promise<void>
}

/** A thread that says nothing for so long while a stream is finished is given up; to start takes seconds on a busy machine. */
const FINISH_MS = 60_000
const MODEL = '@ricky0123/vad-web/dist/silero_vad_v6.onnx'

interface Open {
  readonly hear: (probability: number) => void
  /** The thread is gone: nothing more comes. */
  readonly end: () => void
}

export function createSilero({ threshold = 0.5, model, onFault }: SileroOptions = {}): Silero {
  const streams = new Map<number, Open>()
  let lastId = 0
  let worker: Worker | undefined
  let isClosed = false

  const tell = (message: ToSilero) => {
    worker ??= start()
    worker.postMessage(message)
  }

  function start(): Worker {
    const path = model ?? createRequire(import.meta.url).resolve(MODEL)
    const started = new Worker(new URL('./voice/silero-start.mjs', import.meta.url), {
      workerData: path,
      execArgv: [],
    })
    const fall = (detail: string) => {
      if (worker !== started) return
      worker = undefined
      for (const { end } of [...streams.values()]) end()
      onFault?.(detail)
    }
    started.on('message', (message: FromSilero) => {
      if (message.type === 'heard') streams.get(message.stream)?.hear(message.probability)
    })
    started.on('error', (error: Error) => fall(error.message))
    started.on('exit', () => fall('the thread has ended'))
    return started
  }

  return {
    name: 'silero-v6',
    open(options, onChange): VoiceStream {
      const id = (lastId += 1)
      const edge = createSpeechEdge({ ...options, threshold })
      const size = FRAME_SAMPLES[options.rateHz]
      const asked: Int16Array[] = []
      let frame = new Int16Array(size)
      let filled = 0
      let heardFrames = 0
      let state: 'open' | 'finishing' | 'ended' = 'open'
      let onEnd: () => void = () => undefined
      let limit: NodeJS.Timeout | undefined
      const ended = new Promise<void>(resolve => (onEnd = resolve))

      const end = () => {
        if (state === 'ended') return
        state = 'ended'
        streams.delete(id)
        if (worker) tell({ type: 'close', stream: id })
        edge.finish().forEach(onChange)
        onEnd()
      }
      const hear = (probability: number) => {
        const heard = asked.shift()
        heardFrames += 1
        limit?.refresh()
        if (heard) edge.hear(probability, heard).forEach(onChange)
        if (state === 'finishing' && asked.length === 0) end()
      }
      const ask = () => {
        asked.push(frame)
        tell({ type: 'frame', stream: id, samples: frame })
        frame = new Int16Array(size)
        filled = 0
      }
      if (isClosed) state = 'ended'
      else streams.set(id, { hear, end })

      return {
        push(samples) {
          for (let at = 0; at < samples.length && state === 'open';) {
            const piece = samples.subarray(at, at + size - filled)
            frame.set(piece, filled)
            filled += piece.length
            at += piece.length
            if (filled === size) ask()
          }
        },
        heardMs: () => (heardFrames * size * 1000) / options.rateHz,
        async finish() {
          if (state === 'open') {
            state = 'finishing'
            // The rest of the last frame is silence.
            if (filled > 0) ask()
            if (asked.length === 0) end()
          }
          if (state === 'ended') return
          limit = setTimeout(end, FINISH_MS)
          await ended
          clearTimeout(limit)
        },
      }
    },
    warm() {
      if (!isClosed) worker ??= start()
    },
    async close() {
      isClosed = true
      for (const { end } of [...streams.values()]) end()
      const closing = worker
      worker = undefined
      await closing?.terminate()
    },
  }
}
