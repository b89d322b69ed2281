// The switch brings the sound of a leg: it is told where, connects, and sends both sides until the leg ends or we stop it.
import type { RawData } from 'ws'
import { codeOf, CommandRefused } from '../esl/errors.ts'
import { safeId } from '../esl/safe.ts'
import type { Arrival, Expected, TapDoor } from './door.ts'
import { arrived, due, type Pace, paceFrom } from './pace.ts'
import { createSides } from './sides.ts'
import type { Source, SourceDeps } from './source.ts'

/** The words of one module. */
export interface StreamModule {
  readonly name: 'mod_audio_stream' | 'mod_audio_fork'
  start(id: string, url: string): string
  stop(id: string): string
}

export const AUDIO_STREAM: StreamModule = {
  name: 'mod_audio_stream',
  start: (id, url) => `uuid_audio_stream ${id} start ${url} stereo 8k`,
  stop: id => `uuid_audio_stream ${id} stop`,
}

/** One name for all: a stream that an earlier server has left behind is found by it, and replaced. */
const BUG = 'hotline_tap'
export const AUDIO_FORK: StreamModule = {
  name: 'mod_audio_fork',
  start: (id, url) => `uuid_audio_fork ${id} start ${url} stereo 8k ${BUG}`,
  stop: id => `uuid_audio_fork ${id} stop ${BUG}`,
}

export interface StreamSourceDeps extends SourceDeps {
  readonly module: StreamModule
  readonly door: TapDoor
  /** Ours, as the switch reaches it. */
  readonly address: string
}

/** From the command to the connection. */
const CONNECT_MS = 5_000
/** The leg's end and its stream's come by two ways, within this time of each other. */
const TOGETHER_MS = 2_000
const LOOK_MS = 200
const BYTES_PER_MS = 32
const SAMPLES_PER_MS = 8
/** A switch sends as fast as people speak; what it has kept back comes faster for a moment. */
const MOST_AHEAD_MS = 60_000

export function createStreamSource(deps: StreamSourceDeps): Source {
  const { legId, sink, ask, module, door, address } = deps
  const sides = createSides(sink.hear)
  let arrival: Arrival | undefined
  let expected: Expected | undefined
  let isOver = false
  let hasLegEnded = false
  let timer: NodeJS.Timeout | undefined
  let fillTimer: NodeJS.Timeout | undefined
  let pace: Pace | undefined

  const clear = () => {
    isOver = true
    clearTimeout(timer)
    clearInterval(fillTimer)
    expected?.cancel()
    arrival?.socket.terminate()
  }
  const end = (...told: Parameters<typeof sink.onEnd>) => {
    if (isOver) return
    clear()
    sink.onEnd(...told)
  }
  const endIn = (ms: number, ...told: Parameters<typeof sink.onEnd>) => {
    clearTimeout(timer)
    timer = setTimeout(() => end(...told), ms)
  }

  const onBytes = (bytes: Buffer, isSteady: boolean) => {
    const nowMs = performance.now()
    const forMs = bytes.length / BYTES_PER_MS
    pace ??= paceFrom(nowMs - forMs)
    const next = arrived(pace, forMs, nowMs)
    pace = isSteady ? { ...pace, positionMs: pace.positionMs + forMs } : next.pace
    if (pace.positionMs - (nowMs - pace.startedAtMs) > MOST_AHEAD_MS)
      return end('failed', 'more sound than time')
    sides.push(isSteady ? bytes : bytes.subarray(Math.round(next.skipMs * SAMPLES_PER_MS) * 4))
  }

  const onText = (text: string) => {
    const lost = /^\{"type":"lost","forMs":(\d{1,9})\}$/.exec(text)?.[1]
    if (lost !== undefined) sides.silence(Number(lost) * SAMPLES_PER_MS)
  }

  /** After what waits in the socket has been read: a pause of our own is no silence of theirs. */
  const fill = () => {
    if (isOver || pace === undefined) return
    const next = due(pace, performance.now())
    pace = next.pace
    if (next.silenceMs > 0) sides.silence(next.silenceMs * SAMPLES_PER_MS)
  }

  const onArrival = (came: Arrival) => {
    if (isOver) return came.socket.terminate()
    arrival = came
    const { socket, isSteady } = came
    if (!hasLegEnded) clearTimeout(timer)
    if (!isSteady) fillTimer = setInterval(() => setImmediate(fill), LOOK_MS)
    socket.on('message', (data, isBinary) => {
      if (isOver) return
      const bytes = toBuffer(data)
      if (isBinary) onBytes(bytes, isSteady)
      else if (isSteady) onText(bytes.toString())
    })
    // The close that follows says it.
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      if (hasLegEnded) end('leg-ended')
      else endIn(TOGETHER_MS, 'failed', 'the switch ended the stream')
    })
  }

  const start = async (url: string) => {
    const command = module.start(safeId(legId), url)
    try {
      await ask(command)
    } catch (error) {
      if (!(error instanceof CommandRefused) || isOver) throw error
      // One stream a leg: that of a server before us may still be there. Where there is none, the refusal was of the leg.
      await ask(module.stop(safeId(legId)))
      await ask(command)
    }
  }

  const begin = async () => {
    try {
      expected = await door.expect(address, onArrival)
      if (isOver) return expected.cancel()
      await start(expected.url)
    } catch (error) {
      if (hasLegEnded) return end('leg-ended')
      const detail = error instanceof CommandRefused ? error.reply : codeOf(error)
      // A refusal is what a leg that has just ended gives as well.
      return isOver ? undefined : endIn(TOGETHER_MS, 'failed', detail)
    }
    if (!isOver && arrival === undefined && !hasLegEnded)
      endIn(CONNECT_MS, 'failed', 'the switch did not connect')
  }
  void begin()

  return {
    stop() {
      if (isOver) return
      clear()
      // A leg that is gone, or a switch that is away, has no stream either.
      ask(module.stop(safeId(legId))).catch(() => undefined)
    },
    legEnded() {
      hasLegEnded = true
      const isGone = arrival === undefined || arrival.socket.readyState >= arrival.socket.CLOSING
      if (isGone) end('leg-ended')
      else endIn(TOGETHER_MS, 'leg-ended')
    },
  }
}

const toBuffer = (data: RawData): Buffer => {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}
