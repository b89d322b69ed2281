// One blow each. A fault strikes at once; what it broke runs again when `heal` has resolved.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { steersNow, type World } from './world.ts'

export interface Blow {
  /** When it struck, on `performance.now()`. */
  readonly atMs: number
  /** How control comes back: by the other server, by a restart, or it was never gone. */
  readonly back: 'another' | 'restart' | 'same'
  heal(): Promise<void>
}
export interface Fault {
  readonly name: string
  /** Among the faults of its kind in a run. */
  readonly weight: number
  /** `kill -9` of a process of ours; else something beside the servers. */
  readonly isKill?: true
  strike(world: World): Promise<Blow>
}

export const nothing = () => Promise.resolve()

export const killSteering: Fault = {
  name: 'kill -9 of the server that steers',
  weight: 15,
  isKill: true,
  async strike(world) {
    const server = await steersNow(world)
    const atMs = performance.now()
    await server.kill9()
    return { atMs, back: 'another', heal: () => server.restart() }
  },
}

export const killFollowing: Fault = {
  name: 'kill -9 of the server that follows',
  weight: 2,
  isKill: true,
  async strike(world) {
    const server = await world.cluster.following()
    const atMs = performance.now()
    await server.kill9()
    return { atMs, back: 'same', heal: () => server.restart() }
  },
}

/** Both at once; the first to be started again takes over. */
export const killAll: Fault = {
  name: 'kill -9 of both servers',
  weight: 3,
  isKill: true,
  async strike({ servers }) {
    const atMs = performance.now()
    await Promise.all(servers.map(server => server.kill9()))
    const [first, ...others] = servers
    const started = first?.restart()
    return {
      atMs,
      back: 'restart',
      async heal() {
        await started
        for (const server of others) await server.restart()
      },
    }
  },
}

export const handOver: Fault = {
  name: 'SIGTERM to the server that steers',
  weight: 2,
  async strike(world) {
    const server = await steersNow(world)
    const atMs = performance.now()
    const ended = server.term()
    return {
      atMs,
      back: 'another',
      async heal() {
        await ended
        await server.restart()
      },
    }
  },
}

export const cutSwitch: Fault = {
  name: 'the connections to the switch are cut',
  weight: 2,
  async strike({ proxies }) {
    const atMs = performance.now()
    for (const proxy of proxies) proxy.cut()
    return { atMs, back: 'same', heal: nothing }
  },
}

export const loseSwitch: Fault = {
  name: 'the switch is out of reach for three seconds',
  weight: 1,
  async strike({ proxies }) {
    await Promise.all(proxies.map(proxy => proxy.refuse()))
    await pause(3000)
    await Promise.all(proxies.map(proxy => proxy.accept()))
    return { atMs: performance.now(), back: 'same', heal: nothing }
  },
}

/** Bytes that the servers send are taken and lost; nothing says that the far side is gone. */
export const halfOpen: Fault = {
  name: 'the connections to the switch are half open',
  weight: 1,
  async strike({ proxies }) {
    const atMs = performance.now()
    for (const proxy of proxies) proxy.vanish()
    return { atMs, back: 'same', heal: nothing }
  },
}

/** Every event comes so many times. */
const FLOOD_TIMES = 200

export const floodEvents: Fault = {
  name: 'a flood of events for three seconds',
  weight: 1,
  async strike({ proxies }) {
    const ends = proxies.map(proxy => proxy.rule(() => ({ repeat: FLOOD_TIMES })))
    await pause(3000)
    for (const end of ends) end()
    return { atMs: performance.now(), back: 'same', heal: nothing }
  },
}

export const killRedis: Fault = {
  name: 'kill -9 of Redis, back after a second',
  weight: 2,
  async strike({ cluster }) {
    await cluster.redis.kill()
    await pause(1000)
    await cluster.redis.start()
    return { atMs: performance.now(), back: 'same', heal: nothing }
  },
}

export const killPostgres: Fault = {
  name: 'kill -9 of PostgreSQL, started again at once',
  weight: 2,
  async strike({ cluster }) {
    const atMs = performance.now()
    await cluster.postgres.kill()
    await cluster.postgres.start()
    return { atMs, back: 'same', heal: nothing }
  },
}

export const freezeSteering: Fault = {
  name: 'the server that steers stands still for four seconds',
  weight: 1,
  async strike(world) {
    const server = await steersNow(world)
    const atMs = performance.now()
    server.freeze()
    const thawed = pause(4000).then(() => server.thaw())
    return { atMs, back: 'another', heal: () => thawed }
  },
}

export const fillDisk: Fault = {
  name: 'no room for recordings for five seconds',
  weight: 1,
  async strike({ servers }) {
    const folder = join(servers[0]?.mediaDir ?? '', 'recordings')
    mkdirSync(folder, { recursive: true })
    const mount = ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]
    if (spawnSync('mount', mount).status !== 0) throw new Error('no right to mount a file system')
    try {
      await pause(5000)
    } finally {
      spawnSync('umount', ['-l', folder])
    }
    return { atMs: performance.now(), back: 'same', heal: nothing }
  },
}
