// Why something asked of a switch did not happen. Codes are contract; see the README's error table.

/** The switch answered `-ERR` or `-USAGE`. */
export class CommandRefused extends Error {
  readonly code = 'SWITCH_REFUSED'
  constructor(
    readonly command: string,
    readonly reply: string,
  ) {
    super(`switch refused ${command}: ${reply}`)
  }
}

/** No answer came within the limit. */
export class CommandTimeout extends Error {
  readonly code = 'SWITCH_TIMEOUT'
  constructor(
    readonly command: string,
    readonly timeoutMs: number,
  ) {
    super(`no answer to ${command} within ${timeoutMs} ms`)
  }
}

/** The event socket is not open, closed before the answer came, or is too full to take more. */
export class SwitchUnreachable extends Error {
  readonly code = 'SWITCH_UNREACHABLE'
  constructor(
    reason: string,
    /** It was on its way when the connection broke: nobody knows. */
    readonly mayHaveRun = false,
  ) {
    super(`switch not reachable: ${reason}`)
  }
}

/** A value that could be read as syntax by the switch; it was not sent. */
export class UnsafeValue extends Error {
  readonly code = 'UNSAFE_VALUE'
  constructor(readonly field: string) {
    super(`unsafe ${field}`)
  }
}

/** The peer does not speak the event socket's protocol. */
export class NotEventSocket extends Error {
  readonly code = 'NOT_EVENT_SOCKET'
}

/** The stable code of an error of ours; `FAULT` for any other. */
export const codeOf = (error: unknown) =>
  error instanceof CommandRefused ||
  error instanceof CommandTimeout ||
  error instanceof SwitchUnreachable ||
  error instanceof UnsafeValue
    ? error.code
    : 'FAULT'
