// While another server steers, its hub's changes are shown by ours.
import type { Hub } from '../desktop/hub.ts'
import type { Log } from '../log.ts'
import type { Bus } from './bus.ts'
import {
  complete,
  messageSchema,
  NO_MIRROR,
  reflect,
  wholeSchema,
  type ChannelChange,
  type Mirror,
  type Whole,
} from './mirror.ts'
import type { Asker } from './question.ts'

export const MIRROR_CHANNEL = 'mirror'
/** After a whole that did not come. */
const ASK_AGAIN_MS = 300

export interface Follower {
  /** Begins to show what the one who steers shows. */
  follow(): void
  /** We steer ourselves. */
  stop(): void
  /** The first whole is shown. */
  readonly isWhole: boolean
}

export function createFollower(deps: {
  bus: Bus
  asker: Asker
  hub: Pick<Hub, 'publish' | 'names' | 'keys'>
  /** Keys of a channel that are this server's own. */
  isOwn: (channel: string, key: string) => boolean
  log: Log
}): Follower {
  const { bus, asker, hub, log } = deps
  let mirror: Mirror = NO_MIRROR
  let isOn = false
  let isAsking = false

  const show = (changes: readonly ChannelChange[]) => {
    for (const { channel, set, remove } of changes) hub.publish(channel, set, remove)
  }
  const showWhole = ({ channels }: Whole) => {
    for (const name of new Set([...hub.names(), ...Object.keys(channels)])) {
      const values = channels[name] ?? {}
      const gone = hub.keys(name).filter(key => !(key in values) && !deps.isOwn(name, key))
      hub.publish(name, values, gone)
    }
  }

  const ask = async () => {
    if (isAsking) return
    isAsking = true
    try {
      while (isOn && mirror.state === 'asking') {
        try {
          const whole = wholeSchema.parse(await asker.ask('whole', []))
          if (!isOn) return
          const { mirror: next, show: changes, isShown } = complete(mirror, whole)
          mirror = next
          if (isShown) showWhole(whole)
          show(changes)
        } catch (error) {
          log.debug({ err: error }, 'no mirror of the floor yet')
          await new Promise(resolve => setTimeout(resolve, ASK_AGAIN_MS))
        }
      }
    } finally {
      isAsking = false
    }
  }

  bus.hear(MIRROR_CHANNEL, text => {
    if (!isOn) return
    const { mirror: next, show: changes, ask: mustAsk } = reflect(mirror, toMessage(text))
    mirror = next
    show(changes)
    if (mustAsk) void ask()
  })
  // What was said while the connection was away is lost.
  bus.onReady(() => {
    if (!isOn) return
    mirror = { ...mirror, early: [], state: 'asking' }
    void ask()
  })

  return {
    follow() {
      if (isOn) return
      isOn = true
      mirror = { ...mirror, early: [], state: 'asking' }
      void ask()
    },
    stop() {
      isOn = false
    },
    get isWhole() {
      return isOn && mirror.state === 'whole'
    },
  }
}

const toMessage = (text: string) => messageSchema.parse(JSON.parse(text))
