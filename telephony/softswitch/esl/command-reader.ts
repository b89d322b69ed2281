// Cuts a byte stream into commands: lines up to an empty one, then `content-length` bytes of body. Bounded, never throws.

export interface EslRequest {
  /** The first line, such as `api status` or `sendmsg <uuid>`. */
  readonly command: string
  /** Names in lower case; the first of a repeated name wins. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** FreeSWITCH grows its buffer to 1 MiB at most (MAX_LEN in read_packet). */
const MAX_HEAD_BYTES = 1 << 20
const MAX_BODY_BYTES = 4 << 20

export interface CommandReader {
  /** The commands that are complete now; `overrun` when the peer sends what can be no command. */
  push(chunk: Buffer): { readonly requests: readonly EslRequest[]; readonly overrun: boolean }
}

function parseHead(head: string): { command: string; headers: Map<string, string> } {
  const [first = '', ...lines] = head.split('\n').map(line => line.replace(/\r$/, ''))
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const name = line.slice(0, colon).trim().toLowerCase()
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim())
  }
  return { command: first, headers }
}

/** End of the first empty line, written \n\n or \r\n\r\n. */
function headEnd(buffer: Buffer): { end: number; next: number } | undefined {
  const plain = buffer.indexOf('\n\n')
  const carriage = buffer.indexOf('\n\r\n')
  if (plain < 0 && carriage < 0) return undefined
  if (carriage >= 0 && (plain < 0 || carriage < plain)) return { end: carriage, next: carriage + 3 }
  return { end: plain, next: plain + 2 }
}

export function createCommandReader(): CommandReader {
  let buffer: Buffer = Buffer.alloc(0)

  const next = (): EslRequest | 'wait' | 'overrun' => {
    // Empty lines between commands mean nothing.
    let start = 0
    while (buffer[start] === 0x0a || buffer[start] === 0x0d) start++
    if (start > 0) buffer = buffer.subarray(start)
    const cut = headEnd(buffer)
    if (cut === undefined) return buffer.length > MAX_HEAD_BYTES ? 'overrun' : 'wait'
    const { command, headers } = parseHead(buffer.toString('utf8', 0, cut.end))
    const length = Number.parseInt(headers.get('content-length') ?? '0', 10)
    if (!(length >= 0) || length > MAX_BODY_BYTES) return 'overrun'
    if (buffer.length < cut.next + length) return 'wait'
    const body = buffer.toString('utf8', cut.next, cut.next + length)
    buffer = buffer.subarray(cut.next + length)
    return { command, headers, body }
  }

  return {
    push(chunk) {
      buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
      const requests: EslRequest[] = []
      for (;;) {
        const found = next()
        if (found === 'wait') return { requests, overrun: false }
        if (found === 'overrun') return { requests, overrun: true }
        requests.push(found)
      }
    },
  }
}
