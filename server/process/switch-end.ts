// The end of the embedded switch: after its calls where there is time, at once where there is none.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { askSwitch, switchAnswers, type EventSocketAddress } from './event-socket.ts'
import { readMark, waitForEnd, type ProcessMark } from './living.ts'
import { switchFolder } from './switch-door.ts'
import type { SwitchDoor } from './switch-file.ts'

const ASK_MS = 2000
const END_MS = 7000

/**
 * Refuses new calls, waits for those that live, then ends it. `beforeEnd` runs between the two: the server must be gone,
 * or it would start the switch again. True when there was a switch.
 */
export async function stopSwitch(
  config: Config,
  door: SwitchDoor,
  say: (line: string) => void,
  beforeEnd: () => Promise<unknown>,
): Promise<boolean> {
  const pidFile = join(switchFolder(config.dataDir), 'switch.pid')
  const mark = readMark(pidFile)
  if (!mark) return false
  const eventSocket = { host: '127.0.0.1', port: door.eventSocketPort, password: door.password }
  if (await switchAnswers(eventSocket, ASK_MS)) await drain(eventSocket, config.drainMs, say)
  await beforeEnd()
  await endSwitch(mark)
  rmSync(pidFile, { force: true })
  return true
}

async function drain(
  eventSocket: EventSocketAddress,
  drainMs: number,
  say: (line: string) => void,
): Promise<void> {
  await askSwitch(eventSocket, 'fsctl pause', ASK_MS).catch(() => undefined)
  const deadline = performance.now() + drainMs
  let said = false
  while (performance.now() < deadline) {
    const count = await channelCount(eventSocket).catch(() => 0)
    if (count === 0) return
    if (!said) say(`Waiting up to ${Math.round(drainMs / 1000)} s for ${count} channels to end…`)
    said = true
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}

export async function channelCount(eventSocket: EventSocketAddress): Promise<number> {
  const reply = await askSwitch(eventSocket, 'show channels count', ASK_MS)
  return Number(/(\d+) total/.exec(reply)?.[1] ?? 0)
}

export async function endSwitch(mark: ProcessMark): Promise<void> {
  process.kill(mark.pid, 'SIGINT') // At once: what was to be waited for has been.
  if (await waitForEnd(mark, END_MS)) return
  process.kill(mark.pid, 'SIGKILL')
  await waitForEnd(mark, 2000)
}
