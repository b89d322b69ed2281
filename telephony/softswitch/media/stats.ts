// The figures of one port, gathered from its parts.
import type { Inlet } from './inlet.ts'
import type { PortStats } from './media.ts'
import type { Outlet } from './outlet.ts'
import type { Reporter } from './reporter.ts'

export const toStats = (inlet: Inlet, outlet: Outlet, reporter: Reporter): PortStats => {
  const { reception, latch, junk } = inlet
  const { remoteLost, roundTripMs } = reporter
  return {
    packetsIn: reception.received,
    packetsOut: outlet.packets,
    lost: reception.lost,
    late: reception.late,
    duplicate: reception.duplicate,
    jitterMs: reception.jitterMs,
    junk: junk + reporter.junk,
    strangers: latch.strangers,
    ...(remoteLost === undefined ? {} : { remoteLost }),
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
  }
}
