// Trial calls (拨测): out over a trunk to a number that ought to answer and speak; what came of it is kept, a failure is an alarm.
// The leg is the switch's own and belongs to no call of ours, so it counts nowhere; when it comes back to us, control has been told to
// expect it (control/trial-window.ts).
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Control } from '../control/port.ts'
import type { Log } from '../log.ts'
import type { StoredTrialCall, TrialCalls } from '../store/index.ts'
import {
  trialOriginate,
  type TrialTrunk,
  type TrialVerdict,
  verdictOfRefusal,
} from './dial-string.ts'
import { loudestRms } from './sound.ts'

const ANSWER_S = 20
const LISTEN_MS = 8000
const ASK_MS = 5000
/** Speech is far above it, the noise of a line far below. */
const LEAST_RMS = 150
const FOLDER = 'trials'

export interface TrialSwitch {
  /** @throws with the switch's reply when it refuses. */
  ask(command: string, limitMs: number): Promise<string>
  /** The media folder as the switch sees it. */
  readonly mediaDir: string
}
export interface Trials {
  readonly number: string
  trunks(): Promise<readonly TrialTrunk[]>
  /** One after the other. */
  run(trunk: string, by: string): Promise<StoredTrialCall | undefined>
  runAll(by: string): Promise<void>
}

export function createTrials(deps: {
  readonly number: string
  readonly mediaDir: string
  readonly trunks: () => Promise<readonly TrialTrunk[]>
  /** A switch that is there; undefined while none is. */
  readonly aSwitch: () => TrialSwitch | undefined
  readonly calls: TrialCalls
  readonly control: () => Pick<Control, 'raiseAlarm' | 'clearAlarm' | 'expectTrial'> | undefined
  readonly clock: () => number
  readonly log: Log
}): Trials {
  const { clock, log } = deps
  let last: Promise<unknown> = Promise.resolve()

  /** Without it the trial call counts as a call if it comes back; it is made all the same. */
  const expect = (shown: string, forMs: number) =>
    deps
      .control()
      ?.expectTrial(shown, forMs)
      .catch((err: unknown) => log.warn({ err }, 'trial call not announced to the control loop'))
  const dial = async (trunk: TrialTrunk) => {
    const aSwitch = deps.aSwitch()
    const nothing = { setUpMs: null, heardRms: null, recording: null }
    if (!aSwitch) return { ...nothing, outcome: 'failed' as const, detail: 'no switch answers' }
    const legId = `trial-${randomUUID()}`
    const file = `${FOLDER}/${legId}.wav`
    let setUpMs: number
    try {
      const { way } = trunk
      const command = trialOriginate({
        legId,
        trunk: { ...trunk, way },
        answerS: ANSWER_S,
      })
      await expect(way.shown, ANSWER_S * 1000)
      const began = performance.now()
      try {
        await aSwitch.ask(command, ANSWER_S * 1000 + ASK_MS)
        setUpMs = Math.round(performance.now() - began)
      } finally {
        // Who answers at our end has heard the call arrive before.
        await expect(way.shown, 0)
      }
    } catch (err) {
      const reply = err instanceof Error ? err.message : String(err)
      return { ...nothing, outcome: verdictOfRefusal(reply), detail: reply.trim().slice(0, 200) }
    }
    try {
      await mkdir(join(deps.mediaDir, FOLDER), { recursive: true })
      const path = `${aSwitch.mediaDir}/${file}`
      await aSwitch.ask(`uuid_record ${legId} start ${path}`, ASK_MS)
      await pause(LISTEN_MS)
      await aSwitch.ask(`uuid_record ${legId} stop ${path}`, ASK_MS)
      const heardRms = loudestRms(await readFile(join(deps.mediaDir, file)))
      const outcome: TrialVerdict = heardRms >= LEAST_RMS ? 'passed' : 'silent'
      return { outcome, setUpMs, heardRms, recording: file, detail: null }
    } catch (err) {
      await rm(join(deps.mediaDir, file), { force: true })
      const detail = err instanceof Error ? err.message.slice(0, 200) : String(err)
      return { ...nothing, setUpMs, outcome: 'failed' as const, detail }
    } finally {
      // The far end may have hung up already.
      await aSwitch.ask(`uuid_kill ${legId}`, ASK_MS).catch(() => undefined)
    }
  }

  const run = async (id: string, by: string): Promise<StoredTrialCall | undefined> => {
    const trunk = (await deps.trunks()).find(one => one.id === id)
    if (!trunk) return undefined
    const beganAt = clock()
    const found = await dial(trunk)
    const call = await deps.calls.add({ trunk: id, number: deps.number, beganAt, by, ...found })
    const alarm = `trial-${id}`
    if (found.outcome === 'passed') deps.control()?.clearAlarm(alarm)
    else
      deps.control()?.raiseAlarm(alarm, 'critical', 'trial-call-failed', `${id}: ${found.outcome}`)
    log.info({ trunk: id, outcome: found.outcome, setUpMs: found.setUpMs }, 'trial call made')
    return call
  }
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }

  return {
    number: deps.number,
    trunks: deps.trunks,
    run: (trunk, by) => inTurn(() => run(trunk, by)),
    async runAll(by) {
      for (const { id } of await deps.trunks())
        await inTurn(() => run(id, by)).catch((err: unknown) =>
          log.error({ err, trunk: id }, 'trial call failed'),
        )
    },
  }
}
