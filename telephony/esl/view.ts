// Questions to the switch about itself; each answer is undefined when it makes no sense.
import { type AgentId, agentId, type LegId } from '../call/id.ts'
import type { EslClient } from './client.ts'
import { CommandRefused } from './errors.ts'
import type { PhoneCount } from './phone-count.ts'
import { type Picture, type SeenLeg, toPicture, toRegistrations } from './picture.ts'
import { safeId } from './safe.ts'
import { isPlayingNow, type LegSnapshot, toLegSnapshot } from './snapshot.ts'

export interface SwitchView {
  picture(): Promise<Picture | undefined>
  /** Undefined when the leg is gone meanwhile. */
  leg(seen: SeenLeg): Promise<LegSnapshot | undefined>
  /** Whether the leg plays something now; undefined when it is gone. */
  playing(id: LegId): Promise<boolean | undefined>
  /** Agents with a phone, and its transport. */
  phones(): Promise<ReadonlyMap<AgentId, string> | undefined>
  /** The mark of whoever said last to steer this switch; empty when nobody has since it began to run. */
  steerer(): Promise<string>
  setSteerer(mark: string): Promise<void>
}

/** Global variable of the switch that holds the mark. */
const STEERER = 'hotline_steerer'

export function createSwitchView(
  client: Pick<EslClient, 'send'>,
  counted: Pick<PhoneCount, 'told'>,
): SwitchView {
  const api = (text: string) => client.send({ kind: 'api', text })

  return {
    async picture() {
      const [channels, calls] = await Promise.all([
        api('show channels as json'),
        api('show calls as json'),
      ])

      return toPicture(channels, calls)
    },
    async leg(seen) {
      try {
        return toLegSnapshot(await api(`uuid_dump ${safeId(seen.legId)} json`), seen)
      } catch (error) {
        if (error instanceof CommandRefused) return undefined
        throw error
      }
    },
    async playing(id) {
      try {
        const [application, response] = await Promise.all([
          api(`uuid_getvar ${safeId(id)} current_application`),
          api(`uuid_getvar ${safeId(id)} current_application_response`),
        ])

        return isPlayingNow(application.trim(), response.trim())
      } catch (error) {
        if (error instanceof CommandRefused) return undefined
        throw error
      }
    },
    async phones() {
      const rows = toRegistrations(await api('show registrations as json'))

      return (
        rows &&
        new Map(
          // FreeSWITCH writes its table some time after it has told of a phone.
          [...counted.told().map(user => [user, 'udp'] as const), ...rows]
            .filter(([user]) => user !== '')
            .map(([user, how]) => [agentId(user), how]),
        )
      )
    },
    steerer: async () => (await api(`global_getvar ${STEERER}`)).trim(),
    async setSteerer(mark) {
      await api(`global_setvar ${STEERER}=${safeId(mark)}`)
    },
  }
}

/** Reads several legs, one after another: a restart with many calls must not flood the switch. */
export async function readLegs(
  view: SwitchView,
  picture: Picture,
  ids: Iterable<LegId>,
): Promise<LegSnapshot[]> {
  const snapshots: LegSnapshot[] = []
  for (const id of ids) {
    const seen = picture.get(id)
    const snapshot = seen && (await view.leg(seen))
    if (snapshot) snapshots.push(snapshot)
  }

  return snapshots
}
