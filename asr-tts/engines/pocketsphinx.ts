// Closed grammars understood on this machine: menu words, yes and no, digits, some hundred intents. Dictation it can't.
import { createHash } from 'node:crypto'
import type { Listening, Phrase, Recogniser } from '../recogniser.ts'
import type { VoiceDetector } from '../voice-detector.ts'
import { openListening } from './pocketsphinx-listening.ts'
import {
  findModel,
  type ModelKind,
  ModelUnusable,
  type PocketsphinxModel,
  REJECT_BELOW,
} from './pocketsphinx-model.ts'
import { createDecodingPool, type DecodingPool, type PoolLoad } from './pocketsphinx-pool.ts'
import type { GrammarOf } from './pocketsphinx-protocol.ts'
import { tryInProcess } from './trial.ts'

export interface PocketsphinxOptions {
  /** Holds `tdt` and/or `ptm` and the dictionary (*.dic). */
  readonly folder: string
  /** Default `tdt`: half the work, as right. */
  readonly model?: ModelKind
  readonly voice: VoiceDetector
  /** Threads that decode; each takes about 40 MB. Default 2. */
  readonly workers?: number
  /** Lead over any other syllables from which speech counts as said; null: whatever fits best is taken. Default by model. */
  readonly rejectBelow?: number | null
  /** Of the threads; default 10. */
  readonly niceness?: number
  /** A sentence that takes longer to decode ends the listening as `slow`; default 10 s. */
  readonly limitMs?: number
  /** In a pause, a phrase with which nothing goes on is told at once; default true. Needs the rejection. */
  readonly isEarly?: boolean
}

export interface Pocketsphinx extends Recogniser {
  /** What is wrong with phrases, in a sentence that names the word; undefined when they can be listened for. */
  check(phrases: readonly Phrase[]): Promise<string | undefined>
  /** Tries the model and starts the threads before the first caller speaks. What is wrong is told by the next listening. */
  warm(): void
  load(): PoolLoad
  threadIds(): readonly number[]
  /** Ends what listens, and frees threads and memory. */
  close(): Promise<void>
}

/** A model that was unusable is looked at again after this. */
const TRY_AGAIN_MS = 30_000
const CHECK = new URL('./pocketsphinx-check.mjs', import.meta.url)

export function createPocketsphinx(options: PocketsphinxOptions): Pocketsphinx {
  const { folder, model = 'tdt', voice, workers = 2, niceness = 10, limitMs = 10_000 } = options
  const { rejectBelow = REJECT_BELOW[model], isEarly = true } = options
  const open = new Set<Listening>()
  let found: PocketsphinxModel | undefined
  let pool: DecodingPool | undefined
  let usable: Promise<string | undefined> | undefined
  let isClosed = false

  /** The model was tried and the threads may begin. */
  function isUsable(): Promise<string | undefined> {
    usable ??= findOut()
      .catch((error: unknown) => `the model could not be tried: ${String(error)}`)
      .then(problem => {
        if (problem !== undefined) setTimeout(() => (usable = undefined), TRY_AGAIN_MS).unref()
        return problem
      })
    return usable
  }

  async function findOut(): Promise<string | undefined> {
    try {
      found = findModel(folder, model)
      const problem = await tryInProcess(CHECK, [found.acoustic, found.dictionary])
      return problem ?? (isClosed ? 'it is closed' : undefined)
    } catch (error) {
      if (error instanceof ModelUnusable) return error.message
      throw error
    }
  }

  /** After the model was tried. */
  function poolOf(model: PocketsphinxModel | undefined): DecodingPool {
    if (!model) throw new Error('a sentence was to be decoded before the model was tried')
    pool ??= createDecodingPool({ ...model, workers, niceness, limitMs, waitMs: 3 * limitMs })
    return pool
  }
  const ask: DecodingPool['ask'] = (task, onAnswer) => poolOf(found).ask(task, onAnswer)

  return {
    name: 'pocketsphinx',
    capabilities: {
      partials: false,
      wordTimes: true,
      hotwords: false,
      itn: false,
      grammar: true,
      ratesHz: [8000],
    },
    listen(listenOptions, onEvent) {
      const { grammar = [], rateHz } = listenOptions
      const refused = isClosed
        ? 'it is closed'
        : rateHz !== 8000
          ? `it hears 8000 Hz, not ${rateHz}`
          : grammar.length === 0
            ? 'it understands only the phrases of a grammar, and there is none'
            : undefined
      if (refused !== undefined) return refuse(refused, onEvent)
      const listening = openListening(
        { voice, pool: { ask }, usable: isUsable, rejectBelow, isEarly },
        toGrammarOf(grammar),
        listenOptions,
        event => {
          if (event.type === 'ended') open.delete(listening)
          onEvent(event)
        },
      )
      open.add(listening)
      return listening
    },
    async check(phrases) {
      const problem = await isUsable()
      if (problem !== undefined) return problem
      const answer = await new Promise<{ type: string; detail?: string }>(resolve => {
        ask({ type: 'compile', grammar: toGrammarOf(phrases) }, resolve)
      })
      return answer.type === 'compiled' ? undefined : answer.detail
    },
    warm() {
      void isUsable().then(problem => problem === undefined && poolOf(found).warm())
    },
    load: () => pool?.load() ?? { workers: 0, busy: 0, waiting: 0, waitedMs: 0 },
    threadIds: () => pool?.threadIds() ?? [],
    async close() {
      isClosed = true
      for (const listening of [...open]) listening.cancel()
      await usable
      await pool?.close()
    },
  }
}

const toGrammarOf = (phrases: readonly Phrase[]): GrammarOf => ({
  key: createHash('sha256').update(JSON.stringify(phrases)).digest('hex').slice(0, 24),
  phrases,
})

function refuse(detail: string, onEvent: Parameters<Recogniser['listen']>[1]): Listening {
  let isEnded = false
  const end = (cause: 'refused' | 'cancelled') => {
    if (isEnded) return
    isEnded = true
    onEvent({ type: 'ended', cause, ...(cause === 'refused' && { detail }) })
  }
  // Like every engine: told after the caller has what it listens with.
  queueMicrotask(() => end('refused'))
  return { write: () => undefined, finish: () => undefined, cancel: () => end('cancelled') }
}
