// A second process for the load, so that making it does not disturb what is measured; asked over the IPC channel of Node.
import { fork } from 'node:child_process'
import { once } from 'node:events'

export interface Helper {
  readonly pid: number
  ask<Answer>(type: string, input?: object, limitMs?: number): Promise<Answer>
  end(): Promise<void>
}

interface Asked {
  readonly id: number
  readonly type: string
  readonly input: object
}
interface Answered {
  readonly id: number
  readonly value?: unknown
  readonly fault?: string
}

const ASK_MS = 30_000
const END_MS = 3_000

/** Runs a file of this folder. It ends by itself when we do: the channel closes. */
export function startHelper(file: string): Helper {
  const child = fork(new URL(file, import.meta.url), {
    execArgv: ['--import', 'tsx'],
    detached: true,
  })
  const waiting = new Map<number, (answer: Answered) => void>()
  let lastId = 0
  child.on('message', message => {
    const answer = message as Answered
    waiting.get(answer.id)?.(answer)
  })
  child.on('exit', code => {
    for (const [id, tell] of waiting) tell({ id, fault: `${file} ended with ${code}` })
  })
  return {
    pid: child.pid ?? 0,
    ask: <Answer>(type: string, input: object = {}, limitMs = ASK_MS) =>
      new Promise<Answer>((resolve, reject) => {
        const id = ++lastId
        const limit = setTimeout(
          () => tell({ id, fault: `${file} did not answer "${type}" within ${limitMs} ms` }),
          limitMs,
        )
        const tell = (answer: Answered) => {
          clearTimeout(limit)
          waiting.delete(id)
          if (answer.fault === undefined) resolve(answer.value as Answer)
          else reject(new Error(answer.fault))
        }
        waiting.set(id, tell)
        child.send({ id, type, input } satisfies Asked)
      }),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const limit = setTimeout(() => child.kill('SIGKILL'), END_MS)
      const ended = once(child, 'exit')
      if (child.connected) child.disconnect()
      await ended
      clearTimeout(limit)
    },
  }
}

/** The other side: answers what it is asked, ends with the one who asks. */
export function serve(handlers: Readonly<Record<string, (input: never) => unknown>>): void {
  process.on('message', async message => {
    const { id, type, input } = message as Asked
    const reply = (answer: Omit<Answered, 'id'>) =>
      process.connected && process.send?.({ id, ...answer })
    try {
      const handle = handlers[type]
      if (!handle) throw new Error(`nobody handles "${type}"`)
      reply({ value: await handle(input as never) })
    } catch (error) {
      reply({ fault: error instanceof Error ? error.message : String(error) })
    }
  })
  process.on('disconnect', () => process.exit(0))
  // The one who asks ended while we were loading.
  if (!process.connected) process.exit(0)
}
