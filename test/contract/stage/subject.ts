// The switch under test, as the suite sees it: addresses and accounts, and nothing of what is behind them.

export interface HostPort {
  readonly host: string
  readonly port: number
}

export interface Subject {
  readonly kind: 'embedded' | 'freeswitch'
  /** What `version short` says. */
  readonly version: string
  /** `esl://:password@host:port`, as the driver takes it. */
  readonly eslUrl: string
  /** Where a carrier sends its INVITEs. */
  readonly trunk: HostPort
  /** Where phones register and call from. */
  readonly agents: HostPort
  /** SIP over WebSocket, for browsers. */
  readonly wsUrl: string
  readonly realm: string
  /** A published number: an INVITE without authentication may reach it. */
  readonly number: string
  /** Accounts of phones; nobody else uses them meanwhile. */
  readonly users: readonly string[]
  readonly password: string
  /** A folder that the switch reads and writes under the same path. */
  readonly mediaFolder: string
  close(): Promise<void>
}
