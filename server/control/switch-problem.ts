// Why a switch is not connected: the cause of its alarm, and a sentence for those who look at the server's health.
import type { Telephony } from '../../telephony/index.ts'

type Reason = NonNullable<Telephony['problem']>

const AWAY = 'switch-away'
const CAUSES: Readonly<Record<Reason, string>> = {
  unreachable: AWAY,
  closed: AWAY,
  silent: AWAY,
  stopped: AWAY,
  rejected: 'switch-rejects',
  'wrong-password': 'switch-wrong-password',
  nonsense: 'switch-nonsense',
}
const SENTENCES: Readonly<Record<Reason, string>> = {
  unreachable: 'does not answer',
  closed: 'has closed the connection',
  silent: 'does not answer',
  stopped: 'is not asked any more',
  rejected: 'refuses this address by its access list',
  'wrong-password': 'refuses the password of the event socket',
  nonsense: 'does not speak the event socket protocol',
}

export const alarmCauseOf = (reason: Reason | undefined): string =>
  reason === undefined ? AWAY : CAUSES[reason]

/** Undefined when it is there. */
export const problemOf = ({ connected, problem }: Telephony): string | undefined =>
  connected ? undefined : SENTENCES[problem ?? 'unreachable']
