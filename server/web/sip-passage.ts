// `/sip`: a browser's SIP passed on to the switch and back, message by message. Only for the signed-in; SIP's own digest follows.
import type {} from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import { WebSocket, type RawData } from 'ws'
import type { Log } from '../log.ts'
import type { BrowserWay } from '../process/switches.ts'

/** A side that takes nothing more is not read for, until it has caught up. */
const FULL_BYTES = 512_000
const OPEN_MS = 5000
/** A browser registers and waits; more before the switch has answered is not SIP. */
const MAX_EARLY_MESSAGES = 32
const MAX_SIP_BYTES = 65_536
/** RFC 6455 §7.4.1. */
const GOING_AWAY = 1001

export interface SipPassageDeps {
  readonly browsers: readonly BrowserWay[]
  readonly log: Log
}

/** `/sip` leads to the first switch, `/sip/<node>` to that one. */
export async function sipPassage(
  app: FastifyInstance,
  { browsers, log }: SipPassageDeps,
): Promise<void> {
  const open = (browser: WebSocket, way: BrowserWay | undefined) => {
    if (way === undefined || !('passageUrl' in way)) return browser.close(GOING_AWAY, 'SWITCH_AWAY')
    join(
      browser,
      new WebSocket(way.passageUrl(), 'sip', {
        handshakeTimeout: OPEN_MS,
        maxPayload: MAX_SIP_BYTES,
        perMessageDeflate: false,
      }),
      log,
    )
  }
  const options = {
    websocket: true,
    config: { access: 'signed-in' },
    schema: { hide: true },
  } as const
  app.get('/sip', options, browser => open(browser, browsers[0]))
  app.get<{ Params: { node: string } }>('/sip/:node', options, (browser, request) =>
    open(
      browser,
      browsers.find(({ node }) => node === request.params.node),
    ),
  )
}

function join(browser: WebSocket, toSwitch: WebSocket, log: Log): void {
  const early: { data: RawData; isBinary: boolean }[] = []
  let closed = false

  const closeBoth = () => {
    if (closed) return
    closed = true
    for (const side of [browser, toSwitch]) {
      if (side.readyState === WebSocket.OPEN) side.close(GOING_AWAY)
      else if (side.readyState === WebSocket.CONNECTING) side.terminate()
      // A peer that does not close in turn is cut off.
      setTimeout(() => side.terminate(), OPEN_MS).unref()
    }
  }

  browser.on('message', (sent, isBinary) => {
    const data = isBinary ? sent : unencrypted(sent)
    if (toSwitch.readyState === WebSocket.OPEN) return pass(browser, toSwitch, data, isBinary)
    if (early.push({ data, isBinary }) > MAX_EARLY_MESSAGES) closeBoth()
  })
  toSwitch.on('message', (data, isBinary) => pass(toSwitch, browser, data, isBinary))
  toSwitch.on('open', () => {
    for (const { data, isBinary } of early.splice(0)) pass(browser, toSwitch, data, isBinary)
  })
  for (const side of [browser, toSwitch]) {
    side.on('close', closeBoth)
    side.on('error', error => {
      log.info({ err: error }, 'sip passage broke')
      closeBoth()
    })
  }
}

/**
 * A page by https says WSS in its Via; to the switch we speak without TLS, and FreeSWITCH sends its answer where the Via says
 * (RFC 7118 §5.2): it would look for an encrypted connection and find none.
 */
function unencrypted(data: RawData): RawData {
  const text = data.toString()
  return /^(?:via|v)\s*:\s*SIP\/2\.0\/WSS\s/im.test(text)
    ? Buffer.from(text.replace(/^((?:via|v)\s*:\s*SIP\/2\.0\/)WSS(?=\s)/im, '$1WS'))
    : data
}

function pass(from: WebSocket, to: WebSocket, data: RawData, isBinary: boolean): void {
  if (to.readyState !== WebSocket.OPEN) return
  to.send(data, { binary: isBinary }, () => {
    if (from.isPaused && to.bufferedAmount < FULL_BYTES) from.resume()
  })
  if (to.bufferedAmount >= FULL_BYTES) from.pause()
}
