// One server's time of steering, from the lease taken to the lease given back or lost.
import type { Telephony } from '../../telephony/index.ts'
import { createControl, type ControlDeps } from '../control/control.ts'
import type { Mandate, Steering } from '../control/port.ts'
import type { Hub } from '../desktop/hub.ts'
import type { Log } from '../log.ts'
import { createRedisFloorStore, type Lease, type RedisAddress } from '../store/index.ts'
import type { Bus } from './bus.ts'
import { openBroadcast } from './broadcast.ts'
import { openDesk, type Answerers } from './question.ts'
import { answersOf } from './remote-control.ts'
import { createTenure, type TenureTiming } from './tenure.ts'

export interface TermDeps {
  readonly lease: Lease
  readonly askedAtMs: number
  readonly timing: TenureTiming
  readonly redis: RedisAddress
  readonly prefix: string
  /** No other server can reach this Redis. */
  readonly isAlone: boolean
  readonly telephonies: readonly Telephony[]
  readonly control: Omit<ControlDeps, 'telephonies' | 'store' | 'mandate' | 'onLeaseLost' | 'log'>
  readonly answerers: Answerers
  readonly bus: Bus
  readonly hub: Hub
  readonly log: Log
}

export interface Term {
  readonly epoch: number
  readonly control: Steering
  /** Resolves when another server has taken over; everything of this term has stopped then. */
  readonly lost: Promise<void>
  mayAct(): boolean
  /** Writes what is to be written and gives the lease back. */
  handOver(): Promise<void>
}

/** @throws when the store does not answer, or the lease is lost meanwhile; it is given back then. */
export async function beginTerm(deps: TermDeps): Promise<Term> {
  const { lease, bus, hub, log, telephonies } = deps
  const { epoch } = lease
  const mark = `${epoch}:${lease.owner}`
  const switchOf = (node: string) => telephonies.find(({ nodeName }) => nodeName === node)
  const loss = new AbortController()

  const tenure = createTenure({
    lease,
    askedAtMs: deps.askedAtMs,
    timing: deps.timing,
    monotonicMs: () => performance.now(),
    async isUncontested(node) {
      if (deps.isAlone) return true
      try {
        const steerer = await switchOf(node)?.steerer()
        return steerer === '' || steerer === mark
      } catch (error) {
        log.warn({ err: error, node }, 'the switch does not say who steers it')
        return false
      }
    },
    onLost: () => loss.abort(),
    log,
  })
  const mandate: Mandate = {
    ...tenure,
    claim: async node => void (await switchOf(node)?.setSteerer(mark)),
  }
  try {
    const store = await createRedisFloorStore({
      redis: deps.redis,
      prefix: deps.prefix,
      epoch,
      node: lease.node,
      log,
    })
    let control: Steering
    try {
      control = await createControl({
        ...deps.control,
        telephonies,
        store,
        mandate,
        onLeaseLost: () => loss.abort(),
        log,
      })
    } catch (error) {
      await store.close()
      throw error
    }
    const broadcast = openBroadcast({ bus, hub, epoch, log })
    const desk = openDesk({
      bus,
      epoch,
      answerers: {
        ...answersOf(control, () => hub.flush()),
        ...deps.answerers,
        whole: broadcast.whole,
      },
      log,
    })
    const quiet = () => {
      desk.close()
      broadcast.close()
    }
    const onLost = async () => {
      tenure.stop()
      quiet()
      await control.abandon()
    }
    const lost = new Promise<void>((resolve, reject) => {
      const stop = () => void onLost().then(resolve, reject)
      if (loss.signal.aborted) stop()
      else loss.signal.addEventListener('abort', stop, { once: true })
    })
    return {
      epoch,
      control,
      lost,
      mayAct: tenure.mayAct,
      async handOver() {
        await control.close()
        quiet()
        await tenure.release()
      },
    }
  } catch (error) {
    await tenure.release()
    throw error
  }
}
