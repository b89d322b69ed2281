// All gateways of the switch: one a trunk that is switched on; changed ones are made anew.
import { originOf } from '../../trunk/origin.ts'
import type { Trunk } from '../../trunk/trunk.ts'
import { createGateway, type Gateway, type GatewayDeps } from './gateway.ts'

export interface Gateways {
  get(id: string): Gateway | undefined
  all(): readonly Gateway[]
  /** The trunk at an address; undefined for strangers. `gateway`: the one whose contact was called. */
  at(address: string, gateway?: string): Trunk | undefined
  /** Takes over what was set. */
  apply(trunks: readonly Trunk[]): void
  close(): Promise<void>
}

export function createGateways(deps: GatewayDeps): Gateways {
  const gateways = new Map<string, Gateway>()
  let trunks: readonly Trunk[] = []

  const drop = async (gateway: Gateway) => {
    gateways.delete(gateway.trunk.id)
    await gateway.close()
    deps.events.emit(
      'CUSTOM',
      [
        ['profile-name', 'embedded'],
        ['Gateway', gateway.trunk.id],
      ],
      { subclass: 'sofia::gateway_delete' },
    )
  }

  return {
    get: id => gateways.get(id),
    all: () => [...gateways.values()],
    at: (address, gateway) =>
      originOf(trunks, { address, ...(gateway === undefined ? {} : { gateway }) }),
    apply(wanted) {
      trunks = wanted
      const enabled = wanted.filter(trunk => trunk.enabled)
      for (const gateway of [...gateways.values()]) {
        const same = enabled.some(trunk => isSameWay(trunk, gateway.trunk))
        if (!same) void drop(gateway)
      }
      for (const trunk of enabled) {
        if (gateways.has(trunk.id)) continue
        gateways.set(trunk.id, createGateway(trunk, deps))
        deps.events.emit(
          'CUSTOM',
          [
            ['profile-name', 'embedded'],
            ['Gateway', trunk.id],
          ],
          { subclass: 'sofia::gateway_add' },
        )
      }
    },
    async close() {
      await Promise.all([...gateways.values()].map(gateway => gateway.close()))
      gateways.clear()
    },
  }
}

/** A new name or limit leaves the connection as it is. */
const isSameWay = (a: Trunk, b: Trunk): boolean => wayOf(a) === wayOf(b)
const wayOf = ({ id, address, access, options }: Trunk): string =>
  JSON.stringify([id, address, access, options])
