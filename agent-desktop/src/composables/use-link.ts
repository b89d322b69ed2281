// The push: one WebSocket for the page, folded into one value. What it means is decided in state/link.ts.
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from 'vue'
import { api, signedOutCount } from './api.ts'
import type { FromDesktop, ToDesktop } from '../state/protocol.ts'
import {
  createLink,
  foldLink,
  isLive,
  messagesFor,
  PING_EVERY_MS,
  reconnectDelayMs,
  SILENCE_LIMIT_MS,
  type LinkEvent,
} from '../state/link.ts'

/** Private close code of the server's push. */
const SIGNED_OUT_CODE = 4401
const link = shallowRef(createLink(Date.now()))
let socket: WebSocket | null = null
let pingTimer: ReturnType<typeof setInterval> | undefined
let retryTimer: ReturnType<typeof setTimeout> | undefined
let attempt = 0
let isWanted = false
const users = new Map<string, number>()

function take(event: LinkEvent): void {
  const before = link.value
  link.value = foldLink(before, event)
  for (const message of messagesFor(before, link.value, event)) send(message)
}

function send(message: FromDesktop): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
}

function open(): void {
  clearTimeout(retryTimer)
  retryTimer = undefined
  if (socket || !isWanted) return
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:'
  const opening = new WebSocket(`${scheme}//${location.host}/ws`)
  socket = opening
  opening.onopen = () => {
    attempt = 0
    take({ type: 'connected', at: Date.now() })
    send({ type: 'ping', sentAt: Date.now() })
    clearInterval(pingTimer)
    pingTimer = setInterval(ping, PING_EVERY_MS)
  }
  opening.onmessage = event => {
    if (socket !== opening) return
    take({ type: 'heard', at: Date.now(), message: JSON.parse(String(event.data)) as ToDesktop })
  }
  opening.onclose = event => {
    // 4401: the visit ended on the server. A refused upgrade has no code of its own, so the door is asked.
    if (event.code === SIGNED_OUT_CODE) signedOutCount.value += 1
    else if (attempt > 0) void api.get('/api/me').catch(() => undefined)
    onClosed(opening)
  }
}

function ping(): void {
  // A cable pulled out closes nothing: only silence tells.
  if (Date.now() - link.value.heardAt > SILENCE_LIMIT_MS && socket) onClosed(socket)
  else send({ type: 'ping', sentAt: Date.now() })
}

function onClosed(closed: WebSocket): void {
  if (socket !== closed) return
  closed.onclose = null
  closed.close()
  socket = null
  clearInterval(pingTimer)
  take({ type: 'disconnected', at: Date.now() })
  if (!isWanted) return
  retryTimer = setTimeout(open, reconnectDelayMs(attempt, Math.random()))
  attempt += 1
}

window.addEventListener('online', () => {
  attempt = 0
  open()
})
window.addEventListener('offline', () => {
  if (socket) onClosed(socket)
})

function start(): void {
  isWanted = true
  open()
}

function stop(): void {
  isWanted = false
  clearTimeout(retryTimer)
  if (socket) onClosed(socket)
  link.value = createLink(Date.now())
}

/** A channel that opens a moment after the call is shown, or while another server takes over, is asked for again. */
const ASK_AGAIN_MS = 2000
const ASK_TIMES = 10

/** Subscribes as long as the scope lives; `isPatient`: a refusal may be a matter of time. */
function useChannel<Values extends object>(
  name: string,
  { isPatient = false }: { readonly isPatient?: boolean } = {},
): {
  values: ComputedRef<Partial<Values>>
  live: ComputedRef<boolean>
  refused: ComputedRef<string | undefined>
} {
  users.set(name, (users.get(name) ?? 0) + 1)
  take({ type: 'wanted', channel: name })
  const refused = computed(() => link.value.channels[name]?.refused)
  const timers: ReturnType<typeof setTimeout>[] = []
  if (isPatient)
    watch(refused, code => {
      if (code === undefined || timers.length >= ASK_TIMES) return
      const askAgain = () => {
        take({ type: 'unwanted', channel: name })
        take({ type: 'wanted', channel: name })
      }
      timers.push(setTimeout(askAgain, ASK_AGAIN_MS))
    })
  onScopeDispose(() => {
    for (const timer of timers) clearTimeout(timer)
    const left = (users.get(name) ?? 1) - 1
    users.set(name, left)
    if (left === 0) take({ type: 'unwanted', channel: name })
  })
  return {
    values: computed(() => (link.value.channels[name]?.values ?? {}) as Partial<Values>),
    live: computed(() => isLive(link.value, name)),
    refused,
  }
}

export const useLink = () => ({ link, start, stop, useChannel })
