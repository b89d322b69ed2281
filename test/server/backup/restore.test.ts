// A backup, brought back into an empty site by the clock: every row, every recording, every key (N-4, N-5).
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { makeBackup, backupsIn } from '../../../server/backup/backup.ts'
import { toRemove } from '../../../server/backup/manifest.ts'
import { sha256Of } from '../../../server/backup/media.ts'
import { summarise } from '../../../server/records/index.ts'
import { lockFolder } from '../../../server/store/folder-lock.ts'
import { createDump } from '../../../server/store/dump-door.ts'
import { createRepositories, openDatabase, type Database } from '../../../server/store/index.ts'
import { wholeCall } from '../../fixtures/facts.ts'
import { silentLog } from '../../fixtures/log.ts'
import { startPostgres } from '../../fixtures/postgres.ts'

t.setTimeout(240_000)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const log = silentLog()
const CALLS = 40
const RECORDINGS = 20

const postgres = await startPostgres()
t.teardown(() => postgres.close())
const folderOf = (t: { teardown(end: () => unknown): unknown }) => {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-backup-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
const write = (path: string, content: string | Buffer) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  // Settled: what was changed a moment ago is for the next backup.
  const old = Date.now() / 1000 - 600
  utimesSync(path, old, old)
}

/** A site with calls, people, an audit, recordings and keys. */
async function fill(database: Database, dataDir: string) {
  const kept = createRepositories(database)
  for (let index = 0; index < CALLS; index++) {
    const facts = wholeCall(`call-${index}`, 1_700_000_000_000 + index * 60_000)
    await kept.facts.record(facts, summarise)
  }
  await kept.settings.set('site/lineLimit', 42)
  await kept.settings.set('odd', { text: 'a\u2028b\n"c"\\ 张敏 🎧', none: null, list: [1, 2.5] })
  for (let index = 0; index < 5; index++)
    await kept.audit.add({
      at: index,
      actor: 'a',
      action: 'b',
      target: 'c',
      detail: {},
      address: '',
    })
  for (let index = 0; index < RECORDINGS; index++)
    write(join(dataDir, `media/recordings/2026/11/22/${index}.wav`), randomBytes(50_000 + index))
  write(join(dataDir, 'media/prompts/custom/hello.wav'), randomBytes(1000))
  write(join(dataDir, 'esl-password'), 'secret-of-the-switch')
  write(join(dataDir, 'tls/key.pem'), 'a key')
}
async function rowsOf({ query }: Database): Promise<Record<string, unknown[]>> {
  const { rows } = await sql<{
    name: string
  }>`select table_name as name from information_schema.tables
    where table_schema = 'public'`.execute(query)
  const all: Record<string, unknown[]> = {}
  for (const { name } of rows) {
    if (name === 'migrations') continue
    const found = await sql
      .raw(`select row_to_json(one)::text as line from "${name}" one order by 1`)
      .execute(query)
    all[name] = found.rows
  }
  return all
}
const command = (words: string[], env: Record<string, string>) =>
  new Promise<{ code: number; output: string }>(resolve =>
    execFile(
      process.execPath,
      ['server/process/backup.mjs', ...words],
      { cwd: root, env: { ...process.env, ...env } },
      (error, stdout, stderr) =>
        resolve({
          code: typeof error?.code === 'number' ? error.code : 0,
          output: stdout + stderr,
        }),
    ),
  )

