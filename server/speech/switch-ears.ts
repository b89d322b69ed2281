// Ears by a recogniser of the switch's own: MRCPv2 servers behind FreeSWITCH's mod_unimrcp. The sound never comes to us, and so takes
// no channel of ours; how long a caller waits for the reply is not measured.
import type { EndCause } from '../../asr-tts/index.ts'
import type {
  DetectionFault,
  DetectionOutcome,
  SpokenGrammar,
} from '../../telephony/call/detection.ts'
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
  'not-asked': 'refused',
  refused: 'refused',
  'broken-off': 'broken-off',
  nonsense: 'nonsense',
  cancelled: 'cancelled',
}

/** Completion causes of RFC 6787 §9.4.11 that are about the grammar. */
const OF_THE_GRAMMAR: ReadonlySet<string | undefined> = new Set([
  'grammar-load-failure',
  'grammar-compilation-failure',
  'gram-definition-failure',
])

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
          if (isClosed) return undefined
          for (const one of kept) {
            const grammar = grammarOf(request, one.engine)
            if (!grammar || tried.has(one) || !isReady(one)) continue
            tried.add(one)
            one.inUse++
            return { engine: one.engine, grammar, release: cause => judge(one, cause) }
          }
          return undefined
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
  readonly grammar: SpokenGrammar
  release(cause: EndCause): void
}

function listen(
  {
    engines,
    telephony,
    newId,
  }: Pick<SwitchEarsDeps, 'engines' | 'newId'> & {
    telephony: ReturnType<SwitchEarsDeps['telephonyOf']>
  },
  request: ListenRequest,
  next: () => Use | undefined,
  onHeard: (heard: Heard) => void,
) {
  const { legId } = request
  let use: Use | undefined
  let id: DetectId | undefined
  let asked = 0
  let hasBegun = false
  let lastCause: EndCause = engines.some(engine => grammarOf(request, engine))
    ? 'no-channel'
    : 'refused'
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

  const ask = ({ engine, grammar }: Use) => {
    asked++
    id = detectId(newId())
    limit(LONGEST_WAIT_MS)
    void telephony?.perform({
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
    // A switch that is gone says nothing about the engines.
    if (!telephony) return end({ type: 'failed', cause: 'unreachable' })
    use = next()
    if (use) ask(use)
    else end({ type: 'failed', cause: lastCause })
  }

  /** @param against what it is held against the engine as; `cancelled`: it says nothing about it, and others may use it at once */
  function fail(cause: EndCause, against = cause) {
    const name = use?.engine.name
    release(against)
    lastCause = cause
    // What was said is gone with the engine; before that another one may listen as well.
    if (!hasBegun && cause !== 'cancelled') return begin()
    end({ type: 'failed', cause, ...(name !== undefined && { engine: name }) })
  }

  const onOutcome = (outcome: DetectionOutcome) => {
    if (!use) return
    const { engine, grammar } = use
    if (outcome.type === 'failed') {
      const cause = CAUSES[outcome.fault]
      return fail(cause, isOfTheRequest(outcome, grammar) ? 'cancelled' : cause)
    }
    if (outcome.type === 'no-input' && !hasBegun && asked < MOST_ASKED) return ask(use)
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

/** One caller's request must not take the engine away from all: the leg is gone, or a grammar that the flow brought is not taken. */
const isOfTheRequest = (
  { fault, detail }: Extract<DetectionOutcome, { type: 'failed' }>,
  { kind }: SpokenGrammar,
) => fault === 'not-asked' || (kind === 'phrases' && OF_THE_GRAMMAR.has(detail))

/** Undefined: the engine has none for it. */
function grammarOf(
  { grammar, digits }: ListenRequest,
  { freeGrammar }: SwitchEngine,
): SpokenGrammar | undefined {
  if (grammar || digits)
    return { kind: 'phrases', phrases: grammar ?? [], ...(digits && { digits }) }
  return freeGrammar === undefined ? undefined : { kind: 'named', uri: freeGrammar }
}
