// How a trial call is asked of a switch. Pure.
export interface TrialTrunk {
  readonly id: string
  readonly address: { readonly host: string; readonly port: number; readonly transport: string }
  /** The trunk that HOTLINE_TRUNK stands for: the switch has no gateway of its own for it. */
  readonly isShorthand: boolean
  /** What the network beyond is told, as of any other call by this trunk. Throws when that can't be told to a switch. */
  readonly way: {
    readonly number: string
    /** Our number that the network is told, hidden from the called one or not. */
    readonly shown: string
    readonly variables: readonly (readonly [name: string, value: string])[]
  }
}

/** Waits until the far end has answered or refused; the leg is parked then. */
export function trialOriginate(ask: {
  readonly legId: string
  readonly trunk: TrialTrunk
  readonly answerS: number
}): string {
  const { legId, trunk } = ask
  const { number, shown } = trunk.way
  for (const value of [legId, trunk.id, number, shown])
    if (!/^\+?[A-Za-z0-9-]{1,64}$/.test(value)) throw new Error('a trial call needs plain values')
  const { host, port, transport } = trunk.address
  if (!/^[A-Za-z0-9.:-]+$/.test(host)) throw new Error('a trial call needs a plain host')
  const place = host.includes(':') ? `[${host}]` : host
  const endpoint = trunk.isShorthand
    ? `sofia/external/${number}@${place}:${port}${transport === 'udp' ? '' : `;transport=${transport}`}`
    : `sofia/gateway/${trunk.id}/${number}`
  const variables = [
    `origination_uuid=${legId}`,
    `originate_timeout=${ask.answerS}`,
    'ignore_early_media=true',
    `origination_caller_id_number=${shown}`,
    ...trunk.way.variables.map(pair => pair.join('=')),
  ]
  return `originate {${variables.join(',')}}${endpoint} &park()`
}

export type TrialVerdict = 'passed' | 'no-answer' | 'silent' | 'refused' | 'failed'

/** From the switch's refusal (`-ERR NO_ANSWER`), however it is wrapped; what names no cause is a fault. */
export function verdictOfRefusal(reply: string): TrialVerdict {
  if (/NO_ANSWER|NO_USER_RESPONSE|RECOVERY_ON_TIMER_EXPIRE|ALLOTTED_TIMEOUT/.test(reply))
    return 'no-answer'
  if (/\b[A-Z]{2,}(_[A-Z]+)+\b/.test(reply)) return 'refused'
  return 'failed'
}
