// An engine behind a WebSocket: what its protocol must say, and what we do with it. The protocol is pure, the socket is here.
import { WebSocket } from 'ws'
import type { EndCause, Listening, RecognitionEvent } from '../recogniser.ts'

type Message = string | Buffer

/** Why an engine can't be asked. */
export class EngineFault extends Error {
  readonly engineCause: EndCause
  constructor(engineCause: EndCause, detail: string) {
    super(detail)
    this.engineCause = engineCause
  }
}

/** What a message of the engine means. */
export type Heard =
  /** It takes audio from now on. */
  | { readonly type: 'ready' }
  /** It has told everything. */
  | { readonly type: 'done' }
  | { readonly type: 'fault'; readonly cause: EndCause; readonly detail: string }
  | Extract<RecognitionEvent, { type: 'partial' | 'final' }>

/** One conversation; it may remember what was said before. */
export interface Protocol {
  readonly url: string
  readonly subprotocols?: readonly string[]
  /** Such as a key that has to be fetched first. @throws {EngineFault} */
  headers?(): Promise<Readonly<Record<string, string>>>
  /** Sent when the socket is open. */
  begin(): readonly Message[]
  /** Whether audio may follow `begin` at once. */
  readonly isReadyAtOnce: boolean
  audio(samples: Int16Array): Message
  finish(): Message
  /** It may have nothing more to say after the last audio, and then says nothing. */
  readonly mayEndSilently?: true
  /** What it throws ends the conversation as `nonsense`. */
  hear(message: string): readonly Heard[]
}

export interface DialogueLimits {
  /** Until the engine is ready. */
  readonly beginMs: number
  /** After the last audio, until everything is told. */
  readonly finishMs: number
  /** Audio that waits for the socket. */
  readonly waitingBytes: number
}

const MAX_MESSAGE_BYTES = 1_000_000

export const LIMITS: DialogueLimits = { beginMs: 3000, finishMs: 5000, waitingBytes: 160_000 }

export function openDialogue(
  protocol: Protocol,
  onEvent: (event: RecognitionEvent) => void,
  limits: DialogueLimits = LIMITS,
): Listening {
  const waiting: Message[] = []
  let waitingBytes = 0
  let state: 'opening' | 'listening' | 'finishing' | 'ended' = 'opening'
  let isFinishWanted = false
  let socket: WebSocket | undefined
  let timer = setTimeout(() => end('unreachable', 'no answer to the greeting'), limits.beginMs)

  function end(cause: EndCause, detail?: string) {
    if (state === 'ended') return
    state = 'ended'
    clearTimeout(timer)
    waiting.length = 0
    if (cause === 'finished') socket?.close(1000)
    else socket?.terminate()
    onEvent({ type: 'ended', cause, ...(detail !== undefined && { detail }) })
  }

  function begin() {
    clearTimeout(timer)
    state = 'listening'
    onEvent({ type: 'started' })
    for (const message of waiting.splice(0)) socket?.send(message)
    waitingBytes = 0
    if (isFinishWanted) finish()
  }

  function finish() {
    state = 'finishing'
    socket?.send(protocol.finish())
    timer = setTimeout(
      () =>
        protocol.mayEndSilently ? end('finished') : end('slow', 'no end after the last audio'),
      limits.finishMs,
    )
  }

  function hear(heard: Heard) {
    if (state === 'ended') return
    switch (heard.type) {
      case 'ready':
        if (state === 'opening') begin()
        return
      case 'done':
        return end(state === 'finishing' ? 'finished' : 'broken-off')
      case 'fault':
        return end(heard.cause, heard.detail)
      default:
        onEvent(heard)
    }
  }

  function connect(headers: Readonly<Record<string, string>>) {
    if (state === 'ended') return
    const opened = new WebSocket(protocol.url, [...(protocol.subprotocols ?? [])], {
      headers,
      handshakeTimeout: limits.beginMs,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      // sherpa-onnx may end a message's token in the middle of a character; one that is cut is no reason to hear no more.
      skipUTF8Validation: true,
    })
    socket = opened
    opened.on('open', () => {
      for (const message of protocol.begin()) opened.send(message)
      if (protocol.isReadyAtOnce) begin()
    })
    opened.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) return end('nonsense', 'sound instead of words')
      try {
        protocol.hear(data.toString()).forEach(hear)
      } catch (error) {
        // Whatever an engine says, it must not end the server.
        end('nonsense', error instanceof Error ? error.message : String(error))
      }
    })
    opened.on('unexpected-response', (_, { statusCode = 0 }) => {
      end(causeOfStatus(statusCode), `HTTP ${statusCode}`)
    })
    opened.on('error', ({ message }) =>
      end(state === 'opening' ? 'unreachable' : 'broken-off', message),
    )
    opened.on('close', code =>
      end(
        state === 'finishing' && protocol.mayEndSilently ? 'finished' : 'broken-off',
        `closed ${code}`,
      ),
    )
  }

  if (protocol.headers)
    protocol.headers().then(connect, (error: unknown) => {
      if (!(error instanceof EngineFault)) throw error
      end(error.engineCause, error.message)
    })
  else connect({})

  return {
    write(samples) {
      if (state === 'finishing' || state === 'ended' || isFinishWanted) return
      const message = protocol.audio(samples)
      if (state === 'listening') {
        if ((socket?.bufferedAmount ?? 0) > limits.waitingBytes)
          return end('slow', 'it does not take the audio')
        return socket?.send(message)
      }
      waiting.push(message)
      waitingBytes += message.length
      if (waitingBytes > limits.waitingBytes) end('slow', 'it does not begin')
    },
    finish() {
      if (state === 'listening') finish()
      isFinishWanted = true
    },
    cancel: () => end('cancelled'),
  }
}

function causeOfStatus(status: number): EndCause {
  if (status === 401 || status === 403) return 'wrong-key'
  if (status === 429) return 'quota'
  return status >= 500 ? 'unreachable' : 'refused'
}
