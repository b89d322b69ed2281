// PGlite in a thread of its own: a heavy query would hold up the whole server otherwise.
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

export interface PGliteQuestion {
  readonly id: number
  readonly sql: string
  readonly parameters: readonly unknown[]
}
export type PGliteAnswer =
  | { readonly id: number; readonly rows: Record<string, unknown>[]; readonly affectedRows: number }
  | { readonly id: number; readonly failure: { readonly message: string; readonly code?: string } }
  | { readonly ready: true }
  | { readonly closed: true }

const say = (answer: PGliteAnswer) => parentPort?.postMessage(answer)

const { folder } = workerData as { folder: string | null }
const database = await PGlite.create(folder === null ? {} : { dataDir: folder })

parentPort?.on('message', (question: PGliteQuestion | 'close') => {
  if (question === 'close') {
    void database.close().finally(() => {
      say({ closed: true })
      parentPort?.close()
    })
    return
  }
  const { id, sql, parameters } = question
  database.query<Record<string, unknown>>(sql, [...parameters]).then(
    ({ rows, affectedRows }) => say({ id, rows, affectedRows: affectedRows ?? 0 }),
    (err: Error & { code?: string }) => {
      say({
        id,
        failure: { message: err.message, ...(err.code === undefined ? {} : { code: err.code }) },
      })
    },
  )
})
say({ ready: true })
