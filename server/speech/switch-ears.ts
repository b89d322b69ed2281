// Ears by a recogniser of the switch's own: MRCPv2 servers behind FreeSWITCH's mod_unimrcp. The sound never comes to us, and so takes
// no channel of ours; how long a caller waits for the reply is not measured.
import type { EndCause } from '../../asr-tts/index.ts'
import type { DetectionFault, DetectionOutcome } from '../../telephony/call/detection.ts'
import { type DetectId, detectId } from '../../telephony/call/id.ts'
import type { Telephony } from '../../telephony/index.ts'
import type { Ears, Heard, ListenRequest } from '../control/port.ts'
import { type Health, isFailure, newHealth, onFailure, onTrialPassed, onWords } from './health.ts'

export interface SwitchEngine {
  readonly name: string
  /** Of mod_unimrcp's configuration. */
  readonly profile: string
  /** RFC 5646; default zh-CN. */
  readonly language?: string | undefined
  /** Sessions at once; absent: as many as the far end takes. */
  readonly limit?: number | undefined
  /** Its grammar for anything at all, such as `builtin:speech/transcribe`; without one it hears menus and digits only. */
  readonly freeGrammar?: string | undefined
}

export interface SwitchEars extends Ears {
  /** For the live page. */
  engines(): readonly (Pick<Health, 'state' | 'since' | 'cause'> & {
    readonly name: string
    readonly inUse: number
  })[]
  close(): void
}

export interface SwitchEarsDeps {
  /** In order of preference. */
  readonly engines: readonly SwitchEngine[]
  readonly telephonyOf: (
    request: ListenRequest,
  ) => Pick<Telephony, 'perform' | 'onEvent'> | undefined
  readonly newId: () => string
  readonly now: () => number
  readonly onEnd?: (engine: string, cause: EndCause) => void
}

/** From the longest speech until the far end must have told what it was. */
const ANSWER_MS = 3000
/** Nobody speaks, and nobody stops us. */
const LONGEST_WAIT_MS = 300_000
/** The far end gives up waiting for speech by a time of its own; it is asked again so often. */
const MOST_ASKED = 30

const CAUSES: Readonly<Record<DetectionFault, EndCause>> = {
  refused: 'refused',
  'broken-off': 'broken-off',
  nonsense: 'nonsense',
  cancelled: 'cancelled',
}

interface Kept {
  readonly engine: SwitchEngine
  health: Health
  inUse: number
}

export function createSwitchEars(deps: SwitchEarsDeps): SwitchEars {
  const { now } = deps
  const kept = deps.engines.map((engine): Kept => ({ engine, health: newHealth(now()), inUse: 0 }))
  const open = new Set<{ stop(): void }>()
  let isClosed = false

  const isReady = ({ engine, health, inUse }: Kept) =>
    inUse < (engine.limit ?? Infinity) && (health.retryAt === undefined || health.retryAt <= now())

  const judge = (one: Kept, cause: EndCause) => {
    one.inUse--
    if (isFailure(cause)) one.health = onFailure(one.health, cause, now())
    // Words came, or at least a session.
    else if (cause === 'finished') one.health = onWords(onTrialPassed(one.health, now()), now())
    deps.onEnd?.(one.engine.name, cause)
  }

  return {
    isOpen: () => !isClosed && kept.some(isReady),
    engines: () =>
      kept.map(({ engine: { name }, health: { state, since, cause }, inUse }) => ({
        name,
        state,
        since,
        inUse,
        ...(cause && { cause }),
      })),
    listen(request, onHeard) {
      const tried = new Set<Kept>()
      const own = listen(
        { ...deps, telephony: deps.telephonyOf(request) },
        request,
        () => {
          const one = isClosed ? undefined : kept.find(each => !tried.has(each) && isReady(each))
          if (!one) return undefined
          tried.add(one)
          one.inUse++
          return { engine: one.engine, release: cause => judge(one, cause) }
        },
        heard => {
          if (heard.type !== 'speech-began') open.delete(own)
          onHeard(heard)
        },
      )
      open.add(own)
      own.begin()
      return {
        stop() {
          open.delete(own)
          own.stop()
        },
      }
    },
    close() {
      isClosed = true
      for (const one of [...open]) one.stop()
      open.clear()
    },
  }
}

