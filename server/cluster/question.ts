// A server that follows asks the one that steers, over Redis: at most once, with a time limit, and the same refusals as at home.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { Refusal, refuse } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Bus } from './bus.ts'

const questionSchema = z.object({
  id: z.string(),
  from: z.string(),
  what: z.string(),
  with: z.array(z.unknown()),
})
const answerSchema = z.object({
  id: z.string(),
  value: z.unknown().optional(),
  refusal: z
    .object({
      code: z.string(),
      status: z.number().int(),
      message: z.string(),
      details: z.unknown().optional(),
    })
    .optional(),
})
type Answer = z.infer<typeof answerSchema>

/** Questions go to a term, not to a server: one that wakes up after its term hears none that are meant for the next. */
const deskOf = (epoch: number) => `steer/${epoch}`
const mailOf = (server: string) => `server/${server}`

const ANSWER_MS = 4000
/** As long as a take-over lasts. */
const STEERER_MS = 2500
const LOOK_EVERY_MS = 40
/** What the old term has answered may arrive after the news of the next one. */
const LAST_WORD_MS = 300

export interface Asker {
  /** @throws {Refusal} of the one who steers; SWITCH_AWAY while nobody does, no answer comes in time, or the term asked is over. */
  ask(what: string, args: readonly unknown[]): Promise<unknown>
  close(): void
}

export function createAsker({
  bus,
  server,
  epoch,
}: {
  bus: Bus
  server: string
  /** Of the term that runs, as far as we know. */
  epoch: () => number | undefined
}): Asker {
  const waiting = new Map<string, (answer: Answer) => void>()
  const leave = bus.hear(mailOf(server), text => {
    const answer = answerSchema.parse(JSON.parse(text))
    waiting.get(answer.id)?.(answer)
  })

  /** A question that nobody heard was not answered either: it may be asked again. */
  const deliver = async (id: string, what: string, args: readonly unknown[]): Promise<number> => {
    const deadline = performance.now() + STEERER_MS
    while (performance.now() < deadline) {
      const term = epoch()
      if (term !== undefined) {
        const text = JSON.stringify({ id, from: server, what, with: args })
        const heard = await bus.say(deskOf(term), text).catch(() => 0)
        if (heard > 0) return term
      }
      await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
    }
    throw refuse('SWITCH_AWAY', 'no server steers the calls at this moment')
  }

  /** A server that froze or died takes its questions with it: once another steers, no answer can be right any more. */
  const overAfter = async (asked: number, isEnded: () => boolean): Promise<undefined> => {
    for (;;) {
      const now = epoch()
      if (isEnded() || (now !== undefined && now !== asked)) break
      await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
    }
    await new Promise(resolve => setTimeout(resolve, LAST_WORD_MS))
    return undefined
  }

  return {
    async ask(what, args) {
      const id = randomUUID()
      let timer: NodeJS.Timeout | undefined
      let isEnded = false
      const answered = new Promise<Answer>((resolve, reject) => {
        waiting.set(id, resolve)
        timer = setTimeout(
          () => reject(refuse('SWITCH_AWAY', 'the server that steers does not answer')),
          STEERER_MS + ANSWER_MS,
        )
      })
      // A question that could not be delivered is not waited for.
      answered.catch(() => undefined)
      try {
        const term = await deliver(id, what, args)
        const answer = await Promise.race([answered, overAfter(term, () => isEnded)])
        if (!answer)
          throw refuse('SWITCH_AWAY', 'the server that was asked does not steer any more')
        const { value, refusal } = answer
        if (refusal)
          throw new Refusal(refusal.code, refusal.status, refusal.message, refusal.details)
        return value
      } finally {
        isEnded = true
        clearTimeout(timer)
        waiting.delete(id)
      }
    },
    close: leave,
  }
}

export type Answerers = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>

/** Answers what is asked of this term, until it is closed. */
export function openDesk({
  bus,
  epoch,
  answerers,
  log,
}: {
  bus: Bus
  epoch: number
  answerers: Answerers
  log: Log
}): { close(): void } {
  const answer = async (what: string, args: readonly unknown[]): Promise<Omit<Answer, 'id'>> => {
    try {
      const answerer = Object.hasOwn(answerers, what) ? answerers[what] : undefined
      if (!answerer) throw refuse('BAD_REQUEST', `no server answers ${what}`)
      const value = await answerer(...args)
      return value === undefined ? {} : { value }
    } catch (error) {
      if (!(error instanceof Refusal))
        log.error({ err: error, what }, 'question could not be answered')
      const { code, status, message, details } =
        error instanceof Refusal ? error : refuse('INTERNAL')
      return { refusal: { code, status, message, ...(details !== undefined && { details }) } }
    }
  }
  const leave = bus.hear(deskOf(epoch), text => {
    const question = questionSchema.parse(JSON.parse(text))
    void answer(question.what, question.with).then(async said => {
      await bus
        .say(mailOf(question.from), JSON.stringify({ id: question.id, ...said }))
        .catch((error: unknown) => log.warn({ err: error }, 'answer to another server not sent'))
    })
  })
  return { close: leave }
}
