// Who speaks: engines in their order, the next one when one fails, five at once, everything kept by content.
import { readFile } from 'node:fs/promises'
import { readWav, type Sound, toWav } from '../audio.ts'
import { isOfText, SynthesisFailed, type SynthesisFault } from '../errors.ts'
import { isMade, writeWhole } from '../file.ts'
import type { SpeechOptions, Synthesizer } from '../synthesizer.ts'
import { createWordBook, type WordBook } from '../text/site-word.ts'
import { pathsOf, type PromptPaths } from './cache.ts'
import { type ChannelOptions, createChannels } from './channel.ts'
import { type EffectTools, toMp3, toPcm, withEffect } from './effect.ts'
import type { SynthesisEngine } from './engine.ts'
import { type Health, healthy, onFailed, onSpoken } from './health.ts'
import { mix } from './mix.ts'
import { type Step, toScript } from './script.ts'

export interface SynthesisOptions {
  /** Where the finished prompts lie. */
  readonly folder: string
  /** In the order in which they are asked; at least one. */
  readonly engines: readonly SynthesisEngine[]
  readonly channels?: ChannelOptions
  readonly words?: Pick<WordBook, 'of'>
  readonly tools: EffectTools
  readonly now?: () => number
  readonly onEvent?: (event: SynthesisEvent) => void
}

export type SynthesisEvent =
  | {
      readonly type: 'spoken'
      readonly engine: string
      readonly tookMs: number
      readonly soundMs: number
    }
  | { readonly type: 'found' }
  /** An engine was left for the next one, or there was none. */
  | { readonly type: 'engine-failed'; readonly engine: string; readonly error: SynthesisFailed }
  /** The prompt is there, its effect is not. */
  | { readonly type: 'effect-failed'; readonly error: SynthesisFailed }
  /** There is no prompt. */
  | { readonly type: 'refused'; readonly fault: SynthesisFault }

export interface Made {
  readonly path: string
  readonly engine: string
  /** It lay there already. */
  readonly isFound: boolean
  /** The effect could not be made; this is the voice alone. */
  readonly isBare: boolean
}

export interface SynthesisFigures {
  readonly used: number
  readonly limit: number
  readonly waiting: number
  readonly engines: readonly {
    readonly name: string
    readonly kind: string
    readonly state: Health['state']
    readonly since: number
    readonly cause?: SynthesisFault
    readonly inUse: number
  }[]
}

export interface Synthesis extends Synthesizer {
  /** @throws {SynthesisFailed} */
  make(text: string, options?: SpeechOptions): Promise<Made>
  figures(): SynthesisFigures
  /** Voices at once, from now on. */
  setLimit(limit: number): void
  close(): void
}

/** A fault of an engine's code is that engine's failure; the next one may speak. */
function asFailure(error: unknown): never {
  if (error instanceof SynthesisFailed) throw error
  throw new SynthesisFailed('broken-off', 'a fault in the engine', { cause: error })
}

/** A try takes at most this, and this for each line. */
const TRY_MS = 20_000
const LINE_MS = 3000

