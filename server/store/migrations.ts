// Brings tables forward and back. The steps themselves lie in `migrations/`.
import { type Kysely, sql } from 'kysely'
import type { Migration, MigrationModule } from './migrations/migration.ts'

export { coreMigrations } from './migrations/core.ts'
export type { Migration, MigrationModule } from './migrations/migration.ts'

// Any fixed number will do: it keeps two servers that start together from migrating at once.
const MIGRATION_LOCK = 7_412_393
const NEWER =
  'they were made by a newer release; start that one, or take them back with its "npm run migrate -- down"'

/** Brings a module's tables to `target`, the newest version when absent; gives the versions passed. All or nothing. */
export async function migrate<T>(
  database: Kysely<T>,
  { module, migrations }: MigrationModule,
  target = migrations.length,
): Promise<number[]> {
  return database.transaction().execute(async transaction => {
    const run = (statement: string) => sql.raw(statement).execute(transaction)
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(transaction)
    await run(`create table if not exists migrations
      (module text, version integer, name text not null, at bigint not null, primary key (module, version))`)
    const found = await sql<{ version: number | null }>`
      select max(version) as version from migrations where module = ${module}`.execute(transaction)
    const current = found.rows[0]?.version ?? 0
    if (current > migrations.length) {
      throw new Error(
        `the tables of ${module} are of version ${current}, this program knows only ${migrations.length}: ${NEWER}`,
      )
    }
    const up = migrations.filter(({ version }) => version > current && version <= target)
    const down = migrations
      .filter(({ version }) => version <= current && version > target)
      .reverse()
    for (const { version, name, up: statements } of up) {
      for (const statement of statements) await run(statement)
      await sql`insert into migrations (module, version, name, at)
        values (${module}, ${version}, ${name}, ${Date.now()})`.execute(transaction)
    }
    for (const { version, down: statements } of down) {
      for (const statement of statements) await run(statement)
      await sql`delete from migrations where module = ${module} and version = ${version}`.execute(
        transaction,
      )
    }
    return [...up, ...down].map(({ version }) => version)
  })
}

/** One step that was taken. */
export interface Step {
  readonly module: string
  readonly version: number
  readonly name: string
  readonly at: number
}

/** Every step taken, the latest first; none when the database is empty. */
export async function stepsTaken<T>(
  database: Kysely<T>,
  modules: readonly MigrationModule[],
): Promise<Step[]> {
  const found = await sql<{ found: boolean }>`
    select to_regclass('migrations') is not null as found`.execute(database)
  if (!found.rows[0]?.found) return []
  const { rows } = await sql<Step>`select module, version, name, at from migrations`.execute(
    database,
  )
  const place = (step: Step) => modules.findIndex(({ module }) => module === step.module)
  return rows
    .map(row => ({ ...row, at: Number(row.at) }))
    .sort((a, b) => b.at - a.at || place(b) - place(a) || b.version - a.version)
}

/** @throws one sentence when the database holds tables of a module that this program does not have. */
export async function refuseUnknown<T>(
  database: Kysely<T>,
  modules: readonly MigrationModule[],
): Promise<void> {
  const known = new Set(modules.map(({ module }) => module))
  const unknown = (await stepsTaken(database, modules)).find(({ module }) => !known.has(module))
  if (unknown)
    throw new Error(
      `this program does not know the tables of ${unknown.module} in the database: ${NEWER}`,
    )
}

/** Takes the latest steps back, one after the other. @throws when that would take the records with it. */
export async function takeBack<T>(
  database: Kysely<T>,
  modules: readonly MigrationModule[],
  count: number,
): Promise<Step[]> {
  await refuseUnknown(database, modules)
  const steps = (await stepsTaken(database, modules)).slice(0, count)
  if (steps.some(({ module, version }) => module === 'core' && version === 1))
    throw new Error('that would drop the first tables, and every record with them')
  for (const { module, version } of steps) {
    const found = modules.find(one => one.module === module)
    if (found) await migrate(database, found, version - 1)
  }
  return steps
}
