// The media plane as the switch sees it: a worker thread behind the interface of media.ts.
import { Worker } from 'node:worker_threads'
import { MediaGone, MediaRefused } from './errors.ts'
import type { Media, MediaEvent, MediaOptions } from './media.ts'
import type { FromPlane, PlaneAnswers, PlaneCommand, PlaneRequest, ToPlane } from './protocol.ts'

/** Opening sockets and closing files takes milliseconds; a worker that needs longer is lost. */
const ANSWER_WITHIN_MS = 10_000

/** Loading and compiling the worker takes half a second on an idle machine. */
const START_WITHIN_MS = 30_000

interface Pending {
  readonly what: string
  readonly timer: NodeJS.Timeout
  resolve(value: unknown): void
  reject(error: Error): void
}

/** Starts the worker. Its unexpected end is an uncaught fault of this process: a switch without sound must be replaced. */
export const createMedia = async (options: MediaOptions): Promise<Media> => {
  const worker = new Worker(new URL('./start.mjs', import.meta.url), {
    execArgv: [],
    workerData: options,
  })
  const listeners: ((event: MediaEvent) => void)[] = []
  const pending = new Map<number, Pending>()
  let lastRequestId = 0
  let isEnding = false

  const settle = (requestId: number): Pending | undefined => {
    const waiting = pending.get(requestId)
    pending.delete(requestId)
    clearTimeout(waiting?.timer)
    return waiting
  }

  const onMessage = (message: FromPlane) => {
    switch (message.type) {
      case 'happened':
        for (const listener of listeners) listener(message.event)
        return
      case 'answered':
        return settle(message.requestId)?.resolve(message.value)
      case 'refused':
        return settle(message.requestId)?.reject(new MediaRefused(message.message, message.code))
      case 'started':
        return
    }
  }

  const ask = <K extends PlaneRequest['type']>(
    request: Extract<PlaneRequest, { type: K }>,
  ): Promise<PlaneAnswers[K]> =>
    new Promise((resolve, reject) => {
      const requestId = ++lastRequestId
      const timer = setTimeout(
        () => settle(requestId)?.reject(new MediaGone(request.type)),
        ANSWER_WITHIN_MS,
      )
      pending.set(requestId, {
        what: request.type,
        timer,
        resolve: value => resolve(value as PlaneAnswers[K]),
        reject,
      })
      worker.postMessage({ type: 'ask', requestId, request } satisfies ToPlane)
    })

  const perform = (command: PlaneCommand) => {
    if (!isEnding) worker.postMessage({ type: 'perform', command } satisfies ToPlane)
  }

  let cause: unknown
  worker.on('message', onMessage)
  worker.on('error', error => (cause = error))
  const isUp = new Promise<void>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('exit', () => reject(new MediaGone('start', { cause })))
  })
  await within(START_WITHIN_MS, isUp)
  worker.on('exit', () => {
    for (const [requestId, { what }] of pending)
      settle(requestId)?.reject(new MediaGone(what, { cause }))
    if (!isEnding) throw new MediaGone('stay alive', { cause })
  })

  return {
    openPort: kind => ask<'open-port'>({ type: 'open-port', kind }),
    connect: (port, remote, format) => perform({ type: 'connect', port, remote, format }),
    close: port => ask<'close'>({ type: 'close', port }),
    stats: port => ask<'stats'>({ type: 'stats', port }),
    bridge: (port, other) => perform({ type: 'bridge', port, other }),
    unbridge: port => perform({ type: 'unbridge', port }),
    joinRoom: (port, room, joining) =>
      perform({ type: 'join-room', port, room, isMuted: joining?.muted ?? false }),
    leaveRoom: port => perform({ type: 'leave-room', port }),
    eavesdrop: (port, target, mode) => perform({ type: 'eavesdrop', port, target, mode }),
    endEavesdrop: port => perform({ type: 'end-eavesdrop', port }),
    mute: (port, isMuted) => perform({ type: 'mute', port, isMuted }),
    hold: (port, musicFile) => perform({ type: 'hold', port, musicFile }),
    play: (port, playId, files, loop) => perform({ type: 'play', port, playId, files, loop }),
    stopPlay: port => perform({ type: 'stop-play', port }),
    sendDigits: (port, digits, durationMs) =>
      perform({ type: 'send-digits', port, digits, durationMs }),
    record: (port, path) => perform({ type: 'record', port, path }),
    stopRecording: (port, path) => perform({ type: 'stop-recording', port, path }),
    maskRecording: (port, path, isMasked) =>
      perform({ type: 'mask-recording', port, path, isMasked }),
    tap: (port, tapId, ring) => perform({ type: 'tap', port, tapId, ring }),
    untap: (port, tapId) => perform({ type: 'untap', port, tapId }),
    onEvent: listener => void listeners.push(listener),
    async closeAll() {
      if (isEnding) return
      isEnding = true
      await ask<'close-all'>({ type: 'close-all' }).finally(() => worker.terminate())
    },
  }
}

const within = (limitMs: number, promise: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((_resolve, reject) => {
    timer = setTimeout(() => reject(new MediaGone('start')), limitMs)
  })
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer))
}
