// An engine behind a WebSocket that is told a text and sends sound: one question, one answer, then it is over.
import { WebSocket } from 'ws'
import { SynthesisFailed, type SynthesisFault } from '../errors.ts'

export interface Question {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly message: string
  /** What a message of the engine means. What it throws is `nonsense`. */
  hear(message: string): 'more' | 'done' | SynthesisFailed
  /** Until all is said. */
  readonly limitMs: number
  readonly signal: AbortSignal
}

const MAX_MESSAGE_BYTES = 4_000_000
const MAX_SOUND_BYTES = 50_000_000

/** The sound, all frames in a row. @throws {SynthesisFailed} */
export function askForSound(question: Question): Promise<Buffer> {
  const { url, headers, message, limitMs, signal } = question
  return new Promise((resolve, reject) => {
    const frames: Buffer[] = []
    let bytes = 0
    let isOver = false
    const socket = new WebSocket(url, {
      headers,
      handshakeTimeout: limitMs,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
    })
    const limit = setTimeout(() => fail('slow', `no result within ${limitMs} ms`), limitMs)
    const onAbort = () => fail('slow', 'not waited for any longer')
    signal.addEventListener('abort', onAbort, { once: true })

    function end() {
      isOver = true
      clearTimeout(limit)
      signal.removeEventListener('abort', onAbort)
      socket.terminate()
    }
    function give() {
      end()
      resolve(Buffer.concat(frames))
    }
    function fail(fault: SynthesisFault, detail: string) {
      if (isOver) return
      end()
      reject(new SynthesisFailed(fault, detail))
    }
    function hear(text: string) {
      try {
        const heard = question.hear(text)
        if (heard === 'done') give()
        else if (heard !== 'more') fail(heard.fault, heard.message)
      } catch (error) {
        fail('nonsense', error instanceof Error ? error.message : String(error))
      }
    }

    socket.on('open', () => socket.send(message))
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isOver) return
      if (!isBinary) return hear(data.toString())
      frames.push(data)
      bytes += data.length
      if (bytes > MAX_SOUND_BYTES) fail('nonsense', 'more sound than any line has')
    })
    socket.on('unexpected-response', (_, { statusCode = 0 }) =>
      fail(faultOfStatus(statusCode), `HTTP ${statusCode}`),
    )
    let isOpen = false
    socket.on('open', () => (isOpen = true))
    socket.on('error', ({ message: detail }) => fail(isOpen ? 'broken-off' : 'unreachable', detail))
    socket.on('close', code => fail('broken-off', `closed ${code}`))
  })
}

function faultOfStatus(status: number): SynthesisFault {
  if (status === 401 || status === 403) return 'wrong-key'
  if (status === 429) return 'quota'
  return status >= 500 ? 'unreachable' : 'refused'
}
