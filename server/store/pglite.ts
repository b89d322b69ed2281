// The thread that holds PGlite, asked by messages.
import { Worker } from 'node:worker_threads'
import type { PGliteAnswer, PGliteQuestion } from './pglite-worker.ts'

export interface PGliteThread {
  query(
    sql: string,
    parameters: readonly unknown[],
  ): Promise<{ rows: Record<string, unknown>[]; affectedRows: number }>
  close(): Promise<void>
}

/** A refusal of the database with PostgreSQL's code, like those of `pg`. */
export class PGliteError extends Error {
  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(message)
  }
}

const START_TIMEOUT_MS = 60_000 // the first start makes the cluster: 5 s, many times that on a busy machine
const CLOSE_TIMEOUT_MS = 5000

interface Waiting {
  resolve(answer: { rows: Record<string, unknown>[]; affectedRows: number }): void
  reject(reason: Error): void
}

/** Starts PGlite on a folder, or in memory when it is null. */
export async function startPGlite(folder: string | null): Promise<PGliteThread> {
  const worker = new Worker(new URL('./pglite-start.mjs', import.meta.url), {
    workerData: { folder },
  })
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let ended: Error | undefined

  const end = (reason: Error) => {
    ended ??= reason
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
  }
  worker.on('error', (err: Error) =>
    end(new Error('the database thread has failed', { cause: err })),
  )
  worker.on('exit', () => end(new Error('the database thread has ended')))
  worker.on('message', (answer: PGliteAnswer) => {
    if (!('id' in answer)) return
    const asker = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('failure' in answer)
      asker?.reject(new PGliteError(answer.failure.message, answer.failure.code))
    else asker?.resolve(answer)
  })

  try {
    await heard(worker, answer => 'ready' in answer, START_TIMEOUT_MS)
  } catch (err) {
    await worker.terminate()
    throw new Error(`the embedded database in ${folder ?? 'memory'} does not start`, { cause: err })
  }
  return {
    query: (sql, parameters) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended)
        const question: PGliteQuestion = { id: ++lastId, sql, parameters }
        waiting.set(question.id, { resolve, reject })
        worker.postMessage(question)
      }),
    close: async () => {
      if (ended) return
      const closed = heard(worker, answer => 'closed' in answer, CLOSE_TIMEOUT_MS)
      worker.postMessage('close')
      await closed.catch(() => undefined) // Terminated below either way; PGlite reopens after a kill.
      await worker.terminate()
    },
  }
}

function heard(
  worker: Worker,
  wanted: (answer: PGliteAnswer) => boolean,
  limitMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (err?: Error) => {
      clearTimeout(timer)
      worker.off('message', onMessage).off('error', settle).off('exit', onExit)
      if (err) reject(err)
      else resolve()
    }
    const onMessage = (answer: PGliteAnswer) => wanted(answer) && settle()
    const onExit = (code: number) => settle(new Error(`the thread ended with code ${code}`))
    const timer = setTimeout(() => settle(new Error(`no answer within ${limitMs} ms`)), limitMs)
    worker.on('message', onMessage).on('error', settle).on('exit', onExit)
  })
}
