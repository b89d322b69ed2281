// All recognisers as one: channels, the choice of an engine, its health, and what is shown of it.
import type { EndCause, Listening, ListenOptions } from '../../asr-tts/index.ts'
import type { SpeechView } from '../desktop/protocol.ts'
import * as places from './channels.ts'
import { choose, type Purpose } from './choice.ts'
import type { Engine } from './engine.ts'
import { type Health, isFailure, newHealth, onFailure, onTrialPassed, onWords } from './health.ts'
import { openStream, type PoolEvent, type Use } from './stream.ts'
import { tryEngine, type Trial } from './trial.ts'

export type { PoolEvent } from './stream.ts'

/** Both channels of a talk, or the wait for them. */
export interface Seats {
  /** One stream; after `onSeated` only, and not more of them than channels asked for. */
  listen(options: ListenOptions, onEvent: (event: PoolEvent) => void): Listening
  /** Gives the channels back. Streams that are still open end first. */
  leave(): void
}

export interface Pool {
  /**
   * One stream on a channel of its own, for as long as it lasts. It begins at once, or ends at once as `no-channel` (told before this
   * returns). Times are ms since the first sample, over all engines that take part.
   */
  listen(purpose: Purpose, options: ListenOptions, onEvent: (event: PoolEvent) => void): Listening
  /** Channels for a talk: all of them as soon as it is its turn. */
  join(
    talk: { readonly id: string; readonly beganAt: number; readonly channels: number },
    onSeated: () => void,
  ): Seats
  /** Whether anything could ever listen for that. */
  serves(purpose: Purpose): boolean
  setLimit(recognitionLimit: number): void
  view(): Pick<SpeechView, 'recognition' | 'engines'>
  close(): void
}

export interface PoolDeps {
  /** In order of preference. */
  readonly engines: readonly Engine[]
  readonly recognitionLimit: number
  readonly now: () => number
  /** After each change of what `view` gives. */
  readonly onChange?: () => void
  /** A stream of the engine ended; how far behind the sound its words were. For figures. */
  readonly onEnd?: (engine: string, cause: EndCause) => void
  readonly onLag?: (engine: string, lagMs: number) => void
}

interface Kept {
  readonly engine: Engine
  health: Health
  inUse: number
  retry?: NodeJS.Timeout
  trial?: Trial
}

