// The door of the control loop: what API and desktop may ask, what the loop needs. Built by createControl in control.ts.
import type { z } from 'zod'
import type { EndCause as SpeechCause, Phrase } from '../../asr-tts/recogniser.ts'
import type { AgentId, CallId, LegId } from '../../telephony/call/id.ts'
import type { Trunk } from '../../telephony/trunk/trunk.ts'
import type { Flow, FlowContext } from '../../ivr-flows/node.ts'
import type {
  AgentConfig,
  callVerbSchema,
  CALL_VERBS,
  PublishedNumber,
  QueueConfig,
} from '../api/schema.ts'
import type {
  AgentView,
  AlarmLevel,
  CallerView,
  CallView,
  LinesView,
  QueueView,
  Role,
  TodayView,
  TrunkView,
} from '../desktop/protocol.ts'

/** What the operator has set; read from the database at start and after each change. */
export interface Settings {
  readonly queues: readonly QueueConfig[]
  readonly agents: readonly AgentConfig[]
  readonly numbers: readonly PublishedNumber[]
  /** With the version that runs. */
  readonly flows: readonly { readonly flow: Flow; readonly version: number }[]
  readonly openingOf: FlowContext['openingOf']
  readonly lines: {
    readonly limit: number
    readonly flowLimit: number
    readonly recordingLimit: number
  }
  /** What to do when no recorder is free. */
  readonly recorderFull: 'warn' | 'refuse'
  /** Ways in and out; none: no calls outside. */
  readonly trunks: readonly Trunk[]
  /** Addresses of SIP edges of ours: they say by which trunk a call came. */
  readonly edges?: readonly string[]
  /** Number shown on the way out. */
  readonly outboundNumber: string
  readonly timeZone: string
  /** Numbers of elders, who are spared the machine where a flow has a fast lane. */
  readonly elders?: readonly string[]
}

/** Who asks. */
export interface Actor {
  readonly userId: string
  readonly agentId?: AgentId
  readonly roles: readonly Role[]
}
export type CallVerb = (typeof CALL_VERBS)[number]
export type CallVerbBody = z.infer<typeof callVerbSchema>

export interface Control {
  /** @throws {Refusal} with a stable code where it can't be done. */
  setAgentState(
    agent: AgentId,
    state: 'idle' | 'busy' | 'signed-out',
    reason: string | undefined,
    by: Actor,
  ): Promise<AgentView>
  setAutoAnswer(agent: AgentId, on: boolean, by: Actor): Promise<AgentView>
  wrapUp(agent: AgentId, action: 'complete' | 'extend', by: Actor): Promise<AgentView>
  dial(agent: AgentId, to: string, by: Actor): Promise<{ callId: CallId }>
  verb(
    call: CallId,
    verb: CallVerb,
    body: CallVerbBody,
    by: Actor,
  ): Promise<{ callId: CallId; call: CallView | null }>
  describe(
    call: CallId,
    what: { contactReason?: string; notes?: string; callerName?: string; area?: string },
    by: Actor,
  ): Promise<void>
  /** Our own trial call shows this number and may come back within that time; 0: it is over. */
  expectTrial(shown: string, forMs: number): Promise<void>
  queues(): readonly QueueView[]
  agents(): readonly AgentView[]
  lines(): LinesView
  trunks(): readonly TrunkView[]
  today(): TodayView
  /** Calls that live now, as their agent sees them. */
  call(id: CallId): CallView | undefined
  configure(settings: Settings): void
  raiseAlarm(id: string, level: AlarmLevel, cause: string, detail?: string): void
  clearAlarm(id: string): void
  /** Hands over: stops deciding, flushes the store. Calls stay on the switch. */
  close(): Promise<void>
}

/** A control loop at work, as whoever runs it sees it. */
export interface Steering extends Control {
  /** Stops at once and writes nothing more: another server steers. */
  abandon(): Promise<void>
}

/** Whether this server may still steer: by its lease, or because it is alone. */
export interface Mandate {
  /** Surely so at this moment. */
  mayAct(): boolean
  /** Asked before a command while `mayAct` is false. False: it must not be sent. */
  confirm(node: string): Promise<boolean>
  /** Told when it is sure again after a time of doubt. */
  onSure(listener: () => void): void
  /** Says at a switch that we steer it, before anything else is sent there. */
  claim(node: string): Promise<void>
}
export const ALONE: Mandate = {
  mayAct: () => true,
  confirm: async () => true,
  onSure: () => undefined,
  claim: async () => undefined,
}

/** Where views go; the hub of server/desktop. */
export interface Publisher {
  /** Merges into the channel and pushes to its desktops. */
  publish(channel: string, set: Readonly<Record<string, unknown>>, remove?: readonly string[]): void
}

/** What a flow wants to hear. */
export interface ListenRequest {
  readonly node: string
  readonly callId: CallId
  /** Name of the switch that holds the leg. */
  readonly switchName: string
  readonly legId: LegId
  /** What may be said; absent: anything. */
  readonly grammar?: readonly Phrase[]
  /** Digits may be said, so many; beside the grammar, where there is one. */
  readonly digits?: { readonly min: number; readonly max: number }
  readonly hotwords?: Readonly<Record<string, number>>
  /** So much silence ends what the caller says. */
  readonly endSilenceMs: number
  /** Longer speech is ended and understood as far as it goes. */
  readonly maxSpeechMs: number
}
export type Heard =
  /** The caller began to speak: a prompt that may be interrupted ends. */
  | { readonly type: 'speech-began' }
  | {
      readonly type: 'understood'
      readonly text: string
      readonly phrase?: string
      readonly confidence?: number
      readonly engine: string
    }
  | { readonly type: 'not-understood'; readonly engine: string }
  /** Nobody listens (any more): no engine, all channels in use, the engine fell away. */
  | { readonly type: 'failed'; readonly cause: SpeechCause; readonly engine?: string }
  /** From the end of the speech to the first sound of the reply, from the sound. */
  | {
      readonly type: 'replied'
      readonly engine: string
      readonly delayMs: number
      readonly speechEndedAt: number
    }
/** Ears for flows; server/speech has them. */
export interface Ears {
  /** Whether any engine is set up for flows; where not, they ask for keys. */
  isOpen(): boolean
  /** Listens until stopped or `understood`, `not-understood` or `failed` was told once; `replied` may follow. Never throws. */
  listen(request: ListenRequest, onHeard: (heard: Heard) => void): { stop(): void }
}

/** What is known of a caller before the agent speaks. Never awaited in the path of a call: arrives later as a change. */
export interface CallerDirectory {
  lookUp(number: string): Promise<CallerView>
}
