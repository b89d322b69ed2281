// The other side of the mirror: what our hub shows while we steer, said to those who follow.
import type { Hub } from '../desktop/hub.ts'
import type { Log } from '../log.ts'
import type { Bus } from './bus.ts'
import { MIRROR_CHANNEL } from './follower.ts'
import type { Whole } from './mirror.ts'

/** A change that got lost with nothing after it is noticed within this time. */
const BEAT_MS = 1000

export interface Broadcast {
  whole(): Whole
  close(): void
}

export function openBroadcast({
  bus,
  hub,
  epoch,
  log,
}: {
  bus: Bus
  hub: Pick<Hub, 'onFlush' | 'flush' | 'names' | 'values'>
  epoch: number
  log: Log
}): Broadcast {
  let number = 0
  const say = (change?: string) => {
    const text = `{"epoch":${epoch},"number":${number}${change === undefined ? '' : `,"change":${change}`}}`
    // Not heard: the next number, or the beat, tells those who follow.
    bus.say(MIRROR_CHANNEL, text).catch((error: unknown) => {
      log.debug({ err: error }, 'change not told to other servers')
    })
  }
  const leave = hub.onFlush((channel, set, remove) => {
    number++
    say(`{"channel":${JSON.stringify(channel)},"set":${set},"remove":${remove}}`)
  })
  const beat = setInterval(() => say(), BEAT_MS)
  say()
  return {
    whole() {
      hub.flush()
      return {
        epoch,
        number,
        channels: Object.fromEntries(
          [...hub.names()].map(name => [name, Object.fromEntries(hub.values(name))]),
        ),
      }
    },
    close() {
      clearInterval(beat)
      leave()
    },
  }
}
