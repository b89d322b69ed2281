// Runs behaviours on one switch: several side by side, those that need the switch for themselves one by one at the end.
import type { Behaviour } from './behaviour.ts'
import { createScene } from './scene.ts'
import { openStage } from './stage.ts'
import type { Subject } from './subject.ts'

export interface Outcome {
  readonly behaviour: Behaviour
  /** Undefined when it holds. */
  readonly fault: string | undefined
  readonly tookMs: number
}

const SIDE_BY_SIDE = 4
const LIMIT_MS = 60_000

export async function runBehaviours(
  subject: Subject,
  behaviours: readonly Behaviour[],
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const stage = await openStage(subject)
  const outcomes: Outcome[] = []
  const runOne = async (behaviour: Behaviour) => {
    const scene = createScene(stage)
    const startedAt = performance.now()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`took longer than ${LIMIT_MS} ms`)), LIMIT_MS)
    })
    const fault = await Promise.race([behaviour.run(scene), late]).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
    )
    clearTimeout(timer)
    await scene.end()
    const outcome = { behaviour, fault, tookMs: performance.now() - startedAt }
    outcomes.push(outcome)
    onOutcome(outcome)
  }
  const drain = async (list: readonly Behaviour[], width: number) => {
    const waiting = [...list]
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await runOne(next)
    }
    await Promise.all(Array.from({ length: width }, worker))
  }
  try {
    await drain(
      behaviours.filter(({ isAlone }) => !isAlone),
      SIDE_BY_SIDE,
    )
    await drain(
      behaviours.filter(({ isAlone }) => isAlone === true),
      1,
    )
  } finally {
    await stage.close()
  }

  return outcomes
}
