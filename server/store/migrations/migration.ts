// What a step of the tables is. How steps are written stands in server/store/README.md.

export interface Migration {
  /** Rises by one from 1 within its module. */
  readonly version: number
  readonly name: string
  /** Statements of PostgreSQL 15. */
  readonly up: readonly string[]
  /** Takes the step back; what it made goes, what other steps made stays as it is. */
  readonly down: readonly string[]
  /**
   * Why nobody misses what this step takes away: the release that stopped using it. Needed by a step that removes, renames
   * or narrows something, since servers of the release before run beside it during an upgrade.
   */
  readonly contracts?: string
}
/** Tables of one module. No module's step touches another module's tables, so each can be taken back alone. */
export interface MigrationModule {
  readonly module: string
  readonly migrations: readonly Migration[]
}
