// Messages on their way out: in Redis, tried again with growing pauses, kept in sight when they can't be delivered.
import { Queue, Worker, type Job } from 'bullmq'
import type { AlarmMessage } from '../alarm/message.ts'
import type { Log } from '../log.ts'
import type { RedisAddress } from '../store/index.ts'
import type { Outlet } from './outlet.ts'

export interface AlarmQueue {
  /** Never throws and never waits for an outlet. */
  post(message: AlarmMessage): void
  /** On their way, and given up. */
  state(): Promise<{ readonly waiting: number; readonly dead: readonly DeadMessage[] }>
  /** Tries one again that was given up; false when there is no such message. */
  retry(id: string): Promise<boolean>
  close(): Promise<void>
}
export interface DeadMessage {
  readonly id: string
  readonly outlet: string
  readonly kind: AlarmMessage['kind']
  readonly at: number
  readonly attempts: number
  readonly reason: string
}
interface Work {
  readonly outlet: Outlet['name']
  readonly message: AlarmMessage
}

const QUEUE = 'alarm-messages'
/** With the pauses below the last try is about 21 minutes after the first. */
const ATTEMPTS = 9
const FIRST_PAUSE_MS = 5000
const KEPT_DEAD = 500
const ADD_LIMIT_MS = 2000
const CLOSE_LIMIT_MS = 3000
/** Without Redis a message is delivered from here, as often as this. */
const DIRECT_PAUSES_MS = [0, 10_000, 60_000]

export function createAlarmQueue(deps: {
  readonly redis: RedisAddress
  readonly prefix: string
  readonly outlets: readonly Outlet[]
  readonly log: Log
  /** Before the second try; it doubles after. */
  readonly firstPauseMs?: number
  readonly attempts?: number
}): AlarmQueue {
  const { outlets, log } = deps
  const name = `${deps.prefix}jobs`
  const connection = (forWorker: boolean) => ({
    ...(typeof deps.redis === 'string' ? { url: deps.redis } : { path: deps.redis.path }),
    // A worker waits for Redis as long as it takes; one who posts must know at once.
    maxRetriesPerRequest: forWorker ? null : 1,
    enableOfflineQueue: forWorker,
    retryStrategy: (attempt: number) => Math.min(attempt * 200, 2000),
  })
  const queue = new Queue<Work>(QUEUE, {
    connection: connection(false),
    prefix: name,
    defaultJobOptions: {
      attempts: deps.attempts ?? ATTEMPTS,
      backoff: { type: 'exponential', delay: deps.firstPauseMs ?? FIRST_PAUSE_MS },
      removeOnComplete: { count: 200, age: 86_400 },
      removeOnFail: { count: KEPT_DEAD },
    },
  })
  const worker = new Worker<Work>(QUEUE, job => deliver(job.data), {
    connection: connection(true),
    prefix: name,
    concurrency: 2,
  })
  const timers = new Set<NodeJS.Timeout>()
  let closed = false

  const deliver = async ({ outlet, message }: Work): Promise<void> => {
    const found = outlets.find(one => one.name === outlet)
    // An outlet that was taken out of the settings since.
    if (found) await found.deliver(message)
  }
  const onError = (err: Error) => log.warn({ code: codeOf(err) }, 'alarm queue failed')
  queue.on('error', onError)
  worker.on('error', onError)
  worker.on('failed', (job, err) =>
    log.warn(
      { outlet: job?.data.outlet, attempt: job?.attemptsMade, code: codeOf(err) },
      'alarm message not delivered',
    ),
  )

  const add = async (work: Work): Promise<void> => {
    const jobId = idOf(work)
    await within(queue.add('deliver', work, { jobId }), ADD_LIMIT_MS)
  }
  /** Redis is away, which may be what the message is about. */
  const deliverDirectly = (work: Work, [pauseMs, ...later]: readonly number[]): void => {
    if (pauseMs === undefined || closed) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      deliver(work).catch((err: unknown) => {
        log.warn({ outlet: work.outlet, code: codeOf(err) }, 'alarm message not delivered')
        deliverDirectly(work, later)
      })
    }, pauseMs)
    timers.add(timer)
  }

  return {
    post(message) {
      for (const { name: outlet } of outlets)
        add({ outlet, message }).catch(() => deliverDirectly({ outlet, message }, DIRECT_PAUSES_MS))
    },
    async state() {
      const [counts, dead] = await Promise.all([
        queue.getJobCounts('waiting', 'active', 'delayed'),
        queue.getFailed(0, 99),
      ])
      return {
        waiting: Object.values(counts).reduce((total, count) => total + count, 0),
        dead: dead.map(toDead),
      }
    },
    async retry(id) {
      const job = await queue.getJob(id)
      if (!job || !(await job.isFailed())) return false
      await job.retry('failed', { resetAttemptsMade: true })
      return true
    },
    async close() {
      closed = true
      for (const timer of timers) clearTimeout(timer)
      // One that is being delivered is taken up again by the next server.
      await within(Promise.allSettled([worker.close(true), queue.close()]), CLOSE_LIMIT_MS).catch(
        () => undefined,
      )
      for (const outlet of outlets) outlet.close()
    },
  }
}

/** BullMQ takes no colon in an id. */
const idOf = ({ outlet, message }: Work) => `${outlet}-${message.id}`.replaceAll(':', '_')

const toDead = (job: Job<Work>): DeadMessage => ({
  id: job.id ?? '',
  outlet: job.data.outlet,
  kind: job.data.message.kind,
  at: job.data.message.at,
  attempts: job.attemptsMade,
  reason: job.failedReason.slice(0, 200),
})

/** Messages of libraries may hold addresses and names of users; codes do not. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

async function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
