// Messages out of a stream of bytes: RFC 3261 §18.3 and the keep-alives of RFC 5626 §4.4.1.
import type { StreamLimits } from './flow.ts'

export type Framed =
  | { readonly type: 'message'; readonly data: Buffer }
  /** Two line ends: the far end wants one back. */
  | { readonly type: 'ping' }
  /** The stream cannot be followed any further; `data` is the head that spoilt it. */
  | { readonly type: 'broken'; readonly data: Buffer; readonly oversized: boolean }

export interface Framer {
  push(chunk: Buffer): Framed[]
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')

export function createFramer(limits: Pick<StreamLimits, 'headBytes' | 'bodyBytes'>): Framer {
  let pending: Buffer = Buffer.alloc(0)
  let lineEnds = 0
  /** Where the search for the end of the head goes on, so that a slow sender costs no quadratic time. */
  let searched = 0
  let broken = false

  function next(): Framed | undefined {
    while (pending[0] === 13 && pending[1] === 10) {
      pending = pending.subarray(2)
      searched = 0
      lineEnds++
      if (lineEnds === 2) {
        lineEnds = 0
        return { type: 'ping' }
      }
    }
    if (pending.length === 0 || (pending.length === 1 && pending[0] === 13)) return undefined
    const headEnd = pending.indexOf(END_OF_HEAD, searched)
    if (headEnd < 0) {
      searched = Math.max(0, pending.length - 3)
      return pending.length > limits.headBytes ? breakOff(pending.subarray(0, 0), true) : undefined
    }
    if (headEnd > limits.headBytes) return breakOff(pending.subarray(0, 0), true)
    const bodyStart = headEnd + 4
    const length = contentLength(pending.subarray(0, headEnd))
    if (length === undefined) return breakOff(pending.subarray(0, bodyStart), false)
    if (length > limits.bodyBytes) return breakOff(pending.subarray(0, bodyStart), true)
    if (pending.length < bodyStart + length) {
      searched = headEnd
      return undefined
    }
    const data = pending.subarray(0, bodyStart + length)
    pending = pending.subarray(bodyStart + length)
    searched = 0
    lineEnds = 0
    return { type: 'message', data }
  }

  function breakOff(data: Buffer, oversized: boolean): Framed {
    broken = true
    pending = Buffer.alloc(0)
    return { type: 'broken', data, oversized }
  }

  return {
    push(chunk) {
      const found: Framed[] = []
      if (broken) return found
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      for (let framed = next(); framed !== undefined; framed = next()) {
        found.push(framed)
        if (framed.type === 'broken') break
      }
      return found
    },
  }
}

/** Absent counts as no body, for there is no other way to find the next message; undefined when it is no number. */
function contentLength(head: Buffer): number | undefined {
  const match = /^(?:content-length|l)[ \t]*:[ \t]*(?:\r\n[ \t]+)?([^\r\n]*)$/im.exec(
    head.toString('latin1'),
  )
  if (match === null) return 0
  const text = (match[1] ?? '').trim()
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
