// What servers of a site say to each other, through Redis. Nothing is kept: who was away asks for the whole again.
import { connectRedis, redisReady, type Redis, type RedisAddress } from '../store/index.ts'
import type { Log } from '../log.ts'

export interface Bus {
  /** Number of servers that hear it. @throws when Redis does not answer. */
  say(channel: string, text: string): Promise<number>
  /** Returns what ends the listening. */
  hear(channel: string, listener: (text: string) => void): () => void
  /** Told whenever the connection is there (again): what was said meanwhile is lost. */
  onReady(listener: () => void): void
  close(): void
}

const COMMAND_MS = 1000
const READY_MS = 5000

/** @throws when Redis does not answer at first. */
export async function openBus({
  redis: address,
  prefix,
  log,
}: {
  redis: RedisAddress
  prefix: string
  log: Log
}): Promise<Bus> {
  const mouth = connectRedis(address, { commandTimeoutMs: COMMAND_MS })
  const ear = connectRedis(address)
  const listeners = new Map<string, Set<(text: string) => void>>()
  const readyListeners: (() => void)[] = []
  const faults = (redis: Redis) =>
    redis.on('error', (err: Error) => log.debug({ err }, 'bus connection failed'))
  for (const redis of [mouth, ear]) faults(redis)
  const close = () => {
    mouth.disconnect()
    ear.disconnect()
  }
  try {
    await Promise.all([redisReady(mouth, READY_MS), redisReady(ear, READY_MS)])
  } catch (error) {
    close()
    throw error
  }
  ear.on('message', (channel: string, text: string) => {
    for (const listener of [...(listeners.get(channel) ?? [])]) {
      try {
        listener(text)
      } catch (err) {
        // Another version of a server, or no server at all: what it says means nothing here.
        log.warn({ err, channel }, 'message between servers not understood')
      }
    }
  })
  const listen = (channel: string) =>
    ear.subscribe(channel).catch((error: unknown) => {
      // Subscribed again when the connection is back.
      log.debug({ err: error }, 'bus channel not heard')
    })
  ear.on('ready', () => {
    void Promise.all([...listeners.keys()].map(listen)).then(() => {
      for (const listener of readyListeners) listener()
    })
  })

  return {
    say: (channel, text) => mouth.publish(prefix + channel, text),
    hear(channel, listener) {
      const name = prefix + channel
      const known = listeners.get(name)
      if (known) known.add(listener)
      else {
        listeners.set(name, new Set([listener]))
        void listen(name)
      }
      return () => {
        const left = listeners.get(name)
        left?.delete(listener)
        if (left?.size !== 0) return
        listeners.delete(name)
        ear.unsubscribe(name).catch((error: unknown) => {
          log.debug({ err: error }, 'bus channel not left')
        })
      }
    },
    onReady: listener => void readyListeners.push(listener),
    close,
  }
}
