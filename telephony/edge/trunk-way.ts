// Which trunks take a call outside, one after the other: the one the switch wants, then as the trunks' own rule chooses. Pure.
import { chooseTrunk, type TrunkLoad } from '../trunk/choose.ts'
import { toDialled } from '../trunk/number.ts'
import type { Trunk } from '../trunk/trunk.ts'
import { sipUri, type Target } from './target.ts'

/** Main and standby; a third way would keep the agent waiting. */
const MOST_WAYS = 2

/** The number in the form that each trunk's network wants. */
export function chooseWays(
  loads: readonly TrunkLoad[],
  wanted: string | undefined,
  number: string,
): readonly Target[] {
  // The answer to a registrar's challenge must come from who has the password: those trunks are the switch's own gateways.
  const known = loads.filter(({ trunk }) => trunk.access.type === 'ip-trust')
  const order: Trunk[] = []
  const wish = chooseTrunk(
    known.filter(({ trunk, state }) => trunk.id === wanted && state !== 'suspect'),
  )
  if (wish.type === 'chosen') order.push(wish.trunk)
  while (order.length < MOST_WAYS) {
    const next = chooseTrunk(
      known,
      order.map(({ id }) => id),
    )
    if (next.type === 'none') break
    order.push(next.trunk)
  }
  return order.map(({ id, address, numberForm, inbound }) => ({
    kind: 'trunk',
    name: id,
    uri: sipUri(toDialled(number, numberForm, inbound.areaCode), address),
  }))
}
