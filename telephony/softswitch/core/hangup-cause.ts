// FreeSWITCH 1.10's hang-up causes (switch_call_cause_t), with their numbers and the SIP status each becomes
// (mod_sofia hangup_cause_to_sip; RFC 3398 §8.2.6.1 where it follows it). Our own words live in telephony/call/cause.ts.

const ROWS = {
  NONE: [0, 480],
  UNALLOCATED_NUMBER: [1, 404],
  NO_ROUTE_TRANSIT_NET: [2, 404],
  NO_ROUTE_DESTINATION: [3, 404],
  CHANNEL_UNACCEPTABLE: [6, 480],
  NORMAL_CLEARING: [16, 480],
  USER_BUSY: [17, 486],
  NO_USER_RESPONSE: [18, 408],
  NO_ANSWER: [19, 480],
  SUBSCRIBER_ABSENT: [20, 480],
  CALL_REJECTED: [21, 603],
  NUMBER_CHANGED: [22, 410],
  EXCHANGE_ROUTING_ERROR: [25, 483],
  DESTINATION_OUT_OF_ORDER: [27, 502],
  INVALID_NUMBER_FORMAT: [28, 484],
  FACILITY_REJECTED: [29, 501],
  NORMAL_UNSPECIFIED: [31, 480],
  NORMAL_CIRCUIT_CONGESTION: [34, 503],
  NETWORK_OUT_OF_ORDER: [38, 503],
  NORMAL_TEMPORARY_FAILURE: [41, 503],
  SWITCH_CONGESTION: [42, 503],
  REQUESTED_CHAN_UNAVAIL: [44, 503],
  OUTGOING_CALL_BARRED: [52, 403],
  INCOMING_CALL_BARRED: [54, 403],
  SERVICE_UNAVAILABLE: [63, 480],
  SERVICE_NOT_IMPLEMENTED: [79, 501],
  INCOMPATIBLE_DESTINATION: [88, 488],
  RECOVERY_ON_TIMER_EXPIRE: [102, 504],
  INTERWORKING: [127, 480],
  ORIGINATOR_CANCEL: [487, 487],
  CRASH: [500, 480],
  SYSTEM_SHUTDOWN: [501, 480],
  LOSE_RACE: [502, 480],
  MANAGER_REQUEST: [503, 480],
  BLIND_TRANSFER: [600, 480],
  ATTENDED_TRANSFER: [601, 480],
  ALLOTTED_TIMEOUT: [602, 480],
  MEDIA_TIMEOUT: [604, 480],
  PICKED_OFF: [605, 480],
  USER_NOT_REGISTERED: [606, 480],
  PROGRESS_TIMEOUT: [607, 480],
  INVALID_GATEWAY: [608, 484],
  GATEWAY_DOWN: [809, 503],
  INVALID_URL: [610, 484],
  INVALID_PROFILE: [611, 502],
  NO_PICKUP: [612, 480],
} as const satisfies Record<string, readonly [q850: number, sip: number]>

export type HangupCause = keyof typeof ROWS

const isCause = (name: string): name is HangupCause => Object.hasOwn(ROWS, name)

/** FreeSWITCH takes names and Q.850 numbers, and NORMAL_CLEARING for what it does not know. */
export function toHangupCause(text: string | undefined): HangupCause {
  const name = (text ?? '').trim().toUpperCase()
  if (isCause(name)) return name
  const number = Number.parseInt(name, 10)
  const found = Object.entries(ROWS).find(([, row]) => row[0] === number)?.[0]
  return found !== undefined && isCause(found) ? found : 'NORMAL_CLEARING'
}

/** FreeSWITCH's own number of a cause; up to 127 it is that of Q.850. */
export const numberOf = (cause: HangupCause): number => ROWS[cause][0]

/** Q.850 §2.2.5: 7 bits; FreeSWITCH's own causes count as normal call clearing. */
export const q850Of = (cause: HangupCause): number =>
  ROWS[cause][0] > 127 ? ROWS.NORMAL_CLEARING[0] : ROWS[cause][0]

/** The final status that ends an unanswered INVITE for this cause. */
export const sipStatusOf = (cause: HangupCause): number => ROWS[cause][1]

const bySipStatus: Readonly<Record<number, HangupCause>> = {
  200: 'NORMAL_CLEARING',
  400: 'NORMAL_TEMPORARY_FAILURE',
  401: 'CALL_REJECTED',
  402: 'CALL_REJECTED',
  403: 'CALL_REJECTED',
  404: 'UNALLOCATED_NUMBER',
  405: 'SERVICE_UNAVAILABLE',
  406: 'SERVICE_NOT_IMPLEMENTED',
  407: 'CALL_REJECTED',
  408: 'RECOVERY_ON_TIMER_EXPIRE',
  410: 'NUMBER_CHANGED',
  413: 'INTERWORKING',
  414: 'INTERWORKING',
  415: 'SERVICE_NOT_IMPLEMENTED',
  416: 'INTERWORKING',
  420: 'INTERWORKING',
  421: 'INTERWORKING',
  423: 'INTERWORKING',
  480: 'NO_USER_RESPONSE',
  481: 'NORMAL_TEMPORARY_FAILURE',
  482: 'EXCHANGE_ROUTING_ERROR',
  483: 'EXCHANGE_ROUTING_ERROR',
  484: 'INVALID_NUMBER_FORMAT',
  485: 'NO_ROUTE_DESTINATION',
  486: 'USER_BUSY',
  487: 'ORIGINATOR_CANCEL',
  488: 'INCOMPATIBLE_DESTINATION',
  500: 'NORMAL_TEMPORARY_FAILURE',
  501: 'SERVICE_NOT_IMPLEMENTED',
  502: 'NETWORK_OUT_OF_ORDER',
  503: 'NORMAL_TEMPORARY_FAILURE',
  504: 'RECOVERY_ON_TIMER_EXPIRE',
  505: 'INTERWORKING',
  513: 'INTERWORKING',
  600: 'USER_BUSY',
  603: 'CALL_REJECTED',
  604: 'NO_ROUTE_DESTINATION',
  606: 'INCOMPATIBLE_DESTINATION',
  608: 'CALL_REJECTED',
}

/** The cause that a far end's final failure status stands for (mod_sofia sofia_glue_sip_cause_to_freeswitch). */
export const hangupCauseOfSipStatus = (status: number): HangupCause =>
  bySipStatus[status] ?? 'NORMAL_UNSPECIFIED'

/** A Reason header (RFC 3326) that says why we end a leg; FreeSWITCH adds the same. Causes of its own above 127 are no Q.850. */
export const reasonOf = (cause: HangupCause): readonly [name: string, value: string] => [
  'Reason',
  numberOf(cause) > 127
    ? `FreeSWITCH;cause=${numberOf(cause)};text="${cause}"`
    : `Q.850;cause=${q850Of(cause)};text="${cause}"`,
]
