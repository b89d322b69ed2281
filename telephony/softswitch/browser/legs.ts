// The legs of this process, by name, and what is asked of them.
import type { BrowserLegId } from './browser.ts'
import { LegUnknown } from './errors.ts'
import { Leg, type LegOptions } from './leg.ts'
import type { LegAnswer, LegRequest } from './protocol.ts'

export interface Legs {
  answer(request: LegRequest): Promise<LegAnswer>
  close(leg: BrowserLegId): void
  closeAll(): void
}

export const createLegs = (
  options: LegOptions,
  onLost: (leg: BrowserLegId, reason: string) => void,
): Legs => {
  const legs = new Map<BrowserLegId, Leg>()

  const close = (id: BrowserLegId) => {
    const leg = legs.get(id)
    legs.delete(id)
    leg?.close()
  }

  const open = (id: BrowserLegId): Leg => {
    const leg = new Leg(id, options, reason => {
      if (legs.get(id) !== leg) return
      close(id)
      onLost(id, reason)
    })
    legs.set(id, leg)
    return leg
  }

  const find = (id: BrowserLegId): Leg => {
    const leg = legs.get(id)
    if (leg === undefined) throw new LegUnknown(id)
    return leg
  }

  /** A leg that can't be set up leaves nothing behind. */
  const opened = async (
    id: BrowserLegId,
    setUp: (leg: Leg) => Promise<LegAnswer>,
  ): Promise<LegAnswer> => {
    const leg = open(id)
    try {
      return { ...(await setUp(leg)), ...relaysOf(leg) }
    } catch (error) {
      close(id)
      throw error
    }
  }

  return {
    async answer(request) {
      switch (request.type) {
        case 'offer':
          return opened(request.leg, async leg => ({ sdp: await leg.offer(request.ports) }))
        case 'answer':
          return opened(request.leg, leg => leg.answer(request.offerSdp, request.ports))
        case 'complete':
          return { agreed: find(request.leg).complete(request.answerSdp) }
        case 'reoffer':
          return { sdp: find(request.leg).reoffer(request.direction) }
        case 'reanswer':
          return { sdp: await find(request.leg).reanswer(request.offerSdp) }
        case 'add-video': {
          const leg = find(request.leg)
          return {
            ...(await leg.addVideo(request.offerSdp, request.videoRtpPort)),
            ...relaysOf(leg),
          }
        }
      }
    },
    close,
    closeAll() {
      for (const id of [...legs.keys()]) close(id)
    },
  }
}

const relaysOf = ({ relayRtpPort, relayVideoRtpPort }: Leg) =>
  relayVideoRtpPort === undefined ? { relayRtpPort } : { relayRtpPort, relayVideoRtpPort }
