// The trunks of this site: what the operator has set, and the one that `HOTLINE_TRUNK` stands for.
import { DEFAULT_TRUNK, trunkSchema, type Trunk } from '../telephony/trunk/trunk.ts'
import type { SiteTrunks } from './api/door.ts'
import type { Config } from './config.ts'
import type { Trunks } from './store/repository.ts'

/** A trunk set under the id `default` outweighs the variable. */
export async function readTrunks(kept: Trunks, config: Config): Promise<Trunk[]> {
  const trunks = await kept.list()
  const shorthand = shorthandTrunk(config)
  const isKnown = trunks.some(({ id }) => id === DEFAULT_TRUNK)
  return shorthand === undefined || isKnown ? trunks : [...trunks, shorthand]
}

/** For the API. The embedded switch has no TLS; a FreeSWITCH does. */
export const siteTrunks = (kept: Trunks, config: Config): SiteTrunks => ({
  list: () => readTrunks(kept, config),
  transports: config.switches.length > 0 ? ['udp', 'tcp', 'tls'] : ['udp', 'tcp'],
})

/** `host:port[;transport=tcp]`, trusted by its address; nothing is asked of it and nothing added to its calls. */
export function shorthandTrunk({ trunkAddress }: Config): Trunk | undefined {
  const [, host, port, transport = 'udp'] =
    /^(\[[\da-f:]+\]|[^:]+):(\d+)(?:;transport=(udp|tcp))?$/i.exec(trunkAddress ?? '') ?? []
  if (host === undefined || port === undefined) return undefined
  return trunkSchema.parse({
    id: DEFAULT_TRUNK,
    name: '默认中继',
    address: {
      host: host.replace(/^\[|\]$/g, ''),
      port: Number(port),
      transport: transport.toLowerCase(),
    },
    // The site's own limit counts.
    lineLimit: 2000,
    options: { everyS: 0 },
    numberForm: 'as-dialled',
    presentation: { asserted: false },
    sessionTimer: { expiresS: 0 },
    prack: 'off',
  })
}
