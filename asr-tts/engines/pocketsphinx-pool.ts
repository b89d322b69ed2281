// A few threads that decode, and the sentences that wait for them.
import { Worker } from 'node:worker_threads'
import type { EndCause } from '../recogniser.ts'
import type {
  FromThread,
  ThreadAnswer,
  ThreadOptions,
  ThreadTask,
  ToThread,
} from './pocketsphinx-protocol.ts'

export type PoolAnswer =
  ThreadAnswer | { readonly type: 'failed'; readonly cause: EndCause; readonly detail: string }

export interface PoolOptions extends ThreadOptions {
  /** Threads at most. */
  readonly workers: number
  /** A sentence that takes a thread longer is given up, and so is the thread. */
  readonly limitMs: number
  /** A sentence that finds no thread for so long is given up. */
  readonly waitMs: number
  /** What a thread runs. */
  readonly entry?: URL
}

export interface PoolLoad {
  readonly workers: number
  readonly busy: number
  readonly waiting: number
  /** How long the first one has waited. */
  readonly waitedMs: number
}

export interface DecodingPool {
  ask(task: ThreadTask, onAnswer: (answer: PoolAnswer) => void): { withdraw(): void }
  /** All threads start now; else each does when there is no other for a sentence. */
  warm(): void
  load(): PoolLoad
  /** Ids of its threads as the kernel counts them. */
  threadIds(): readonly number[]
  /** What waits or is under way is answered as `cancelled`. Resolves when the threads have freed their memory. */
  close(): Promise<void>
}

interface Asked {
  readonly task: ThreadTask
  readonly askedAt: number
  answer(answer: PoolAnswer): void
}

interface Thread {
  readonly worker: Worker
  readonly gone: Promise<void>
  threadId?: number
  asked?: Asked
  limit?: NodeJS.Timeout
}

/** Loading the model takes a quarter of a second on an idle machine. */
const START_MS = 30_000
/** A thread that was given up ends when its sentence is decoded; then it frees its memory. */
const END_MS = 20_000

export function createDecodingPool(options: PoolOptions): DecodingPool {
  const {
    workers,
    limitMs,
    waitMs,
    entry = new URL('./pocketsphinx-start.mjs', import.meta.url),
    ...thread
  } = options
  const threads = new Set<Thread>()
  /** Given up, and not ended yet. */
  const leaving = new Set<Promise<void>>()
  const waiting: Asked[] = []
  let isClosed = false
  let patience: NodeJS.Timeout | undefined

  function serve(): void {
    for (const thread of threads) {
      if (waiting.length === 0) break
      if (thread.asked === undefined && thread.threadId !== undefined) give(thread)
    }
    const coming = [...threads].filter(({ threadId }) => threadId === undefined).length
    if (waiting.length > coming && canStart()) start()
    watch()
  }

  // One that was given up is replaced at once, but a model that hangs each time must not fill the memory.
  const canStart = () => threads.size < workers && threads.size + leaving.size < 2 * workers

  function give(thread: Thread): void {
    const asked = waiting.shift()
    if (!asked) return
    thread.asked = asked
    thread.limit = setTimeout(
      () => giveUp(thread, 'slow', `a sentence took longer than ${limitMs} ms to decode`),
      limitMs,
    )
    send(thread, { type: 'task', task: asked.task })
  }

  function start(): void {
    const worker = new Worker(entry, { workerData: thread satisfies ThreadOptions, execArgv: [] })
    const gone = new Promise<void>(resolve => worker.once('exit', () => resolve()))
    const started: Thread = { worker, gone }
    threads.add(started)
    started.limit = setTimeout(
      () => giveUp(started, 'unreachable', 'the decoder does not begin'),
      START_MS,
    )
    worker.on('message', (message: FromThread) => {
      if (!threads.has(started)) return
      if (message.type === 'unusable') return giveUp(started, 'unreachable', message.detail)
      clearTimeout(started.limit)
      if (message.type === 'ready') started.threadId = message.threadId
      else settle(started, message.answer)
      serve()
    })
    const fall = (detail: string) => {
      const cause = started.threadId === undefined ? 'unreachable' : 'broken-off'
      if (threads.has(started)) giveUp(started, cause, detail)
    }
    worker.on('error', ({ message }: Error) => fall(message))
    worker.on('exit', () => fall('the decoder has ended'))
  }

  function settle(thread: Thread, answer: PoolAnswer): void {
    const { asked } = thread
    delete thread.asked
    asked?.answer(answer)
  }

  /** One that never began takes everybody with it who waits: the next one would not begin either. */
  function giveUp(thread: Thread, cause: EndCause, detail: string): void {
    const neverBegan = thread.threadId === undefined
    dismiss(thread)
    settle(thread, { type: 'failed', cause, detail })
    if (neverBegan)
      for (const asked of waiting.splice(0)) asked.answer({ type: 'failed', cause, detail })
    serve()
  }

  function dismiss(thread: Thread): void {
    threads.delete(thread)
    clearTimeout(thread.limit)
    const limit = setTimeout(() => void thread.worker.terminate(), END_MS)
    const left = thread.gone.then(() => clearTimeout(limit))
    leaving.add(left)
    void left.then(() => {
      leaving.delete(left)
      if (!isClosed) serve()
    })
    send(thread, { type: 'close' })
  }

  /** Gives up what has waited too long. */
  function watch(): void {
    clearTimeout(patience)
    const [first] = waiting
    if (first === undefined) return
    patience = setTimeout(
      () => {
        waiting.shift()
        first.answer({
          type: 'failed',
          cause: 'slow',
          detail: `no decoder was free for ${waitMs} ms`,
        })
        watch()
      },
      first.askedAt + waitMs - performance.now(),
    )
  }

  return {
    ask(task, onAnswer) {
      let isWanted = true
      const asked: Asked = {
        task,
        askedAt: performance.now(),
        answer: answer => isWanted && onAnswer(answer),
      }
      if (isClosed) asked.answer({ type: 'failed', cause: 'cancelled', detail: 'closed' })
      else {
        waiting.push(asked)
        serve()
      }
      return {
        withdraw() {
          isWanted = false
          const at = waiting.indexOf(asked)
          if (at >= 0) waiting.splice(at, 1)
          watch()
        },
      }
    },
    warm() {
      while (!isClosed && canStart()) start()
    },
    load: () => ({
      workers: threads.size,
      busy: [...threads].filter(({ asked }) => asked !== undefined).length,
      waiting: waiting.length,
      waitedMs: waiting[0] ? Math.round(performance.now() - waiting[0].askedAt) : 0,
    }),
    threadIds: () => [...threads].flatMap(({ threadId }) => threadId ?? []),
    async close() {
      isClosed = true
      clearTimeout(patience)
      const told = [...waiting.splice(0), ...[...threads].flatMap(({ asked }) => asked ?? [])]
      for (const thread of [...threads]) {
        delete thread.asked
        dismiss(thread)
      }
      for (const asked of told)
        asked.answer({ type: 'failed', cause: 'cancelled', detail: 'closed' })
      await Promise.all(leaving)
    },
  }
}

const send = ({ worker }: Thread, message: ToThread) => worker.postMessage(message)
