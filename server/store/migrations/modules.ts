// Every module's tables, in the order in which they are made. A new area adds a file beside this one and a line here.
import { coreMigrations } from './core.ts'
import type { MigrationModule } from './migration.ts'
import { operationsMigrations } from './operations.ts'
import { signallingMigrations } from './signalling.ts'
import { trunksMigrations } from './trunks.ts'

export const MODULES: readonly MigrationModule[] = [
  coreMigrations,
  operationsMigrations,
  trunksMigrations,
  signallingMigrations,
]
