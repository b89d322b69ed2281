// The stream of captions: server-sent events, taken up again when it breaks off.
import { onScopeDispose, shallowRef } from 'vue'
import type { CaptionEvent } from '../state/protocol.ts'
import { createCaptions, foldCaptions, type CaptionStep } from '../state/captions.ts'
import { reconnectDelayMs } from '../state/link.ts'

const ASK_LIMIT_MS = 8000
/** Not the form of a link, or not one of this site, or no longer. */
const NO_LINK = [400, 401, 403, 404, 410]

export function useCaptions(token: string) {
  const captions = shallowRef(createCaptions())
  const path = `/api/captions/${encodeURIComponent(token)}/stream`
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempt = 0

  function take(step: CaptionStep): void {
    captions.value = foldCaptions(captions.value, step)
    if (captions.value.phase === 'ended' || captions.value.phase === 'invalid') close()
  }
  function open(): void {
    const opening = new EventSource(path)
    source = opening
    opening.onmessage = message => {
      attempt = 0
      take({ type: 'heard', event: JSON.parse(String(message.data)) as CaptionEvent })
    }
    opening.onerror = () => {
      if (source !== opening) return
      opening.close()
      take({ type: 'lost' })
      void askWhy()
    }
  }
  /** The browser does not say why a stream failed: the door is asked whether the link is good. */
  async function askWhy(): Promise<void> {
    const stop = new AbortController()
    const limit = setTimeout(() => stop.abort(), ASK_LIMIT_MS)
    try {
      const { status } = await fetch(path, { signal: stop.signal })
      if (NO_LINK.includes(status)) return take({ type: 'refused' })
    } catch {
      // No network: it is tried again below.
    } finally {
      clearTimeout(limit)
      stop.abort()
    }
    if (source === null) return
    timer = setTimeout(open, reconnectDelayMs(attempt, Math.random()))
    attempt += 1
  }
  function close(): void {
    clearTimeout(timer)
    source?.close()
    source = null
  }
  open()
  onScopeDispose(close)
  return { captions }
}
