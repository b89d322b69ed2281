// A switch that was told other ports than it is told now.
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { SwitchConfig } from '../../telephony/softswitch/config.ts'
import { CannotStart } from './cannot-start.ts'
import type { ProcessMark } from './living.ts'
import { channelCount, endSwitch } from './switch-end.ts'

/** What is taken once, when a switch starts, and not with `reloadxml`. */
const portSchema = z.object({
  sip: z.record(z.string(), z.unknown()),
  rtpPorts: z.object({ first: z.number(), last: z.number() }),
  eventSocket: z.object({ host: z.string(), port: z.number(), password: z.string() }),
  iceServers: z.array(z.string()),
})
type Ports = Pick<SwitchConfig, 'rtpPorts' | 'eventSocket' | 'iceServers'> & {
  readonly sip: object
}

/**
 * One that lives with other ports than are wanted now ends, if nobody talks.
 * @throws {CannotStart} when somebody does.
 */
export async function clearWay(
  file: string,
  wanted: SwitchConfig,
  living: ProcessMark,
): Promise<void> {
  const old = portSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  if (!old || samePorts(old, wanted)) return
  const count = await channelCount(old.eventSocket).catch(() => 0)
  if (count > 0) {
    throw new CannotStart(
      `The embedded switch still carries ${count} channels on its old ports: wait, or type "npm run stop" with the old settings.`,
    )
  }
  await endSwitch(living)
}

const samePorts = (a: Ports, b: Ports): boolean =>
  isDeepStrictEqual(
    [a.sip, a.rtpPorts, a.eventSocket, a.iceServers],
    [b.sip, b.rtpPorts, b.eventSocket, b.iceServers],
  )
