// The life of the child process: started, asked, and replaced when it dies.
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { BrowserProcessGone, BrowserRefused } from './errors.ts'
import type { LegOptions } from './leg.ts'
import type { FromLegs, LegAnswer, LegRequest, ToLegs } from './protocol.ts'

/** Gathering candidates is limited to 3 s; the rest takes milliseconds. */
const ANSWER_WITHIN_MS = 10_000
const START_WITHIN_MS = 30_000
const END_WITHIN_MS = 3000
/** A process that dies at once is not started in a tight circle. */
const RESTART_AFTER_MS = 500

interface Pending {
  readonly timer: NodeJS.Timeout
  resolve(answer: LegAnswer): void
  reject(error: Error): void
}

export interface Child {
  ask(request: LegRequest): Promise<LegAnswer>
  tell(message: ToLegs): void
  end(): Promise<void>
}

export interface ChildListener {
  onLost(leg: Extract<FromLegs, { type: 'lost' }>['leg'], reason: string): void
  onDied(): void
}

export const createChild = async (options: LegOptions, listener: ChildListener): Promise<Child> => {
  const pending = new Map<number, Pending>()
  let lastRequestId = 0
  let isEnding = false
  let running: ChildProcess | undefined
  let isUp: Promise<void>

  const settle = (requestId: number): Pending | undefined => {
    const waiting = pending.get(requestId)
    pending.delete(requestId)
    clearTimeout(waiting?.timer)
    return waiting
  }

  const onMessage = (message: FromLegs) => {
    if (message.type === 'answered') settle(message.requestId)?.resolve(message.answer)
    if (message.type === 'refused')
      settle(message.requestId)?.reject(new BrowserRefused(message.message, message.code))
    if (message.type === 'lost') listener.onLost(message.leg, message.reason)
  }

  const onExit = () => {
    running = undefined
    for (const requestId of [...pending.keys()])
      settle(requestId)?.reject(new BrowserProcessGone('live'))
    if (isEnding) return
    listener.onDied()
    isUp = new Promise<void>(resolve => setTimeout(resolve, RESTART_AFTER_MS)).then(start)
    // Each request waits for this promise itself; here it only must not be an unheard rejection.
    isUp.catch(() => undefined)
  }

  const start = async (): Promise<void> => {
    if (isEnding) throw new BrowserProcessGone('start')
    const file = fileURLToPath(new URL('./process.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    running = child
    child.once('exit', onExit)
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new BrowserProcessGone('start'))
        child.kill('SIGKILL')
      }, START_WITHIN_MS)
      child.once('error', reject)
      child.once('exit', () => {
        clearTimeout(timer)
        reject(new BrowserProcessGone('start'))
      })
      child.on('message', (message: FromLegs) => {
        if (message.type === 'started') {
          clearTimeout(timer)
          resolve()
        } else onMessage(message)
      })
      child.send({ type: 'configure', options } satisfies ToLegs)
    })
  }

  const send = (message: ToLegs) => {
    // A child that just died is told of by its exit.
    if (running?.connected) running.send(message, () => undefined)
  }

  isUp = start()
  await isUp.catch((error: unknown) => {
    isEnding = true
    throw error
  })

  return {
    async ask(request) {
      await isUp
      return new Promise((resolve, reject) => {
        const requestId = ++lastRequestId
        const timer = setTimeout(
          () => settle(requestId)?.reject(new BrowserProcessGone(request.type)),
          ANSWER_WITHIN_MS,
        )
        pending.set(requestId, { timer, resolve, reject })
        send({ type: 'ask', requestId, request })
      })
    },
    tell: send,
    async end() {
      isEnding = true
      const child = running
      if (child === undefined) return
      const hasEnded = new Promise<void>(resolve => child.once('exit', () => resolve()))
      const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS)
      send({ type: 'close-all' })
      await hasEnded
      clearTimeout(timer)
    },
  }
}
