// The switches of this site for the API: where callers reach each, and whether this server does.
import type { Telephony } from '../telephony/index.ts'
import type { SwitchSeen } from './api/door.ts'
import type { EdgeNode } from './config.ts'

export const switchesSeen =
  (
    telephonies: readonly Pick<Telephony, 'nodeName' | 'connected'>[],
    addresses: readonly EdgeNode[],
  ) =>
  (): SwitchSeen[] =>
    telephonies.map(({ nodeName: name, connected }) => {
      const { host = '', port = 0 } = addresses.find(one => one.name === name) ?? {}
      return { name, host, port, connected }
    })
