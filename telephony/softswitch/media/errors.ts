// Refusals of the media plane.

/** Every RTP port of the configured range is in use. */
export class PortsUsedUp extends Error {
  readonly code = 'RTP_PORTS_USED_UP'
  constructor(first: number, last: number) {
    super(`no free RTP port between ${first} and ${last}`)
  }
}

/** A request names a port that is closed or never was. */
export class PortUnknown extends Error {
  readonly code = 'MEDIA_PORT_UNKNOWN'
  constructor(port: string) {
    super(`media port ${port} is not open`)
  }
}

/** The media worker did not answer, or ended. */
export class MediaGone extends Error {
  readonly code = 'MEDIA_GONE'
  constructor(what: string, options?: ErrorOptions) {
    super(`the media worker did not ${what}`, options)
  }
}

/** The worker said no; `code` is that of the refusal there. */
export class MediaRefused extends Error {
  readonly code: string
  constructor(message: string, code = 'MEDIA_FAULT') {
    super(message)
    this.code = code
  }
}
