// From INVITE to 200 for calls that come at a steady rate and are answered by the driver: the switch tells that a call is parked, the
// driver claims it and has it answered.
import type { Helper } from '../load/child.ts'
import type { Short } from '../load/short-calls.ts'
import { ended, steer } from '../load/steer.ts'
import type { PeerSwitch } from './switches.ts'

/** Over the time in which the calls come. */
const LATE_MS = 15_000

export async function setUp(
  peer: PeerSwitch,
  load: Helper,
  options: { readonly count: number; readonly perSecond: number; readonly first: number },
): Promise<Short & { readonly faults: readonly string[] }> {
  const legs = steer(peer.telephony, {})
  const short = await load.ask<Short>(
    'call',
    { ...options, port: peer.sipPort },
    (options.count / options.perSecond) * 1000 + LATE_MS,
  )
  await ended(legs.living)
  legs.release()
  return { ...short, faults: legs.faults }
}