export function createSynthesis(options: SynthesisOptions): Synthesis {
  const {
    folder,
    words = createWordBook(),
    tools,
    now = Date.now,
    onEvent = () => undefined,
  } = options
  const channels = createChannels(options.channels)
  const underWay = new Map<string, Promise<Made>>()
  const desks = options.engines.map(engine => ({ engine, health: healthy(now()), inUse: 0 }))
  type Desk = (typeof desks)[number]

  async function speak(desk: Desk, script: readonly Step[], path: string): Promise<Sound> {
    const kept = (await isMade(path)) ? readWav(await readFile(path)) : undefined
    if (kept) return kept
    const { engine } = desk
    const beganAt = now()
    const signal = AbortSignal.timeout(TRY_MS + LINE_MS * script.length)
    desk.inUse += 1
    try {
      const sound = await mix(script, ({ line }) => engine.speak(line, signal).catch(asFailure))
      await writeWhole(path, toWav(sound))
      desk.health = onSpoken(desk.health, now())
      const soundMs = (1000 * sound.samples.length) / sound.sampleRateHz
      onEvent({ type: 'spoken', engine: engine.name, tookMs: now() - beganAt, soundMs })
      return sound
    } finally {
      desk.inUse -= 1
    }
  }

  async function finish(
    sound: Sound,
    { voice, finished }: PromptPaths,
    { effect, format = 'wav' }: SpeechOptions,
  ): Promise<Pick<Made, 'path' | 'isBare'>> {
    if (finished === voice || (await isMade(finished))) return { path: finished, isBare: false }
    try {
      const heard = effect ? await withEffect(sound, effect, tools) : sound
      await writeWhole(
        finished,
        format === 'mp3'
          ? await toMp3(heard, tools)
          : format === 'pcm'
            ? toPcm(heard)
            : toWav(heard),
      )
      return { path: finished, isBare: false }
    } catch (error) {
      // A caller is better off with the bare voice than with silence; whoever asked for another format is not.
      if (!(error instanceof SynthesisFailed) || format !== 'wav') throw error
      onEvent({ type: 'effect-failed', error })
      return { path: voice, isBare: true }
    }
  }

  async function tryAll(script: readonly Step[], speech: SpeechOptions): Promise<Made> {
    const at = now()
    const isRested = ({ health }: Desk) => health.notBefore <= at
    // When all have failed lately, they are asked all the same: somebody waits.
    const order = [...desks.filter(isRested), ...desks.filter(desk => !isRested(desk))]
    let failure = new SynthesisFailed('missing', 'no engine of synthesis is configured')
    for (const desk of order) {
      const paths = pathsOf(folder, desk.engine, script, speech)
      let sound: Sound
      try {
        sound = await speak(desk, script, paths.voice)
      } catch (error) {
        if (!(error instanceof SynthesisFailed) || isOfText(error)) throw error
        failure = error
        desk.health = onFailed(desk.health, error.fault, now())
        onEvent({ type: 'engine-failed', engine: desk.engine.name, error })
        continue
      }
      const { path, isBare } = await finish(sound, paths, speech)
      return { path, isBare, engine: desk.engine.name, isFound: false }
    }
    throw failure
  }

  /** A prompt of an engine that is away is better than a new one of the next. */
  async function find(script: readonly Step[], speech: SpeechOptions): Promise<Made | undefined> {
    for (const { engine, health } of desks) {
      const { finished: path } = pathsOf(folder, engine, script, speech)
      if (await isMade(path)) return { path, engine: engine.name, isFound: true, isBare: false }
      if (health.notBefore <= now()) return undefined
    }
    return undefined
  }

  async function make(text: string, speech: SpeechOptions = {}): Promise<Made> {
    const script = toScript(text, speech, words.of(speech.area))
    const found = await find(script, speech)
    if (found) {
      onEvent({ type: 'found' })
      return found
    }
    const key = JSON.stringify([script, speech.effect, speech.format])
    const made =
      underWay.get(key) ??
      channels
        .through(speech.isAhead ?? false, () => tryAll(script, speech))
        .finally(() => underWay.delete(key))
    underWay.set(key, made)
    return made
  }

  const makeOrTell: Synthesis['make'] = async (text, speech) => {
    try {
      return await make(text, speech)
    } catch (error) {
      if (error instanceof SynthesisFailed) onEvent({ type: 'refused', fault: error.fault })
      throw error
    }
  }

  return {
    name: desks.map(({ engine }) => engine.name).join(', '),
    make: makeOrTell,
    fileFor: async (text, speech) => (await makeOrTell(text, speech)).path,
    figures: () => ({
      used: channels.used,
      limit: channels.limit,
      waiting: channels.waiting,
      engines: desks.map(({ engine, health: { state, since, cause }, inUse }) => ({
        name: engine.name,
        kind: engine.kind,
        state,
        since,
        ...(cause && { cause }),
        inUse,
      })),
    }),
    setLimit: channels.setLimit,
    close: () => desks.forEach(({ engine }) => engine.close?.()),
  }
}
