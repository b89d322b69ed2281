// Ends server, embedded switch and private redis-server of a data folder, in this order, by their pid files.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig, WrongConfiguration } from '../config.ts'
import { stopEdgeProcess } from './edge-process.ts'
import { readMark, waitForEnd } from './living.ts'
import { stopPrivateRedis } from './private-redis.ts'
import { openDoor } from './switch-door.ts'
import { stopSwitch } from './switch-end.ts'

const SERVER_MS = 10_000
const REDIS_MS = 10_000

/** Gives the exit code. */
export async function stop(say: (line: string) => void): Promise<number> {
  try {
    const config = readConfig()
    if (!existsSync(config.dataDir)) {
      say(`Nothing runs: there is no data folder ${config.dataDir}.`)
      return 0
    }
    // The server steers calls while they end, so it goes after the switch; it must not start the switch again.
    const server = readMark(join(config.dataDir, 'server.pid'))
    const drained = await stopSwitch(config, await openDoor(config), say, () => {
      if (server) process.kill(server.pid, 'SIGTERM')
      return server ? waitForEnd(server, SERVER_MS) : Promise.resolve(true)
    })
    if (server) {
      if (!drained) process.kill(server.pid, 'SIGTERM')
      say(
        (await waitForEnd(server, SERVER_MS))
          ? 'The server has ended.'
          : `The server (pid ${server.pid}) does not end.`,
      )
    }
    if (drained) say('The embedded switch has ended.')
    if (await stopEdgeProcess(config.dataDir)) say('The SIP edge has ended.')
    if (await stopPrivateRedis(config.dataDir, REDIS_MS)) say('The private redis-server has ended.')
    return 0
  } catch (error) {
    if (!(error instanceof WrongConfiguration)) throw error
    for (const problem of error.problems) say(problem)
    return 2
  }
}
