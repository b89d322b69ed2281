// Process of the load for the bench of pushes: many desktops that watch the floor and note when each change arrives.
import { WebSocket } from 'ws'
import { serve } from './child.ts'
import { createHistogram } from './histogram.ts'

export interface Heard {
  /** Changes that arrived at desktops: one change at a thousand desktops is a thousand. */
  readonly arrivals: number
  readonly messages: number
  readonly bytes: number
  /** Sent instead of changes to desktops that were behind. */
  readonly snapshots: number
  readonly gone: number
  readonly delayP50Ms: number
  readonly delayP99Ms: number
  readonly delayMaxMs: number
}

const OPEN_MS = 10_000
/** Opened at a time; the server's backlog holds more. */
const BATCH = 50
const STAMP = /"benchAt":([\d.]+)/g
const HEAD_BYTES = 120
/** Texts are the same for all desktops: their stamps are looked for once. */
const MOST_KNOWN = 200

/** CLOCK_MONOTONIC, the same in every process. */
const nowMs = () => Number(process.hrtime.bigint()) / 1e6

const delay = createHistogram()
const sockets: WebSocket[] = []
const known = new Map<string, readonly number[]>()
let counted = { arrivals: 0, messages: 0, bytes: 0, snapshots: 0 }
let gone = 0
let isCounting = false

function onMessage(data: Buffer): void {
  const at = nowMs()
  if (!isCounting) return
  counted.messages++
  counted.bytes += data.length
  const head = data.toString('latin1', 0, HEAD_BYTES)
  if (head.startsWith('{"type":"snapshot"')) return void counted.snapshots++
  const version = /"version":(\d+)/.exec(head)?.[1]
  if (version === undefined) return
  for (const stamp of stampsOf(version, data)) {
    counted.arrivals++
    delay.add(at - stamp)
  }
}

function stampsOf(version: string, data: Buffer): readonly number[] {
  const before = known.get(version)
  if (before) return before
  const stamps = [...data.toString().matchAll(STAMP)].map(match => Number(match[1]))
  const [oldest] = known.keys()
  if (known.size >= MOST_KNOWN && oldest !== undefined) known.delete(oldest)
  known.set(version, stamps)
  return stamps
}

const openOne = (url: string, token: string) =>
  new Promise<void>((resolve, reject) => {
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    })
    const limit = setTimeout(() => reject(new Error('a desktop was not let in')), OPEN_MS)
    socket.on('error', reject)
    socket.on('close', () => gone++)
    socket.on('open', () => socket.send('{"type":"subscribe","channel":"floor"}'))
    const untilSnapshot = (data: Buffer) => {
      if (!data.toString().startsWith('{"type":"snapshot"')) return
      clearTimeout(limit)
      socket.off('message', untilSnapshot)
      socket.on('message', onMessage)
      sockets.push(socket)
      resolve()
    }
    socket.on('message', untilSnapshot)
  })

serve({
  async open({ url, token, count }: { url: string; token: string; count: number }) {
    while (sockets.length < count) {
      const batch = Math.min(BATCH, count - sockets.length)
      await Promise.all(Array.from({ length: batch }, () => openOne(url, token)))
    }
  },
  begin() {
    counted = { arrivals: 0, messages: 0, bytes: 0, snapshots: 0 }
    delay.clear()
    known.clear()
    isCounting = true
  },
  end(): Heard {
    isCounting = false
    return {
      ...counted,
      gone,
      delayP50Ms: delay.at(0.5),
      delayP99Ms: delay.at(0.99),
      delayMaxMs: delay.at(1),
    }
  },
})
