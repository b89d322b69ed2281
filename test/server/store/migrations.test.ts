// Every module's tables forward and back, on both databases (N-7; expand and contract).
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { wishOf } from '../../../server/process/migrate.ts'
import { openDatabase, createRepositories, type Database } from '../../../server/store/index.ts'
import {
  migrateBack,
  migrateForward,
  serverConnections,
} from '../../../server/store/maintenance.ts'
import { migrate, stepsTaken, takeBack } from '../../../server/store/migrations.ts'
import { MODULES } from '../../../server/store/migrations/modules.ts'
import { silentLog } from '../../fixtures/log.ts'
import { startPostgres } from '../../fixtures/postgres.ts'

t.setTimeout(240_000)
const log = silentLog()
const root = fileURLToPath(new URL('../../..', import.meta.url))
const postgres = await startPostgres()
t.teardown(() => postgres.close())

/** Tables, columns, indexes: all that a step can make. */
async function schemaOf({ query }: Database): Promise<unknown> {
  const columns =
    await sql`select table_name, column_name, data_type, is_nullable, column_default, is_identity
    from information_schema.columns where table_schema = 'public' order by table_name, column_name`.execute(
      query,
    )
  const indexes = await sql`select tablename, indexname, indexdef from pg_indexes
    where schemaname = 'public' order by indexname`.execute(query)
  return { columns: columns.rows, indexes: indexes.rows }
}

for (const kind of ['PGlite', 'PostgreSQL'] as const) {
  t.test(`on ${kind}`, async t => {
    const url = kind === 'PGlite' ? undefined : await postgres.createDatabase('steps')
    const database = await openDatabase({ ...(url && { url }), folder: null, log })
    t.teardown(() => database.close())
    const { query } = database
    const kept = createRepositories(database)
    await kept.settings.set('site/lineLimit', 30)
    await kept.audit.add({ at: 1, actor: 'a', action: 'b', target: 'c', detail: {}, address: '' })
    const before = await schemaOf(database)

    for (const module of MODULES) {
      const versions = module.migrations.map(({ version }) => version)
      t.same(
        versions,
        versions.map((_, index) => index + 1),
        `${module.module}: versions rise by one from 1`,
      )
      if (module.module === 'core') continue
      t.same(await migrate(query, module, 0), versions.toReversed(), `${module.module} goes back`)
      t.same(await migrate(query, module), versions, `${module.module} comes forward`)
      t.same(await schemaOf(database), before, `${module.module}: the tables are as they were`)
    }
    const later = MODULES.flatMap(({ module, migrations }) =>
      migrations.filter(({ version }) => !(module === 'core' && version === 1)),
    )
    t.equal((await takeBack(query, MODULES, later.length)).length, later.length)
    t.equal(await kept.settings.get('site/lineLimit'), 30, 'what the first tables hold stays')
    t.equal((await kept.audit.list({ limit: 10 })).items.length, 1, 'the audit too')
    await t.rejects(takeBack(query, MODULES, 1), /every record/, 'the first tables never go')
    t.equal((await migrateForward(query)).length, later.length)
    t.same(await schemaOf(database), before, 'all back and forth: the tables are as they were')
    t.equal(await kept.settings.get('site/lineLimit'), 30)

    // A program of an older release knows fewer modules, or fewer versions of one.
    const future = {
      module: 'future',
      migrations: [
        {
          version: 1,
          name: 'x',
          up: ['create table future (id text)'],
          down: ['drop table future'],
        },
      ],
    }
    await migrate(query, future)
    await t.rejects(
      takeBack(query, MODULES, 1),
      /does not know the tables of future.*newer release/,
    )
    t.equal(
      (await stepsTaken(query, [...MODULES, future]))[0]?.module,
      'future',
      'the latest first',
    )
    await migrate(query, future, 0)
  })
}

t.test('an older program refuses a newer database with one sentence', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'hotline-steps-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  for (const url of [undefined, await postgres.createDatabase('newer')]) {
    const options = { ...(url && { url }), folder, log }
    const newer = {
      module: 'newer',
      migrations: [
        { version: 1, name: 'x', up: ['create table newer (id text)'], down: ['drop table newer'] },
      ],
    }
    await (await openDatabase({ ...options, modules: [newer] })).close()
    await t.rejects(openDatabase(options), {
      message:
        /does not know the tables of newer in the database: they were made by a newer release/,
    })
    // The program that made them takes them back.
    const again = await openDatabase({ ...options, modules: [newer] })
    await migrate(again.query, newer, 0)
    await again.close()
    await (await openDatabase(options)).close()
  }
})

t.test('steps are not taken back under running servers', async t => {
  const url = await postgres.createDatabase('served')
  const server = await openDatabase({ url, folder: null, log })
  t.teardown(() => server.close())
  const command = (words: string[], env: Record<string, string>) =>
    new Promise<{ code: number; output: string }>(resolve =>
      execFile(
        process.execPath,
        ['server/process/migrate.mjs', ...words],
        { cwd: root, env: { ...process.env, ...env } },
        (error, stdout) =>
          resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout }),
      ),
    )
  t.ok((await serverConnections(server.query)) > 0)
  await t.rejects(migrateBack(server.query, 1), /servers are at work/)
  const refused = await command(['down', '1'], { DATABASE_URL: url })
  t.match(refused, {
    code: 1,
    output: /Servers are at work on this database; stop them all first\./,
  })
  await server.close()
  const taken = await command(['down', '1'], { DATABASE_URL: url })
  t.match(taken, { code: 0, output: /Taken back: / }, 'goes when they have stopped')
  t.match(await command(['up'], { DATABASE_URL: url }), { code: 0, output: /Taken: / })
  t.match(await command(['sideways'], { DATABASE_URL: url }), { code: 2, output: /Usage/ })

  await t.test('PGlite: the folder says who has it', async (t: Test) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hotline-steps-'))
    t.teardown(() => rm(dataDir, { recursive: true, force: true }))
    const served = await openDatabase({ folder: join(dataDir, 'database'), log })
    const env = { HOTLINE_DATA_DIR: dataDir, DATABASE_URL: '' }
    t.match(await command(['down', '1'], env), { code: 1, output: /is in use by process/ })
    await served.close()
    t.match(await command(['down', '1'], env), { code: 0, output: /Taken back: / })
  })
})

t.test('what removes or narrows says which release stopped using it', async t => {
  const NARROWS =
    /\bdrop (table|column|index)\b|\brename\b|\bset not null\b|\balter (column )?\w+ (set data )?type\b|\badd column (?!.*\bdefault\b).*\bnot null\b/i
  for (const { module, migrations } of MODULES)
    for (const { version, up, contracts } of migrations)
      for (const statement of up)
        t.ok(
          !NARROWS.test(statement) || contracts,
          `${module} ${version}: ${statement.slice(0, 60)}`,
        )
  t.ok(NARROWS.test('alter table calls drop column notes'))
  t.ok(NARROWS.test('alter table calls add column x text not null'))
  t.notOk(NARROWS.test("alter table calls add column x text not null default ''"))
})

t.test('what is asked of the command', async t => {
  t.same(wishOf([]), { type: 'show' })
  t.same(wishOf(['up']), { type: 'up' })
  t.same(wishOf(['down', '2']), { type: 'down', count: 2 })
  for (const words of [['down'], ['down', '0'], ['down', '-1'], ['down', 'x'], ['up', '1'], ['x']])
    t.equal(wishOf(words), undefined, words.join(' '))
})
