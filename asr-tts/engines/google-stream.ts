// One stream of google.cloud.speech.v1.Speech/StreamingRecognize over gRPC.
import { fileURLToPath } from 'node:url'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

export interface GoogleDoor {
  /** `grpc://host:port`, or `grpcs://` with TLS. */
  readonly url: string
  /** PEM of the authority that signed the service's certificate, where it is none of the public ones. */
  readonly authority?: string
  readonly apiKey?: string
  /** A token of OAuth, for those who have one that lasts. */
  readonly bearer?: string
}

export interface GoogleStream {
  config(config: object): void
  /** @param onTaken the network has it. */
  audio(samples: Int16Array, onTaken: () => void): void
  finish(): void
  /** Nothing more is told of it. */
  drop(): void
}
export interface StreamEars {
  onAnswer(answer: unknown): void
  /** Last, and once. */
  onStatus(code: number, details: string): void
}
export interface GoogleConnection {
  /** Whether it is there within the time. */
  onReady(withinMs: number, told: (isReady: boolean) => void): void
  open(ears: StreamEars): GoogleStream
  close(): void
}

const PROTO = fileURLToPath(new URL('google-speech.proto', import.meta.url))
const SERVICE = 'google.cloud.speech.v1.Speech'
/** The service takes 25 KB a message. */
const MAX_SAMPLES = 12_000

/** How the method is written on the wire. */
export interface GoogleMethod {
  readonly path: string
  requestSerialize(request: object): Buffer
  /** What is no answer becomes an `Error`, which is no answer either. */
  responseDeserialize(bytes: Buffer): unknown
}

export function loadMethod(): GoogleMethod {
  const service = loadSync(PROTO, {
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
    arrays: true,
  })[SERVICE]
  const method = service && !('format' in service) ? service['StreamingRecognize'] : undefined
  if (!method) throw new RangeError(`${PROTO} lacks ${SERVICE}`)
  return {
    path: method.path,
    requestSerialize: request => method.requestSerialize(request),
    responseDeserialize: bytes => {
      try {
        return method.responseDeserialize(bytes)
      } catch (error) {
        return error
      }
    },
  }
}

export function connectGoogle(
  { url, authority, apiKey, bearer }: GoogleDoor,
  method: GoogleMethod,
): GoogleConnection {
  const { protocol, host } = new URL(url)
  const client = new Client(
    host,
    protocol === 'grpcs:'
      ? credentials.createSsl(authority === undefined ? null : Buffer.from(authority))
      : credentials.createInsecure(),
    // A conversation is its own connection: one that is slow fills no window of another. It is begun anew by whoever listens, never here.
    { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_retries': 0 },
  )
  const metadata = new Metadata()
  if (apiKey !== undefined) metadata.set('x-goog-api-key', apiKey)
  if (bearer !== undefined) metadata.set('authorization', `Bearer ${bearer}`)

  return {
    onReady: (withinMs, told) =>
      client.waitForReady(Date.now() + withinMs, error => told(error === undefined)),
    close: () => client.close(),
    open(ears) {
      let isDropped = false
      const call = client.makeBidiStreamRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        metadata,
      )
      call.on('data', (answer: unknown) => {
        if (!isDropped) ears.onAnswer(answer)
      })
      call.on('status', ({ code, details }) => {
        if (!isDropped) ears.onStatus(code, details)
      })
      // The same is told as status; without a listener it would end the process.
      call.on('error', () => undefined)
      return {
        config: config => void call.write(config),
        audio(samples, onTaken) {
          for (let at = 0; at < samples.length; at += MAX_SAMPLES) {
            const { buffer, byteOffset, byteLength } = samples.subarray(at, at + MAX_SAMPLES)
            const isLast = at + MAX_SAMPLES >= samples.length
            call.write(
              { audio_content: Buffer.from(buffer, byteOffset, byteLength) },
              ...(isLast ? [onTaken] : []),
            )
          }
        },
        finish: () => call.end(),
        drop() {
          isDropped = true
          call.cancel()
        },
      }
    },
  }
}
