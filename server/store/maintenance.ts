// The database for maintenance commands: not migrated, and only while no server uses it where they would be in its way.
import { type Kysely, sql } from 'kysely'
import { connect, type Connection, type DatabaseOptions, SERVER_NAME } from './database.ts'
import { migrate, type MigrationModule, type Step, stepsTaken, takeBack } from './migrations.ts'
import { MODULES } from './migrations/modules.ts'

export const connectForMaintenance = (
  options: Omit<DatabaseOptions, 'modules'>,
): Promise<Connection> => connect(options, 'hotline-maintenance')

/** Connections of servers to this database. PGlite has none beside ours: its folder's lock keeps servers out. */
export async function serverConnections<T>(database: Kysely<T>): Promise<number> {
  const { rows } = await sql<{
    count: number | string
  }>`select count(*) as count from pg_stat_activity
    where application_name = ${SERVER_NAME} and datname = current_database()`.execute(database)
  return Number(rows[0]?.count ?? 0)
}

/** @throws one sentence while a server is connected. */
export async function refuseWhileServed<T>(database: Kysely<T>): Promise<void> {
  if ((await serverConnections(database)) > 0)
    throw new Error('servers are at work on this database; stop them all first')
}

export async function migrateForward<T>(
  database: Kysely<T>,
  modules: readonly MigrationModule[] = MODULES,
): Promise<string[]> {
  const passed: string[] = []
  for (const module of modules)
    for (const version of await migrate(database, module))
      passed.push(`${module.module} ${version}`)
  return passed
}

/** @throws one sentence while a server is connected, or when the first tables would go. */
export async function migrateBack<T>(
  database: Kysely<T>,
  count: number,
  modules: readonly MigrationModule[] = MODULES,
): Promise<Step[]> {
  await refuseWhileServed(database)
  return takeBack(database, modules, count)
}

export const migrationsTaken = <T>(database: Kysely<T>): Promise<Step[]> =>
  stepsTaken(database, MODULES)
