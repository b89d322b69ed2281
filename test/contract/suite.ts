// All behaviours, subject by subject.
import { BRIDGING } from './bridging.ts'
import { BROWSERS } from './browsers.ts'
import { CAUSE_BEHAVIOURS } from './causes.ts'
import { COMPANY } from './company.ts'
import { DIGITS } from './digits.ts'
import { HOLDING } from './holding.ts'
import { INBOUND } from './inbound.ts'
import { LIMITS } from './limits.ts'
import { ORIGINATE } from './originate.ts'
import { PEERS } from './peers.ts'
import { PLAYING } from './playing.ts'
import { RECORDING } from './recording.ts'
import { ASKING } from './asking.ts'
import { GUARDING } from './guarding.ts'
import { RACES } from './races.ts'
import { REGISTERING } from './registering.ts'
import { SOCKET } from './socket.ts'
import { TAPPING } from './tapping.ts'
import type { Behaviour } from './stage/behaviour.ts'

export const BEHAVIOURS: readonly Behaviour[] = [
  ...INBOUND,
  ...CAUSE_BEHAVIOURS,
  ...ORIGINATE,
  ...BRIDGING,
  ...HOLDING,
  ...PLAYING,
  ...DIGITS,
  ...RECORDING,
  ...TAPPING,
  ...COMPANY,
  ...PEERS,
  ...LIMITS,
  ...BROWSERS,
  ...SOCKET,
  ...REGISTERING,
  ...RACES,
  ...GUARDING,
  ...ASKING,
]
