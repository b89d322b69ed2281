// Takes every alarm as it begins and ends, keeps its history and has messages sent. Never waited for by those who raise alarms.
import type { AlarmView } from '../desktop/protocol.ts'
import type { Log } from '../log.ts'
import type { Alarms } from '../store/index.ts'
import type { AlarmMessage } from './message.ts'
import {
  EMPTY_POST,
  onCleared,
  onRaised,
  onSeen,
  onTick,
  type Posted,
  type PostRules,
} from './post.ts'

type Change = AlarmView | { readonly id: string; readonly cleared: true }

const TICK_MS = 5000
/** The history decides which of several servers tells of an alarm; no answer within this: we tell. */
const HISTORY_LIMIT_MS = 2000
const MOST_WAITING = 1000

export interface Office {
  onAlarm(change: Change): void
  /** Somebody has it in hand. */
  onSeen(alarm: string): void
  openLevels(): readonly AlarmView['level'][]
  close(): void
}

export function createOffice(deps: {
  readonly history: Alarms
  readonly server: string
  readonly rules: () => PostRules
  readonly send: (message: AlarmMessage) => void
  readonly clock: () => number
  readonly log: Log
}): Office {
  const { history, server, clock, log } = deps
  const open = new Map<string, AlarmView>()
  const startedAt = clock()
  let post = EMPTY_POST
  let writing: Promise<unknown> = Promise.resolve()
  /** What the database could not take yet, in order. */
  const waiting: (() => Promise<unknown>)[] = []

  const take = ({ post: next, messages }: Posted) => {
    post = next
    for (const message of messages) deps.send(message)
  }
  /** In order; what fails waits for the next tick. */
  const write = (work: () => Promise<unknown>) => {
    if (waiting.length >= MOST_WAITING) waiting.shift()
    waiting.push(work)
    writing = writing.then(flush)
  }
  const flush = async () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      try {
        await next()
        waiting.shift()
      } catch (err) {
        log.warn({ err, waiting: waiting.length }, 'alarm history waits for the database')
        return
      }
    }
  }
  const raise = (alarm: AlarmView) => {
    const at = clock()
    let isOurs: boolean | undefined
    let told = false
    const tell = () => {
      if (told) return
      told = true
      // Over meanwhile: there is nothing left to tell of.
      if (isOurs !== false && open.get(alarm.id) === alarm)
        take(onRaised(post, alarm, at, deps.rules()))
    }
    const timer = setTimeout(tell, HISTORY_LIMIT_MS)
    timer.unref()
    write(async () => {
      const { id, level, cause, detail = null, since } = alarm
      const isNew = await history.raise({
        alarm: id,
        level,
        cause,
        detail,
        server,
        raisedAt: since,
      })
      // A change of level is told by whoever sees it.
      isOurs = isNew || post.open[id] !== undefined
      clearTimeout(timer)
      tell()
    })
  }

  // What this server left behind is over, or will be raised again.
  write(() => history.clearOlder(server, startedAt, clock()))
  const timer = setInterval(() => {
    if (waiting.length > 0) writing = writing.then(flush)
    take(onTick(post, clock(), deps.rules()))
  }, TICK_MS)
  timer.unref()

  return {
    onAlarm(change) {
      if ('cleared' in change) {
        open.delete(change.id)
        const at = clock()
        write(() => history.clear(change.id, at))
        take(onCleared(post, change.id, at, deps.rules()))
      } else {
        open.set(change.id, change)
        raise(change)
      }
    },
    onSeen(alarm) {
      post = onSeen(post, alarm)
    },
    openLevels: () => [...open.values()].map(({ level }) => level),
    close: () => clearInterval(timer),
  }
}
