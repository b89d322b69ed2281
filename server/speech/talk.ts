// One talk is listened to: its channels, its tap, a stream for each side, and what is told of it.
import type { EndCause } from '../../asr-tts/index.ts'
import type { TapSound, Tap } from '../../telephony/call/tap.ts'
import type { Telephony } from '../../telephony/index.ts'
import type { FactData, Side } from '../ledger/fact.ts'
import type { Pool, Seats } from './pool.ts'
import { sentenceOf } from './sentence.ts'
import { openSide, type SideStream } from './side.ts'
import { heardAt, type TapClock } from './tap-clock.ts'
import type { Wish } from './wish.ts'
import type { Vocabulary } from './vocabulary.ts'

export interface TalkDeps {
  /** Of this listening; a call may have several, one after the other. */
  readonly id: string
  readonly wish: Wish
  readonly pool: Pool
  readonly telephony: Pick<Telephony, 'openTap'>
  readonly words: Pick<Vocabulary, 'hotwords' | 'corrector'>
  readonly now: () => number
  readonly onSentence: (sentence: FactData['sentence-heard']) => void
  readonly onPartial: (side: Side, text: string) => void
  readonly onChange: (change: FactData['transcription-changed']) => void
  /** Once: nothing more will be told. */
  readonly onEnd: () => void
}
export interface Talk {
  readonly wish: Wish
  /** Masked, on hold, recorded anew. */
  change(wish: Wish): void
  /** No more sound; the last words are told, then the end. */
  finish(): void
  /** Ends at once and tells nothing more: another server goes on. */
  cancel(): void
}

/** An engine's own limit after the last sound is five seconds; a little more, and it is let go. */
const LAST_WORDS_MS = 6000
const FIRST_AGAIN_MS = 3000
const LONGEST_AGAIN_MS = 60_000
const SIDES: readonly Side[] = ['caller', 'agent']

export function openTalk(deps: TalkDeps): Talk {
  const { id, pool, telephony, now } = deps
  let { wish } = deps
  let tap: Tap | undefined
  let clock: TapClock = {}
  let streams: Readonly<Record<Side, SideStream>> | undefined
  let isOver = false
  let isFinishing = false
  /** Opened so far; what an earlier one tells is late. */
  let taps = 0
  let tapFailures = 0
  let timer: NodeJS.Timeout | undefined
  let told: FactData['transcription-changed'] | undefined
  const engines = new Map<Side, string>()
  const left = new Set<Side>(SIDES)

  const tell = (change: FactData['transcription-changed']) => {
    if (isOver || (told?.state === change.state && told.engine === change.engine)) return
    told = change
    deps.onChange(change)
  }
  const end = () => {
    if (isOver) return
    // An engine that gave no last words leaves none on the screens.
    for (const side of SIDES) streams?.[side].hush()
    if (told) tell({ state: 'off' })
    stop()
    deps.onEnd()
  }
  const stop = () => {
    isOver = true
    clearTimeout(timer)
    tap?.stop()
    for (const side of SIDES) streams?.[side].cancel()
    seats.leave()
  }

  const onEngine = (side: Side, engine: string | undefined, cause: EndCause | undefined) => {
    if (engine === undefined) {
      engines.delete(side)
      // The other side may still be heard.
      if (engines.size > 0) return
      return tell({ state: 'failed', ...(cause && { cause }) })
    }
    engines.set(side, engine)
    tell({ state: 'on', engine, ...(cause && { cause }) })
  }

  const openStreams = (to: Seats): Record<Side, SideStream> => {
    const streamOf = (side: Side) =>
      openSide({
        side,
        hotwords: deps.words.hotwords(),
        listen: to.listen,
        // What was being said when the mask came goes away all the same.
        onPartial: text => (text === '' || !wish.isMasked) && deps.onPartial(side, text),
        onFinal(understood) {
          if (clock.beganAt === undefined) return
          const { recordingAt } = wish
          const sentence = sentenceOf(
            understood,
            { tapAt: clock.beganAt, recordingAt },
            deps.words.corrector(),
          )
          if (sentence) deps.onSentence(sentence)
        },
        onEngine: (engine, cause) => onEngine(side, engine, cause),
        onFinished() {
          left.delete(side)
          if (left.size === 0) end()
        },
      })
    return { caller: streamOf('caller'), agent: streamOf('agent') }
  }

  const onSound = ({ said, heard, atMs }: TapSound, at: number) => {
    if (isOver || isFinishing || !streams) return
    tapFailures = 0
    clock = heardAt(clock, atMs + said.length / SAMPLES_PER_MS, at)
    streams.caller.write(said, atMs)
    streams.agent.write(wish.isAgentAway ? new Int16Array(heard.length) : heard, atMs)
  }

  function openTap() {
    const openedAt = now()
    const openedMs = performance.now()
    clock = {}
    // The axis of another tap is another one: no stream goes over from one to the next.
    for (const side of SIDES) {
      streams?.[side].hush()
      streams?.[side].cancel()
    }
    engines.clear()
    streams = openStreams(seats)
    const turn = ++taps
    tap = telephony.openTap(wish.legId, {
      // The clock of the wall may be set in between.
      onSound: sound => turn === taps && onSound(sound, openedAt + performance.now() - openedMs),
      onEnd(how, detail) {
        if (isOver || isFinishing || turn !== taps) return
        if (how !== 'failed') return finish()
        tell({ state: 'failed', cause: detail ?? 'no sound from the switch' })
        const waitMs = Math.min(LONGEST_AGAIN_MS, FIRST_AGAIN_MS * 2 ** Math.min(tapFailures++, 10))
        timer = setTimeout(openTap, waitMs)
      },
    })
    tap.mask(wish.isMasked)
  }

  function finish() {
    if (isOver || isFinishing) return
    isFinishing = true
    tap?.stop()
    clearTimeout(timer)
    if (!streams) return end()
    timer = setTimeout(end, LAST_WORDS_MS)
    for (const side of SIDES) streams[side].finish()
  }

  const seats = pool.join({ id, beganAt: wish.beganAt, channels: SIDES.length }, () => {
    if (!isOver && !isFinishing) openTap()
  })
  // Its turn may come at once, before anybody is told to wait.
  setImmediate(() => {
    if (!tap && !isFinishing) tell({ state: 'waiting', cause: 'no-channel' })
  })

  return {
    get wish() {
      return wish
    },
    change(next) {
      if (next.isMasked !== wish.isMasked) tap?.mask(next.isMasked)
      if (next.isMasked && !wish.isMasked) for (const side of SIDES) deps.onPartial(side, '')
      // Another recording has another zero; one that has just ended still counts for the last words.
      wish = { ...next, ...keptZero(wish, next) }
    },
    finish,
    cancel() {
      if (!isOver) stop()
    },
  }
}

const SAMPLES_PER_MS = 8

const keptZero = ({ recordingAt }: Wish, next: Wish): Pick<Wish, 'recordingAt'> =>
  next.recordingAt === undefined && recordingAt !== undefined ? { recordingAt } : {}