interface Use {
  readonly engine: SwitchEngine
  release(cause: EndCause): void
}

function listen(
  {
    telephony,
    newId,
  }: Pick<SwitchEarsDeps, 'newId'> & { telephony: ReturnType<SwitchEarsDeps['telephonyOf']> },
  request: ListenRequest,
  next: () => Use | undefined,
  onHeard: (heard: Heard) => void,
) {
  const { legId } = request
  let use: Use | undefined
  let id: DetectId | undefined
  let asked = 0
  let hasBegun = false
  let lastCause: EndCause = 'no-channel'
  let stopListening: () => void = () => undefined
  let timer: NodeJS.Timeout | undefined

  const release = (cause: EndCause) => {
    clearTimeout(timer)
    use?.release(cause)
    use = undefined
    id = undefined
  }
  const end = (heard?: Heard) => {
    stopListening()
    if (heard) onHeard(heard)
  }
  const limit = (ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      stopDetecting()
      fail('slow')
    }, ms)
  }
  const stopDetecting = () => {
    if (id !== undefined) void telephony?.perform({ type: 'stop-detecting', legId, detectId: id })
  }

  const ask = (engine: SwitchEngine) => {
    const grammar = grammarOf(request, engine)
    if (!grammar || !telephony) return fail(telephony ? 'refused' : 'unreachable')
    asked++
    id = detectId(newId())
    limit(LONGEST_WAIT_MS)
    void telephony.perform({
      type: 'detect-speech',
      legId,
      detectId: id,
      profile: engine.profile,
      language: engine.language ?? 'zh-CN',
      grammar,
      endSilenceMs: request.endSilenceMs,
      maxSpeechMs: request.maxSpeechMs,
    })
  }
  const begin = () => {
    use = next()
    if (use) ask(use.engine)
    else end({ type: 'failed', cause: lastCause })
  }

  function fail(cause: EndCause) {
    const name = use?.engine.name
    release(cause)
    lastCause = cause
    // What was said is gone with the engine; before that another one may listen as well.
    if (!hasBegun && cause !== 'cancelled') return begin()
    end({ type: 'failed', cause, ...(name !== undefined && { engine: name }) })
  }

  const onOutcome = (outcome: DetectionOutcome) => {
    const engine = use?.engine
    if (!engine) return
    if (outcome.type === 'failed') return fail(CAUSES[outcome.fault])
    if (outcome.type === 'no-input' && !hasBegun && asked < MOST_ASKED) return ask(engine)
    release('finished')
    if (outcome.type !== 'understood') return end({ type: 'not-understood', engine: engine.name })
    end({ ...outcome, engine: engine.name })
  }

  return {
    begin() {
      if (telephony)
        stopListening = telephony.onEvent(event => {
          if (!('detectId' in event) || event.detectId !== id) return
          if (event.type === 'speech-detected') return onOutcome(event.outcome)
          hasBegun = true
          limit(request.maxSpeechMs + request.endSilenceMs + ANSWER_MS)
          onHeard({ type: 'speech-began' })
        })
      begin()
    },
    stop() {
      stopListening()
      stopDetecting()
      release('cancelled')
    },
  }
}

function grammarOf({ grammar, digits }: ListenRequest, { freeGrammar }: SwitchEngine) {
  if (grammar || digits)
    return { kind: 'phrases', phrases: grammar ?? [], ...(digits && { digits }) } as const
  return freeGrammar === undefined ? undefined : ({ kind: 'named', uri: freeGrammar } as const)
}
