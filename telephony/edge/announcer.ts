// Tells a caller beyond the lines that all are busy: early media from a FreeSWITCH (183), then 486. The only media of the edge.
import Mrf, { type Endpoint, type MediaServer } from 'drachtio-fsmrf'
import type { MediaAddress } from './config.ts'
import type { SipReply, SipRequest, SipServer } from './drachtio.ts'
import type { Log } from './log.ts'

/** The announcement is a sentence; nobody keeps a reserve port longer. */
const LONGEST_MS = 30_000
const ENDPOINT_MS = 5_000
const TRY_AGAIN_MS = 5_000

export interface Announcer {
  isReady(): boolean
  /** Ends with the final answer; never throws. */
  announce(
    call: { readonly request: SipRequest; readonly reply: SipReply; readonly sipStatus: number },
    file: string,
  ): Promise<void>
  close(): void
}

export const SILENT_ANNOUNCER: Announcer = {
  isReady: () => false,
  announce: async ({ reply, sipStatus }) => reply.send(sipStatus),
  close: () => undefined,
}

export function createAnnouncer(server: SipServer, media: MediaAddress, log: Log): Announcer {
  const mrf = new Mrf(server)
  let node: MediaServer | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const connect = () => {
    mrf
      .connect({
        address: media.host,
        port: media.port,
        secret: media.password,
        profile: media.profile,
        ...(media.listenHost && { listenAddress: media.listenHost }),
      })
      .then(
        connected => {
          node = connected
          // It connects again by itself; without a listener its errors would end the process.
          connected.on('error', (err: Error) => log.warn({ err }, 'media node failed'))
          log.info({ host: media.host }, 'media node connected')
          if (closed) connected.disconnect()
        },
        (err: unknown) => {
          log.warn({ err, host: media.host }, 'media node does not answer')
          if (!closed) timer = setTimeout(connect, TRY_AGAIN_MS)
        },
      )
  }
  connect()

  const play = async (
    { request, reply }: { request: SipRequest; reply: SipReply },
    cancelled: AbortSignal,
    file: string,
  ) => {
    if (node === undefined) return
    const endpoint = await withinTime(node.createEndpoint({ remoteSdp: request.body }), ENDPOINT_MS)
    try {
      if (cancelled.aborted) return
      reply.send(183, { body: endpoint.local.sdp })
      await untilPlayed(endpoint, file, cancelled)
    } finally {
      await withinTime(endpoint.destroy(), ENDPOINT_MS).catch((err: unknown) =>
        log.debug({ err }, 'announcement was gone already'),
      )
    }
  }

  return {
    isReady: () => node?.connected() ?? false,
    async announce(call, file) {
      const cancelled = new AbortController()
      call.request.on('cancel', () => cancelled.abort())
      try {
        if (call.request.body !== '') await play(call, cancelled.signal, file)
      } catch (err) {
        log.warn({ err }, 'busy announcement failed')
      }
      if (!cancelled.signal.aborted) call.reply.send(call.sipStatus)
    },
    close() {
      closed = true
      clearTimeout(timer)
      node?.disconnect()
    },
  }
}

/** Ends by the end of the file, the caller's CANCEL, the loss of the media node, or the time limit. */
function untilPlayed(endpoint: Endpoint, file: string, cancelled: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const limit = setTimeout(resolve, LONGEST_MS)
    const done = () => {
      clearTimeout(limit)
      resolve()
    }
    cancelled.addEventListener('abort', done, { once: true })
    endpoint.once('destroy', done)
    endpoint.play(file).then(done, done)
  })
}

async function withinTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the media node did not answer in time')), limitMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** drachtio-fsmrf 4.1.2 throws this out of a socket's handler; the media node is of no use then, the edge is. */
export const isMediaFault = (error: Error): boolean =>
  /sip profile found on the media server/.test(error.message)