export function createPool(deps: PoolDeps): Pool {
  const { now, onChange = () => undefined } = deps
  const kept = deps.engines.map((engine): Kept => ({ engine, health: newHealth(now()), inUse: 0 }))
  const onTurn = new Map<string, () => void>()
  const open = new Set<Listening>()
  let channels = places.noChannels(deps.recognitionLimit)
  let isClosed = false

  const setHealth = (one: Kept, health: Health) => {
    if (health === one.health) return
    one.health = health
    clearTimeout(one.retry)
    if (health.retryAt !== undefined && !isClosed)
      one.retry = setTimeout(() => retry(one), health.retryAt - now()).unref()
    onChange()
  }
  const retry = (one: Kept) => {
    if (!one.engine.canBeTried) return setHealth(one, onTrialPassed(one.health, now()))
    one.trial?.cancel()
    one.trial = tryEngine(one.engine, cause => {
      setHealth(
        one,
        isFailure(cause) ? onFailure(one.health, cause, now()) : onTrialPassed(one.health, now()),
      )
    })
  }

  const use = (one: Kept, options: ListenOptions): Use => {
    const { name, recogniser, hotwords } = one.engine
    one.inUse++
    onChange()
    let isReleased = false
    return {
      name,
      tellsPartials: recogniser.capabilities.partials,
      listen: onEvent =>
        recogniser.listen(
          {
            ...options,
            ...(recogniser.capabilities.hotwords && {
              hotwords: { ...hotwords, ...options.hotwords },
            }),
          },
          onEvent,
        ),
      onWords(lagMs) {
        setHealth(one, onWords(one.health, now()))
        deps.onLag?.(name, lagMs)
      },
      release(cause) {
        if (isReleased) return
        isReleased = true
        one.inUse--
        if (isFailure(cause)) setHealth(one, onFailure(one.health, cause, now()))
        deps.onEnd?.(name, cause)
        onChange()
      },
    }
  }

  const stream = (
    purpose: Purpose,
    options: ListenOptions,
    onEvent: (event: PoolEvent) => void,
  ): Listening => {
    const choiceOf = (tried: ReadonlySet<string>) =>
      choose(kept.map(toCandidate), {
        purpose,
        rateHz: options.rateHz,
        hasGrammar: options.grammar !== undefined,
        tried,
      })
    return openStream({
      rateHz: options.rateHz,
      onEvent,
      hasOther: tried => choiceOf(tried).type === 'engine',
      pick(tried) {
        const choice = choiceOf(tried)
        if (choice.type === 'full') return 'no-channel'
        const one = kept.find(
          ({ engine }) => choice.type === 'engine' && engine.name === choice.name,
        )
        return one ? use(one, options) : 'unreachable'
      },
    })
  }

  /** A stream, and a note of it for as long as it lasts; it may end before this returns. */
  const begin = (
    notes: Set<Listening>,
    purpose: Purpose,
    options: ListenOptions,
    onEvent: (event: PoolEvent) => void,
  ): Listening => {
    let isOver = false
    let own: Listening | undefined = undefined
    const listening = stream(purpose, options, event => {
      if (event.type === 'ended') {
        isOver = true
        if (own) notes.delete(own)
      }
      onEvent(event)
    })
    if (!isOver) notes.add((own = listening))
    return listening
  }

  const seatNext = () => {
    const next = places.seat(channels)
    channels = next.channels
    onChange()
    for (const id of next.seated) onTurn.get(id)?.()
  }

  return {
    listen(purpose, options, onEvent) {
      const taken = places.takeForFlow(channels)
      if (!taken || isClosed) {
        onEvent({ type: 'ended', cause: 'no-channel' })
        return NOBODY
      }
      channels = taken
      return begin(open, purpose, options, event => {
        if (event.type === 'ended') {
          channels = places.giveBack(channels)
          // Whoever waits is seated after this one has heard that it is over.
          queueMicrotask(seatNext)
        }
        onEvent(event)
      })
    },
    join({ id, ...talk }, onSeated) {
      const streams = new Set<Listening>()
      let hasLeft = false
      onTurn.set(id, onSeated)
      channels = places.join(channels, { id, ...talk })
      queueMicrotask(seatNext)
      return {
        listen: (options, onEvent) => begin(streams, 'talk', options, onEvent),
        leave() {
          if (hasLeft) return
          hasLeft = true
          for (const listening of streams) listening.cancel()
          onTurn.delete(id)
          channels = places.leave(channels, id)
          queueMicrotask(seatNext)
        },
      }
    },
    serves: purpose =>
      kept.some(
        ({ engine }) =>
          engine.purposes.includes(purpose) &&
          (purpose === 'flow' || !engine.recogniser.capabilities.grammar),
      ),
    setLimit(limit) {
      channels = { ...channels, limit }
      seatNext()
    },
    view: () => ({
      recognition: {
        used: places.usedOf(channels),
        limit: channels.limit,
        waiting: places.waitingOf(channels),
      },
      engines: kept.map(({ engine, health, inUse }) => ({
        name: engine.name,
        kind: engine.kind,
        role: 'recogniser' as const,
        state: health.state,
        since: health.since,
        ...(health.cause !== undefined && { cause: health.cause }),
        inUse,
      })),
    }),
    close() {
      isClosed = true
      for (const one of kept) {
        clearTimeout(one.retry)
        one.trial?.cancel()
      }
      for (const listening of [...open]) listening.cancel()
    },
  }
}

const NOBODY: Listening = {
  write: () => undefined,
  finish: () => undefined,
  cancel: () => undefined,
}

const toCandidate = ({ engine, health, inUse }: Kept) => ({
  name: engine.name,
  purposes: engine.purposes,
  capabilities: engine.recogniser.capabilities,
  health,
  inUse,
  limit: engine.limit,
})
