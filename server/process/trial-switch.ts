// The switch that makes a trial call, and the trunks it can make it over.
import { toEslAddress } from '../../telephony/esl/address.ts'
import { outsideOf } from '../../telephony/esl/originate.ts'
import { present } from '../../telephony/trunk/present.ts'
import { DEFAULT_TRUNK, type Trunk } from '../../telephony/trunk/trunk.ts'
import type { TrialTrunk } from '../trial/dial-string.ts'
import type { TrialSwitch } from '../trial/trial.ts'
import { askSwitch } from './event-socket.ts'

export interface TrialNode {
  readonly url: string
  readonly mediaDir?: string
  isThere(): boolean
}

/** The first that is there; a connection of its own, so that a slow answer holds up no call. */
export function trialSwitch(
  nodes: readonly TrialNode[],
  mediaDir: string,
): TrialSwitch | undefined {
  const node = nodes.find(one => one.isThere())
  if (!node) return undefined
  const address = toEslAddress(node.url)
  return {
    mediaDir: node.mediaDir ?? mediaDir,
    async ask(command, limitMs) {
      const reply = await askSwitch(address, command, limitMs)
      if (reply.startsWith('-')) throw new Error(reply)
      return reply
    },
  }
}

/** As calls of agents go out by each, to one number. */
export const trialTrunks = (
  trunks: readonly Trunk[],
  number: string,
  siteNumber: string,
): TrialTrunk[] =>
  trunks
    .filter(({ enabled }) => enabled)
    .map(trunk => {
      const { id, address, access } = trunk
      const isShorthand = id === DEFAULT_TRUNK && access.type === 'ip-trust'
      return {
        id,
        address,
        isShorthand,
        // Only when it is dialled: one trunk that can't be must not keep the others from being tried.
        get way() {
          return wayOf(trunk, isShorthand, number, siteNumber)
        },
      }
    })

function wayOf(
  trunk: Trunk,
  isShorthand: boolean,
  number: string,
  siteNumber: string,
): TrialTrunk['way'] {
  const { id, sessionTimer } = trunk
  const { dialled, shown, ...more } = present(trunk, number, siteNumber)
  const { fromUri, fromName, assertedUri, hidden } = more
  const presented = {
    fromUri,
    hidden,
    ...(fromName === undefined ? {} : { fromName }),
    ...(assertedUri === undefined ? {} : { assertedUri }),
  }
  const to = { trunk: id, number: dialled, shown: presented }
  const variables = isShorthand
    ? []
    : outsideOf({ ...to, kind: 'number', sessionExpiresS: sessionTimer.expiresS })
  return { number: dialled, shown, variables }
}
