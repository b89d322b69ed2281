// The switch brings the sound of a leg: it is told where, connects, and sends both sides until the leg ends or we stop it.
import type { RawData } from 'ws'
import { codeOf, CommandRefused } from '../esl/errors.ts'
import { safeId } from '../esl/safe.ts'
import type { Arrival, Expected, TapDoor } from './door.ts'
import { createMetre, type Metre } from './metre.ts'
import type { StreamModule } from './module.ts'
import { createSides } from './sides.ts'
import type { Source, SourceDeps } from './source.ts'

export interface StreamSourceDeps extends SourceDeps {
  readonly module: StreamModule
  readonly door: TapDoor
  /** Ours, as the switch reaches it. */
  readonly address: string
  /** The switch has agreed and does not come: something stands between it and us. In place of `onEnd`. */
  readonly onUnreachable: () => void
}

/** From the command to the connection. */
const CONNECT_MS = 5_000
const LATE_MS = 500
/** The leg's end and its stream's come by two ways, within this time of each other. */
const TOGETHER_MS = 2_000
/** The switch closes what we have stopped within this time. */
const LEAVE_MS = 1_000
const SAMPLES_PER_MS = 8

export function createStreamSource(deps: StreamSourceDeps): Source {
  const { legId, sink, ask, module, door, address, onUnreachable } = deps
  let arrival: Arrival | undefined
  let expected: Expected | undefined
  let metre: Metre | undefined
  let isOver = false
  let hasLegEnded = false
  let timer: NodeJS.Timeout | undefined

  const clear = () => {
    isOver = true
    clearTimeout(timer)
    metre?.stop()
    expected?.cancel()
  }
  const end = (...told: Parameters<typeof sink.onEnd>) => {
    if (isOver) return
    clear()
    arrival?.socket.terminate()
    sink.onEnd(...told)
  }
  const endIn = (ms: number, ...told: Parameters<typeof sink.onEnd>) => {
    clearTimeout(timer)
    timer = setTimeout(() => end(...told), ms)
  }
  /** Nobody waits for the answer: a leg that is gone, or a switch that is away, has no stream either. */
  const tell = (command: string) => ask(command).catch(() => '')

  /** The switch tells what it leaves out. */
  const listenSteadily = (): ((bytes: Buffer, isBinary: boolean) => void) => {
    const sides = createSides(sink.hear)

    return (bytes, isBinary) => {
      if (isBinary) return sides.push(bytes)
      const lost = /^\{"type":"lost","forMs":(\d{1,8})\}$/.exec(bytes.toString())?.[1]
      if (lost !== undefined) sides.silence(Number(lost) * SAMPLES_PER_MS)
    }
  }

  /**
   * The modules send nothing while the leg is sent nothing, and keep meanwhile what the party says, which is late ever after
   * (switch_core_media_bug_read wants both sides). A pause throws away what is kept.
   */
  const listenByClock = (): ((bytes: Buffer, isBinary: boolean) => void) => {
    const own = createMetre(sink.hear, () => {
      void tell(module.pause(safeId(legId)))
      void tell(module.resume(safeId(legId)))
    })
    metre = own

    return (bytes, isBinary) => {
      if (isBinary) own.push(bytes)
    }
  }

  const onArrival = (came: Arrival) => {
    if (isOver) return came.socket.terminate()
    arrival = came
    const { socket, isSteady } = came
    if (!hasLegEnded) clearTimeout(timer)
    const listen = isSteady ? listenSteadily() : listenByClock()
    socket.on('message', (data, isBinary) => {
      if (!isOver) listen(toBuffer(data), isBinary)
    })
    // The close that follows says it.
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      metre?.stop()
      if (hasLegEnded) end('leg-ended')
      else if (!isOver) endIn(TOGETHER_MS, 'failed', 'the switch ended the stream')
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
      if (isOver) return
      if (hasLegEnded) return end('leg-ended')
      // A refusal is what a leg that has just ended gives as well.
      return endIn(
        TOGETHER_MS,
        'failed',
        error instanceof CommandRefused ? error.reply : codeOf(error),
      )
    }
    if (isOver || arrival !== undefined || hasLegEnded) return
    clearTimeout(timer)
    const giveUp = () => {
      if (isOver) return
      clear()
      void tell(module.stop(safeId(legId)))
      onUnreachable()
    }
    // Where this process was held up, the connection may be there and not read yet.
    timer = setTimeout(() => (timer = setTimeout(giveUp, LATE_MS)), CONNECT_MS)
  }
  void begin()

  return {
    stop() {
      if (isOver) return
      clear()
      void tell(module.stop(safeId(legId)))
      // The switch closes it in good order; one that does not is let go.
      const socket = arrival?.socket
      const patience = setTimeout(() => socket?.terminate(), LEAVE_MS)
      socket?.once('close', () => clearTimeout(patience))
    },
    legEnded() {
      if (isOver) return
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
