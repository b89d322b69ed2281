// What this server stands on, as /health/ready asks after it.
import type { Telephony } from '../telephony/index.ts'
import type { Dependency } from './api/health.ts'
import type { Site } from './cluster/site.ts'
import { problemOf } from './control/switch-problem.ts'
import type { Sound } from './process/sound.ts'
import type { Stores } from './process/stores.ts'

export const dependenciesOf = ({
  stores,
  telephonies,
  site,
  sound,
}: {
  readonly stores: Pick<Stores, 'isRedisUp' | 'database'>
  readonly telephonies: readonly Telephony[]
  readonly site: Pick<Site, 'isReady'>
  readonly sound: Pick<Sound, 'check'>
}): Dependency[] => [
  {
    name: 'redis',
    needed: true,
    check: async () => ((await stores.isRedisUp()) ? undefined : 'does not answer'),
  },
  {
    name: 'database',
    needed: false,
    check: async () => ((await stores.database.isUp()) ? undefined : 'does not answer'),
  },
  ...telephonies.map(telephony => ({
    name: telephony.nodeName,
    needed: true,
    check: async () => problemOf(telephony),
  })),
  {
    name: 'steering',
    needed: true,
    check: async () => (site.isReady ? undefined : 'no server steers the calls'),
  },
  { name: 'speech', needed: false, check: sound.check },
]
