// Why a leg ended: our word, FreeSWITCH's hang-up cause, Q.850 number and the SIP status a caller gets. One table, as FreeSWITCH does it
// (hangup_cause_to_sip of mod_sofia, RFC 4497 §8.4.1; causes of its own count as Q.850 16). The contract suite holds both switches to it.

export const CAUSES = {
  normal: { freeswitch: 'NORMAL_CLEARING', q850: 16, sip: 480 },
  busy: { freeswitch: 'USER_BUSY', q850: 17, sip: 486 },
  'no-answer': { freeswitch: 'NO_ANSWER', q850: 19, sip: 480 },
  'no-response': { freeswitch: 'NO_USER_RESPONSE', q850: 18, sip: 408 },
  rejected: { freeswitch: 'CALL_REJECTED', q850: 21, sip: 603 },
  'unknown-number': { freeswitch: 'UNALLOCATED_NUMBER', q850: 1, sip: 404 },
  'not-registered': { freeswitch: 'USER_NOT_REGISTERED', q850: 16, sip: 480 },
  'no-codec': { freeswitch: 'INCOMPATIBLE_DESTINATION', q850: 88, sip: 488 },
  cancelled: { freeswitch: 'ORIGINATOR_CANCEL', q850: 16, sip: 487 },
  picked: { freeswitch: 'LOSE_RACE', q850: 16, sip: 480 },
  congested: { freeswitch: 'NORMAL_CIRCUIT_CONGESTION', q850: 34, sip: 503 },
  unavailable: { freeswitch: 'NORMAL_TEMPORARY_FAILURE', q850: 41, sip: 503 },
  'media-timeout': { freeswitch: 'MEDIA_TIMEOUT', q850: 16, sip: 480 },
  /** The gateway is known to be down, so the switch did not even try. */
  'trunk-down': { freeswitch: 'GATEWAY_DOWN', q850: 16, sip: 503 },
  'out-of-order': { freeswitch: 'DESTINATION_OUT_OF_ORDER', q850: 27, sip: 502 },
  'not-allowed': { freeswitch: 'OUTGOING_CALL_BARRED', q850: 52, sip: 403 },
  orphaned: { freeswitch: 'RECOVERY_ON_TIMER_EXPIRE', q850: 102, sip: 504 },
  'manager-request': { freeswitch: 'MANAGER_REQUEST', q850: 16, sip: 480 },
  'system-shutdown': { freeswitch: 'SYSTEM_SHUTDOWN', q850: 16, sip: 480 },
  'switch-lost': { freeswitch: 'CRASH', q850: 16, sip: 480 },
  failed: { freeswitch: 'NORMAL_UNSPECIFIED', q850: 31, sip: 480 },
} as const satisfies Record<string, { freeswitch: string; q850: number; sip: number }>

export type EndCause = keyof typeof CAUSES

const byFreeSwitch = new Map<string, EndCause>(
  Object.entries(CAUSES).map(([cause, row]) => [row.freeswitch, cause as EndCause]),
)

/** Our word for FreeSWITCH's hang-up cause; `failed` for one we do not know. */
export const toEndCause = (hangupCause: string): EndCause =>
  byFreeSwitch.get(hangupCause) ?? 'failed'

const bySipStatus: Readonly<Record<number, EndCause>> = {
  400: 'failed',
  401: 'rejected',
  402: 'rejected',
  403: 'rejected',
  404: 'unknown-number',
  408: 'no-response',
  410: 'unknown-number',
  480: 'no-answer',
  484: 'failed',
  486: 'busy',
  487: 'cancelled',
  488: 'no-codec',
  500: 'unavailable',
  502: 'out-of-order',
  503: 'unavailable',
  504: 'no-response',
  600: 'busy',
  603: 'rejected',
  604: 'unknown-number',
  606: 'no-codec',
}

/** The cause that a final SIP failure status stands for. */
export const causeOfSipStatus = (status: number): EndCause => bySipStatus[status] ?? 'failed'
