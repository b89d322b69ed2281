// When people must be told of a trunk. Pure.
import type { Trunk } from '../../telephony/trunk/trunk.ts'
import type { AlarmLevel } from '../desktop/protocol.ts'
import type { TrunkAtNode } from './trunk-book.ts'

export const trunkAlarmId = (trunk: string): string => `trunk-${trunk}`

/** Down at every switch: nobody reaches us by it. Down at one: that one sends calls another way. */
export function trunkAlarm(
  trunk: Trunk | undefined,
  nodes: readonly TrunkAtNode[],
): AlarmLevel | undefined {
  const known = nodes.filter(({ health }) => health.state !== 'unknown')
  const down = known.filter(({ health }) => health.state === 'down')
  if (!trunk?.enabled || down.length === 0) return undefined
  return down.length === known.length ? 'critical' : 'warning'
}
