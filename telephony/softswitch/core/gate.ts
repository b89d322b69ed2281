// The SIP layer asks here before it looks at a request: floods and banned sources are dropped without an answer.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Admission } from '../../admission/keeper.ts'
import type { SwitchConfig } from '../config.ts'
import type { Gate, Source } from '../sip/stack.ts'
import type { AdmissionRules } from '../../admission/keeper.ts'
import type { Log } from './board.ts'

export const rulesOf = (config: SwitchConfig): AdmissionRules => ({
  publishedNumbers: config.publishedNumbers,
  blacklist: config.blacklist,
  lineLimit: config.lines.limit,
  reserve: config.lines.reserve,
  hasBusyPrompt: config.lines.busyPrompt !== undefined,
  callsPerMinutePerCaller: config.rates.callsPerMinutePerCaller,
  invitesPerSecondPerAddress: config.rates.invitesPerSecondPerAddress,
  registersPerSecondPerAddress: config.rates.registersPerSecondPerAddress,
  invitesPerSecondPerTrunk: config.rates.invitesPerSecondPerTrunk,
})

/** Browsers come through the web server, all from loopback: there the connection is the source, so that one does not ban all. */
export const sourceKey = (source: Source): string =>
  source.transport === 'ws' && /^(127\.|::1$|::ffff:127\.)/.test(source.address)
    ? `${source.address}:${source.port}`
    : source.address

/** `ended` cuts the penalty waits short when the switch stops. */
export function createGate(
  admission: Admission,
  now: () => number,
  log: Log,
  ended: AbortSignal,
  trunkAt: (address: string) => string | undefined = () => undefined,
): Gate {
  return {
    onRequest: (method, source) =>
      admission.onRequest(method, sourceKey(source), now(), trunkAt(source.address)),
    async onBadCredentials(source, user) {
      const verdict = admission.onWrongPassword(sourceKey(source), now())
      if (verdict.type === 'banned') {
        log.warn({ address: source.address, user, until: verdict.until }, 'source banned')
        return
      }
      await sleep(verdict.delayMs, undefined, { signal: ended }).catch(() => undefined)
    },
    onGoodCredentials: source => admission.onRightPassword(sourceKey(source)),
  }
}