// Each is read from and written to once.
for (const [from, to] of [
  ['PostgreSQL', 'PGlite'],
  ['PGlite', 'PostgreSQL'],
] as const) {
  t.test(`${from} is backed up and restored into an empty ${to}`, { timeout: 200_000 }, async t => {
    const folder = folderOf(t)
    const url =
      from === 'PostgreSQL'
        ? await postgres.createDatabase(`from-${randomBytes(4).toString('hex')}`)
        : ''
    const empty =
      to === 'PostgreSQL'
        ? await postgres.createDatabase(`to-${randomBytes(4).toString('hex')}`)
        : ''
    const keyFile = join(folder, 'key')
    writeFileSync(keyFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
    const env = { HOTLINE_BACKUP_DIR: join(folder, 'backups'), HOTLINE_BACKUP_KEY_FILE: keyFile }
    const site = { ...env, HOTLINE_DATA_DIR: join(folder, 'site'), DATABASE_URL: url }
    const fresh = { ...env, HOTLINE_DATA_DIR: join(folder, 'fresh'), DATABASE_URL: empty }
    const open = (dir: string, address: string) =>
      openDatabase({ ...(address && { url: address }), folder: join(dir, 'database'), log })

    const database = await open(site.HOTLINE_DATA_DIR, url)
    await fill(database, site.HOTLINE_DATA_DIR)
    const before = await rowsOf(database)
    await database.close()
    const made = await command(['backup'], site)
    t.match(made, { code: 0, output: /rows, 21 recordings and prompts/ })

    const began = performance.now()
    const restored = await command(['restore', 'latest'], fresh)
    const seconds = (performance.now() - began) / 1000
    t.match(restored, { code: 0, output: /Restored .* rows, 21 recordings and prompts, 2 keys/ })
    const again = await open(fresh.HOTLINE_DATA_DIR, empty)
    t.teardown(() => again.close())
    const after = await rowsOf(again)
    t.same(after, before, 'every row of every table')
    t.equal(after['calls']?.length, CALLS)
    await createRepositories(again).audit.add({
      at: 9,
      actor: 'x',
      action: 'y',
      target: 'z',
      detail: {},
      address: '',
    })
    t.equal(
      (await createRepositories(again).audit.list({ limit: 1 })).items[0]?.id,
      6,
      'numbers go on where they were',
    )
    const [one, other] = [site, fresh].map(({ HOTLINE_DATA_DIR }) =>
      join(HOTLINE_DATA_DIR, 'media/recordings/2026/11/22/7.wav'),
    )
    t.equal(await sha256Of(other!), await sha256Of(one!), 'the recording is the same')
    t.equal(
      readFileSync(join(fresh.HOTLINE_DATA_DIR, 'esl-password'), 'utf8'),
      'secret-of-the-switch',
    )
    t.comment(
      `restored ${Object.values(before).flat().length} rows and ${RECORDINGS} recordings in ${seconds.toFixed(1)} s`,
    )

    const full = await command(['restore', 'latest'], fresh)
    t.match(full, {
      code: 1,
      output:
        to === 'PGlite' ? /is in use by process/ : /Servers are at work|The database is not empty/,
    })
  })
}

t.test('a backup by itself and what goes wrong with it', { timeout: 200_000 }, async t => {
  const folder = folderOf(t)
  const dataDir = join(folder, 'site')
  const database = await openDatabase({ folder: null, log })
  t.teardown(() => database.close())
  await createRepositories(database).settings.set('a', 1)
  const dir = join(folder, 'backups')
  const secret = randomBytes(32)
  let at = Date.UTC(2026, 10, 22)
  const make = (keep = 3) =>
    makeBackup(
      {
        database: createDump(database),
        dataDir,
        mediaDir: join(dataDir, 'media'),
        keyFiles: [],
        version: '1',
      },
      { dir, secret, keep },
      (at += 86_400_000),
    )
  const recording = (name: string) => join(dataDir, 'media/recordings', name)
  const pooled = (name: string) => join(dir, 'media/recordings', name)
  const keyFile = join(folder, 'key')
  writeFileSync(keyFile, secret.toString('latin1'), 'latin1')

  await t.test('recordings are copied once', async t => {
    write(recording('a.wav'), 'a'.repeat(5000))
    write(recording('b.wav'), 'b'.repeat(5000))
    const first = await make()
    t.equal(first.manifest.media.count, 2)
    t.ok(first.bytes >= 10_000)
    const second = await make()
    t.equal(second.manifest.media.count, 2)
    t.ok(second.bytes < 5000, 'nothing of it a second time')
    write(recording('b.wav'), 'c'.repeat(6000))
    await make()
    t.equal(
      readFileSync(pooled('b.wav'), 'utf8'),
      'c'.repeat(6000),
      'what has changed is copied anew',
    )
  })

  await t.test(
    'as many stay as were asked for, and recordings none of them tells of go',
    async t => {
      rmSync(recording('a.wav'))
      for (let round = 0; round < 3; round++) await make()
      t.equal((await backupsIn(dir)).length, 3)
      t.notOk(existsSync(pooled('a.wav')))
      t.ok(existsSync(pooled('b.wav')))
      t.same(toRemove(['20261122T000000Z', '20261123T000000Z', 'media', 'x.part'], 1), [
        '20261122T000000Z',
      ])
    },
  )

  await t.test(
    'a changed byte and a wrong key are found before anything is restored',
    async (t: Test) => {
      const latest = join(dir, (await backupsIn(dir)).at(-1)!)
      const key = join(folder, 'hex-key')
      writeFileSync(key, randomBytes(32).toString('hex'))
      const env = {
        HOTLINE_BACKUP_DIR: dir,
        HOTLINE_BACKUP_KEY_FILE: key,
        HOTLINE_DATA_DIR: join(folder, 'fresh'),
        DATABASE_URL: await postgres.createDatabase('untouched'),
      }
      t.match(await command(['restore', 'latest'], env), {
        code: 1,
        output: /can't be decrypted: the key is another one/,
      })
      appendFileSync(join(latest, 'database.gz.enc'), 'x')
      t.match(await command(['restore', latest], env), {
        code: 1,
        output: /is not what the manifest says/,
      })
      const fresh = await openDatabase({ url: env.DATABASE_URL, folder: null, log })
      t.equal(await createRepositories(fresh).settings.get('a'), undefined)
      await fresh.close()
    },
  )

  await t.test('a backup that can not be finished leaves no trace and no half one', async t => {
    const before = readdirSync(dir).toSorted()
    await t.rejects(
      makeBackup(
        {
          database: {
            dump: async write => (await write('T users\n'), Promise.reject(new Error('away'))),
          },
          dataDir,
          mediaDir: join(dataDir, 'media'),
          keyFiles: [],
          version: '1',
        },
        { dir, secret, keep: 3 },
        (at += 86_400_000),
      ),
      /away/,
    )
    t.same(readdirSync(dir).toSorted(), before)
  })

  await t.test('what is missing is said', async t => {
    const env = { HOTLINE_DATA_DIR: join(folder, 'other'), DATABASE_URL: '' }
    t.match(await command(['backup'], env), {
      code: 2,
      output: /HOTLINE_BACKUP_DIR names the folder/,
    })
    const short = join(folder, 'short')
    writeFileSync(short, 'short')
    const set = { ...env, HOTLINE_BACKUP_DIR: dir, HOTLINE_BACKUP_KEY_FILE: short }
    t.match(await command(['backup'], set), { code: 1, output: /must hold at least 16 characters/ })
    t.match(await command(['restore'], set), { code: 2, output: /Usage/ })
    mkdirSync(join(folder, 'other/database'), { recursive: true })
    const served = await lockFolder(join(folder, 'other/database'))
    writeFileSync(short, 'long enough to be a key')
    t.match(await command(['backup'], set), {
      code: 1,
      output: /ask the running server for a backup/,
    })
    await served.release()
  })
})
