// The thread that holds Silero VAD v6. Frames of several streams that wait are heard in one run: five cost about as much as two.
import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { env, InferenceSession, Tensor } from 'onnxruntime-web'
import { FRAME_SAMPLES, type FromSilero, type ToSilero } from './silero-protocol.ts'

/** Of the model: numbers of the state, twice for each stream. */
const STATE = 128
const MAX_AT_ONCE = 16

interface Stream {
  readonly id: number
  readonly rateHz: 8000 | 16000
  /** The last samples of the frame before, which the model hears again. */
  context: Float32Array
  state: Float32Array
  readonly waiting: Int16Array[]
}

env.wasm.numThreads = 1
const model = await InferenceSession.create(readFileSync(String(workerData)), {
  executionProviders: ['wasm'],
})
const streams = new Map<number, Stream>()
let isRunning = false
const tell = (message: FromSilero) => parentPort?.postMessage(message)

parentPort?.on('message', (message: ToSilero) => {
  if (message.type === 'close') return void streams.delete(message.stream)
  const stream = streams.get(message.stream) ?? open(message.stream, message.samples.length)
  stream.waiting.push(message.samples)
  if (!isRunning) void run()
})
tell({ type: 'ready' })

function open(id: number, frame: number): Stream {
  const stream: Stream = {
    id,
    rateHz: frame === FRAME_SAMPLES[8000] ? 8000 : 16000,
    context: new Float32Array(frame / 8),
    state: new Float32Array(2 * STATE),
    waiting: [],
  }
  streams.set(id, stream)
  return stream
}

async function run(): Promise<void> {
  isRunning = true
  for (;;) {
    const [first] = [...streams.values()].filter(({ waiting }) => waiting.length > 0)
    if (first === undefined) break
    const together = [...streams.values()]
      .filter(({ waiting, rateHz }) => waiting.length > 0 && rateHz === first.rateHz)
      .slice(0, MAX_AT_ONCE)
    await hear(together, first.rateHz)
    // Whoever was served goes to the end, so that a stream with much sound does not keep others waiting.
    for (const stream of together) if (streams.delete(stream.id)) streams.set(stream.id, stream)
    // Messages that have arrived meanwhile may join the next run.
    await setImmediate()
  }
  isRunning = false
}

async function hear(together: readonly Stream[], rateHz: 8000 | 16000): Promise<void> {
  const count = together.length
  const frame = FRAME_SAMPLES[rateHz]
  const context = frame / 8
  const width = context + frame
  const input = new Float32Array(count * width)
  const state = new Float32Array(2 * count * STATE)
  for (const [row, stream] of together.entries()) {
    const samples = stream.waiting.shift() ?? new Int16Array()
    input.set(stream.context, row * width)
    for (const [i, sample] of samples.entries()) input[row * width + context + i] = sample / 32_768
    stream.context = input.slice((row + 1) * width - context, (row + 1) * width)
    for (const half of [0, 1])
      state.set(
        stream.state.subarray(half * STATE, (half + 1) * STATE),
        (half * count + row) * STATE,
      )
  }
  const { output, stateN } = await model.run({
    input: new Tensor('float32', input, [count, width]),
    state: new Tensor('float32', state, [2, count, STATE]),
    sr: new Tensor('int64', BigInt64Array.of(BigInt(rateHz)), []),
  })
  const probabilities = output?.data
  const states = stateN?.data
  if (!(probabilities instanceof Float32Array) || !(states instanceof Float32Array))
    throw new Error('the model gives something else than Silero VAD does')
  for (const [row, stream] of together.entries()) {
    for (const half of [0, 1])
      stream.state.set(
        states.subarray((half * count + row) * STATE, (half * count + row + 1) * STATE),
        half * STATE,
      )
    tell({ type: 'heard', stream: stream.id, probability: probabilities[row] ?? 0 })
  }
}
