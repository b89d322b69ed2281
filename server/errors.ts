// Refusals: someone asked for what cannot be done. Codes are contract: never renamed, never reused.

export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly details?: unknown,
  ) {
    super(message)
  }
}

/** Every code of the API with its HTTP status and meaning; the README's table is made from this one. */
export const ERRORS = {
  BAD_REQUEST: [400, 'the request does not have the form asked for'],
  BAD_CREDENTIALS: [401, 'user name or password is wrong'],
  NOT_SIGNED_IN: [401, 'no valid token or session'],
  FORBIDDEN: [403, 'your roles do not allow this'],
  NOT_FOUND: [404, 'there is no such thing'],
  UNKNOWN_AGENT: [404, 'there is no such agent'],
  UNKNOWN_CALL: [404, 'there is no such call'],
  UNKNOWN_QUEUE: [404, 'there is no such group'],
  NO_RECORDING: [404, 'the call has no recording'],
  AGENT_BUSY: [409, 'the agent is on a call'],
  AGENT_SIGNED_OUT: [409, 'the agent is not signed in'],
  AGENT_NOT_IN_WRAP_UP: [409, 'the agent is not in wrap-up'],
  PHONE_NOT_REGISTERED: [409, 'the agent has no phone registered'],
  CALL_NOT_TALKING: [409, 'the call is not in the state for this'],
  CALL_ENDED: [409, 'the call has ended'],
  NO_TRUNK: [409, 'no trunk is configured for numbers outside'],
  LINES_BUSY: [409, 'all lines are in use'],
  UNKNOWN_TRUNK: [404, 'there is no such trunk'],
  BROKEN_FLOW: [422, 'the flow has problems; the old one stays'],
  TEXT_NOT_SPOKEN: [422, 'the text cannot be spoken as it is'],
  UNKNOWN_FLOW: [404, 'there is no such flow'],
  IN_USE: [409, 'it is still used by something else'],
  ACCOUNT_LOCKED: [429, 'too many wrong passwords; wait'],
  TOO_MANY_REQUESTS: [429, 'too many requests'],
  TRUNKS_DOWN: [503, 'no trunk answers'],
  SWITCH_AWAY: [503, 'the switch does not answer'],
  NO_VOICE: [503, 'no voice is free, or none answers'],
  STORE_AWAY: [503, 'the store does not answer'],
  INTERNAL: [500, 'a fault of ours; it is logged'],
} as const satisfies Record<string, readonly [status: number, meaning: string]>

export type ErrorCode = keyof typeof ERRORS

export const refuse = (
  code: ErrorCode,
  message: string = ERRORS[code][1],
  details?: unknown,
): Refusal => new Refusal(code, ERRORS[code][0], message, details)
