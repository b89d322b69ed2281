// Browser legs as the switch sees them: a child process behind the interface of browser.ts.
import { randomUUID } from 'node:crypto'
import type { BrowserLegId, BrowserLegs, BrowserOptions } from './browser.ts'
import { createChild } from './child.ts'
import { BrowserProcessGone } from './errors.ts'
import type { LegOptions } from './leg.ts'
import type { LegAnswer } from './protocol.ts'

const LOOPBACK = '127.0.0.1'
const isWildcard = (address: string) => address === '0.0.0.0' || address === '::' || address === ''

const toLegOptions = ({
  bindAddress,
  ports,
  iceServers,
  publicAddress,
}: BrowserOptions): LegOptions => ({
  ports,
  iceServers,
  mediaAddress: isWildcard(bindAddress) ? LOOPBACK : bindAddress,
  ...(isWildcard(bindAddress) ? {} : { bindAddress }),
  ...(publicAddress === undefined ? {} : { publicAddress }),
})

const need = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new BrowserProcessGone(`say its ${what}`)
  return value
}

const relays = (answer: LegAnswer) => ({
  relayRtpPort: need(answer.relayRtpPort, 'relay port'),
  ...(answer.relayVideoRtpPort === undefined
    ? {}
    : { relayVideoRtpPort: answer.relayVideoRtpPort }),
})

export const createBrowserLegs = async (options: BrowserOptions): Promise<BrowserLegs> => {
  const legs = new Set<BrowserLegId>()
  const listeners: ((leg: BrowserLegId, reason: string) => void)[] = []

  const lose = (leg: BrowserLegId, reason: string) => {
    if (!legs.delete(leg)) return
    for (const listener of listeners) listener(leg, reason)
  }

  const child = await createChild(toLegOptions(options), {
    onLost: lose,
    onDied() {
      for (const leg of [...legs]) lose(leg, 'the process of browser legs died')
    },
  })

  /** A leg counts from the moment it is asked for, so that a death in between is told by the request itself. */
  const opening = async (ask: (leg: BrowserLegId) => Promise<LegAnswer>) => {
    const leg = randomUUID() as BrowserLegId
    const answer = await ask(leg)
    legs.add(leg)
    return { leg, answer, sdp: need(answer.sdp, 'description'), ...relays(answer) }
  }

  return {
    async offer(ports) {
      const { leg, sdp, answer } = await opening(leg => child.ask({ type: 'offer', leg, ports }))
      return { leg, sdp, ...relays(answer) }
    },
    async answer(offerSdp, ports) {
      const { leg, sdp, answer } = await opening(leg =>
        child.ask({ type: 'answer', leg, offerSdp, ports }),
      )
      return { leg, sdp, ...relays(answer), ...need(answer.agreed, 'codec') }
    },
    async complete(leg, answerSdp) {
      const { agreed } = await child.ask({ type: 'complete', leg, answerSdp })
      return need(agreed, 'codec')
    },
    async reoffer(leg, direction) {
      const { sdp } = await child.ask({ type: 'reoffer', leg, direction })
      return need(sdp, 'description')
    },
    async reanswer(leg, offerSdp) {
      const { sdp } = await child.ask({ type: 'reanswer', leg, offerSdp })
      return need(sdp, 'description')
    },
    async addVideo(leg, offerSdp, { videoRtpPort }) {
      const answer = await child.ask({ type: 'add-video', leg, offerSdp, videoRtpPort })
      const relayVideoRtpPort = need(answer.relayVideoRtpPort, 'relay port')
      return {
        sdp: need(answer.sdp, 'description'),
        relayVideoRtpPort,
        videoCodecs: answer.agreed?.videoCodecs ?? [],
      }
    },
    close(leg) {
      legs.delete(leg)
      child.tell({ type: 'close', leg })
    },
    onLost: listener => void listeners.push(listener),
    async closeAll() {
      legs.clear()
      await child.end()
    },
  }
}
