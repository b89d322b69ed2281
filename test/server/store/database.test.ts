import t from 'tap'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { summarise } from '../../../server/records/index.ts'
import { createRepositories, openDatabase, type UserAccount } from '../../../server/store/index.ts'
import { lockFolder } from '../../../server/store/folder-lock.ts'
import { trunkSchema } from '../../../telephony/trunk/trunk.ts'
import { coreMigrations, migrate } from '../../../server/store/migrations.ts'
import { MODULES } from '../../../server/store/migrations/modules.ts'
import type { Fact } from '../../../server/ledger/fact.ts'
import { startDatabases } from '../../fixtures/database.ts'
import { abandonedCall, began, play, wholeCall } from '../../fixtures/facts.ts'
import { silentLog } from '../../fixtures/log.ts'

// Databases start slowly on a busy machine.
t.setTimeout(240_000)

const log = silentLog()
const databases = await startDatabases()
t.teardown(() => databases.close())

for (const { name, database } of databases.all) {
  t.test(`on ${name}`, async t => {
    const kept = createRepositories(database)

    t.test('users: user names are unique, wrong passwords lock, right ones unlock', async t => {
      const user: UserAccount = {
        id: 'u1',
        username: 'zhang',
        name: '张敏',
        roles: ['agent', 'supervisor'],
        passwordHash: 'h',
        agentId: '1001',
        disabled: false,
        lockedUntil: null,
        failures: 0,
      }
      await kept.users.save(user)
      t.same(await kept.users.byUsername('zhang'), user)
      t.same(await kept.users.byAgent('1001'), user)
      t.equal(await kept.users.byId('nobody'), undefined)
      await t.rejects(kept.users.save({ ...user, id: 'u2' }), { code: 'IN_USE' })
      await kept.users.save({ ...user, name: '张敏敏', roles: [] })
      t.same(await kept.users.list(), [{ ...user, name: '张敏敏', roles: [] }])
      const until = 1_900_000_000_000
      t.equal(await kept.users.countFailure('u1', 3, until), 1)
      t.equal(await kept.users.countFailure('u1', 3, until), 2)
      t.equal((await kept.users.byId('u1'))?.lockedUntil, null)
      t.equal(await kept.users.countFailure('u1', 3, until), 3)
      t.match(await kept.users.byId('u1'), { lockedUntil: until, failures: 3 })
      await kept.users.clearFailures('u1')
      t.match(await kept.users.byId('u1'), { lockedUntil: null, failures: 0 })
      t.equal(await kept.users.remove('u1'), true)
      t.equal(await kept.users.remove('u1'), false)
    })

    t.test('configured things are kept whole and replaced by id', async t => {
      const agent = {
        id: '1001',
        name: '张敏',
        autoAnswer: true,
        phoneSecret: 's',
        queues: { consult: 1, complaint: 2 },
      }
      await kept.agents.save(agent)
      await kept.agents.save({ ...agent, queues: { consult: 3 } })
      t.same(await kept.agents.list(), [{ ...agent, queues: { consult: 3 } }])
      const queue = {
        id: 'consult',
        name: '咨询',
        capacity: 30,
        maxWaitMs: 300_000,
        ringMs: 20_000,
        wrapUpMs: 30_000,
        overflowAfterMs: 60_000,
        announceEveryMs: 30_000,
        whenNoAgents: 'leave' as const,
      }
      await kept.queues.save(queue)
      await kept.queues.save({ ...queue, overflowTo: 'complaint' })
      t.same(await kept.queues.byId('consult'), { ...queue, overflowTo: 'complaint' })
      await kept.numbers.save({ number: '12393', flow: 'standard', name: '医保热线' })
      t.same(await kept.numbers.byId('12393'), {
        number: '12393',
        flow: 'standard',
        name: '医保热线',
      })
      const calendar = {
        id: 'standard',
        name: '工作日',
        timeZone: 'Asia/Shanghai',
        week: { '1': [['08:30', '12:00']] },
        holidays: { '2025-10-01': '国庆' },
        makeUpDays: { '2025-09-28': '3' },
      }
      await kept.calendars.save(calendar as never)
      t.same(await kept.calendars.list(), [calendar])
      const trunk = trunkSchema.parse({
        id: 'main',
        name: '主用中继',
        address: { host: '10.1.2.3' },
      })
      await kept.trunks.save(trunk)
      await kept.trunks.save({ ...trunk, lineLimit: 60 })
      t.same(await kept.trunks.list(), [{ ...trunk, lineLimit: 60 }])
      await kept.contactReasons.save({ id: 'b', parent: null, name: '待遇', sort: 2 })
      await kept.contactReasons.save({ id: 'a', parent: 'b', name: '门诊', sort: 1 })
      t.same(
        (await kept.contactReasons.list()).map(({ id }) => id),
        ['a', 'b'],
      )
      for (const [list, id] of [
        [kept.agents, '1001'],
        [kept.queues, 'consult'],
        [kept.numbers, '12393'],
        [kept.calendars, 'standard'],
        [kept.trunks, 'main'],
        [kept.contactReasons, 'a'],
      ] as const) {
        t.equal(await list.remove(id), true)
        t.equal(await list.remove(id), false)
        t.equal(await list.byId(id), undefined)
      }
    })

    t.test(
      'the newest published version of a flow runs, and older ones can be put back',
      async t => {
        const flow = {
          id: 'standard',
          name: '标准',
          start: 'a',
          nodes: { a: { kind: 'hangup' as const } },
        }
        t.equal(await kept.flows.add(flow, 'admin', 100), 1)
        t.equal(await kept.flows.add({ ...flow, name: '新' }, 'admin', 200), 2)
        t.equal(await kept.flows.add({ ...flow, name: '草稿' }, 'admin', null), 3)
        t.equal(await kept.flows.add({ ...flow, id: 'other' }, 'admin', 1), 1)
        t.match(await kept.flows.running(), [
          { flow: { id: 'other' }, version: 1 },
          { flow: { name: '新' }, version: 2, publishedAt: 200, by: 'admin' },
        ])
        t.equal((await kept.flows.runningOf('standard'))?.version, 2)
        t.match(await kept.flows.publish('standard', 1, 'chief', 300), {
          version: 4,
          flow,
          publishedAt: 300,
          by: 'chief',
        })
        t.same(
          (await kept.flows.versionsOf('standard')).map(({ version, publishedAt }) => [
            version,
            publishedAt,
          ]),
          [
            [4, 300],
            [3, null],
            [2, 200],
            [1, 100],
          ],
        )
        t.equal(await kept.flows.publish('standard', 99, 'chief', 300), undefined)
      },
    )

    t.test('settings hold any value', async t => {
      for (const value of [1, 'text', null, [1, '2'], { a: { bC: 1 }, snake_case: 2 }, false]) {
        await kept.settings.set('one', value)
        t.same(await kept.settings.get('one'), value)
      }
      t.equal(await kept.settings.get('none'), undefined)
      t.same(await kept.settings.all(), { one: false })
    })

    t.test('the audit is read newest first, in pages', async t => {
      for (let n = 1; n <= 5; n++)
        await kept.audit.add({
          at: n,
          actor: n === 3 ? 'u2' : 'u1',
          action: 'recording-played',
          target: `c${n}`,
          detail: { n },
          address: '127.0.0.1',
        })
      const first = await kept.audit.list({ limit: 3 })
      t.same(
        first.items.map(({ at }) => at),
        [5, 4, 3],
      )
      const second = await kept.audit.list({ limit: 3, cursor: first.nextCursor! })
      t.same(
        second.items.map(({ at, detail }) => [at, detail]),
        [
          [2, { n: 2 }],
          [1, { n: 1 }],
        ],
      )
      t.equal(second.nextCursor, null)
      t.equal((await kept.audit.list({ limit: 9, actor: 'u1', from: 2, to: 5 })).items.length, 2)
      t.equal(
        (await kept.audit.list({ limit: 9, target: 'c4', action: 'recording-played' })).items
          .length,
        1,
      )
    })

    const day = Date.parse('2025-06-01T00:00:00Z')
    t.test('facts make records, missed calls and recordings', async t => {
      await kept.facts.record(
        [...wholeCall('c1', day), ...abandonedCall('c2', day + 1000)],
        summarise,
      )
      const expected = { ...summarise(wholeCall('c1', day)).record }
      t.same(await kept.calls.byId('c1'), expected)
      t.match(expected, {
        durationMs: 60_000,
        talkMs: 40_000,
        waitMs: 10_000,
        holdMs: 5000,
        agent: '1001',
        queue: 'consult',
        result: 'answered',
        satisfaction: 5,
      })
      t.same(await kept.recordings.ofCall('c1'), [
        {
          id: 'r-c1',
          callId: 'c1',
          path: '2025/c1.wav',
          startedAt: day + 13_000,
          durationMs: 40_000,
          fault: null,
          sha256: null,
        },
      ])
      t.match(await kept.missed.byId('c2'), {
        kind: 'abandoned',
        number: began.caller,
        waitMs: 20_000,
        state: 'open',
        doneBy: null,
      })
      t.equal(await kept.missed.byId('c1'), undefined)
      t.same(await kept.facts.of('c1'), wholeCall('c1', day))
    })

    t.test('repeated, late and disordered facts end in the same record', async t => {
      const whole = wholeCall('c3', day + 2000)
      await kept.facts.record(
        whole.filter(({ seq }) => seq % 2 === 1),
        summarise,
      )
      t.equal(await kept.calls.byId('c3'), undefined, 'a call without its beginning is not told')
      await kept.facts.record(
        whole.filter(({ seq }) => seq % 4 === 2),
        summarise,
      )
      await kept.facts.record([...whole].reverse(), summarise)
      await kept.facts.record([...whole, ...whole], summarise)
      t.same(await kept.calls.byId('c3'), summarise(whole).record)
      t.same(await kept.facts.of('c3'), whole)
    })

    t.test('what people have done to a call outlives recomputation', async t => {
      await kept.missed.done('c2', 'u1', 5000, '已回电')
      await kept.missed.done('c2', 'u2', 6000, 'again')
      await kept.recordings.setSha256('r-c1', 'abc')
      await kept.calls.addWorkOrder('c1', 'w2')
      await kept.calls.addWorkOrder('c1', 'w1')
      await kept.calls.addWorkOrder('c1', 'w1')
      await kept.facts.record(
        [...wholeCall('c1', day), ...abandonedCall('c2', day + 1000)],
        summarise,
      )
      t.match(await kept.missed.byId('c2'), {
        state: 'done',
        doneBy: 'u1',
        doneAt: 5000,
        note: '已回电',
      })
      t.equal((await kept.recordings.byId('r-c1'))?.sha256, 'abc')
      t.same((await kept.calls.byId('c1'))?.workOrderIds, ['w1', 'w2'])
      t.match(await kept.missed.reopen('c2'), { state: 'open', doneBy: null })
      t.equal(await kept.missed.done('none', 'u1', 1, null), undefined)
    })

    t.test('text that PostgreSQL cannot hold does not stop the ledger', async t => {
      const odd = play(
        'c4',
        day + 3000,
        [0, 'call-began', { ...began, caller: 'a\u0000b\ud800c\udc00😀' }],
        [1, 'call-described', { by: '1', notes: '\\u0000 stays' }],
      )
      await kept.facts.record(odd, summarise)
      t.equal((await kept.calls.byId('c4'))?.caller, 'a\ufffdb\ufffdc\ufffd😀')
      t.equal((await kept.calls.byId('c4'))?.notes, '\\u0000 stays')
    })

    t.test('facts since an instant come in order of time, over page borders', async t => {
      const many: Fact[] = Array.from({ length: 2500 }, (_, n) => ({
        subject: `agent:${n % 7}`,
        seq: Math.floor(n / 7),
        at: day + 100_000_000 + Math.floor(n / 100),
        type: 'agent-state',
        data: { agent: '1', state: 'idle', by: '1' },
      }))
      await kept.facts.record(many, summarise)
      const read: Fact[] = []
      for await (const fact of kept.facts.since(day + 100_000_000)) read.push(fact)
      t.equal(read.length, 2500)
      t.ok(read.every((fact, n) => n === 0 || fact.at >= read[n - 1]!.at))
      t.equal(new Set(read.map(({ subject, seq }) => `${subject}/${seq}`)).size, 2500)
      t.equal(await kept.calls.byId('agent:1'), undefined)
    })

    t.test('the call list: filters, order, pages, total', async t => {
      const start = day + 1_000_000_000
      const calls = Array.from({ length: 25 }, (_, n) =>
        (n % 2 ? abandonedCall : wholeCall)(
          `l${String(n).padStart(2, '0')}`,
          start + Math.floor(n / 2) * 60_000,
          n < 5 ? '13800138000' : `0451${n}000000`,
        ),
      )
      const dialled = play(
        'l99',
        start,
        [
          0,
          'call-began',
          { ...began, direction: 'outbound', caller: '12393', callee: '+8613800138000' },
        ],
        [5, 'call-ended', { result: 'no-answer', cause: 'NO_ANSWER', by: 'network' }],
      )
      await kept.facts.record([...calls.flat(), ...dialled], summarise)
      const range = { from: start, to: start + 86_400_000 }
      const ids: string[] = []
      let cursor: string | undefined
      do {
        const page = await kept.calls.query(
          range,
          cursor === undefined ? { limit: 7 } : { limit: 7, cursor },
        )
        t.equal(page.total, 26)
        ids.push(...page.items.map(({ id }) => id))
        cursor = page.nextCursor ?? undefined
      } while (cursor)
      const expected = [
        ...Array.from(
          { length: 25 },
          (_, n) => [start + Math.floor(n / 2) * 60_000, `l${String(n).padStart(2, '0')}`] as const,
        ),
        [start, 'l99'] as const,
      ]
        .sort(([a, x], [b, y]) => b - a || (x < y ? 1 : -1))
        .map(([, id]) => id)
      t.same(ids, expected)
      const each: string[] = []
      for await (const { id } of kept.calls.each(range)) each.push(id)
      t.same(each, expected)
      const total = async (filter: Parameters<typeof kept.calls.query>[0]) =>
        (await kept.calls.query({ ...range, ...filter }, { limit: 1 })).total
      t.equal(await total({ result: 'abandoned-queue' }), 12)
      t.equal(await total({ agent: '1001' }), 13)
      t.equal(await total({ queue: 'consult' }), 25)
      t.equal(await total({ queue: 'none' }), 0)
      t.equal(await total({ direction: 'outbound' }), 1)
      t.equal(await total({ caller: '13800138000' }), 6, 'calls from the number and calls to it')
      t.equal(await total({ caller: '%' }), 0, 'a wildcard is an ordinary character')
      t.equal(await total({ from: start + 60_000, to: start + 120_000 }), 2)
      await t.rejects(kept.calls.query({}, { limit: 1, cursor: 'nonsense' }), {
        code: 'BAD_REQUEST',
      })
      const history = await kept.calls.historyOf('013800138000', start, 3)
      t.match(history, { count: 6, callerName: '王女士', area: '哈尔滨' })
      t.same(
        history.last.map(({ id }) => id),
        ['l04', 'l03', 'l02'],
      )
      t.match(await kept.calls.historyOf('anonymous', 0, 5), {
        count: 0,
        last: [],
        callerName: null,
      })
    })

    t.test('missed calls in pages', async t => {
      const page = await kept.missed.list({ state: 'open', kind: 'abandoned', limit: 5 })
      t.equal(page.items.length, 5)
      const next = await kept.missed.list({
        state: 'open',
        kind: 'abandoned',
        limit: 500,
        cursor: page.nextCursor!,
      })
      t.equal(page.items.length + next.items.length, page.total)
      t.equal(new Set([...page.items, ...next.items].map(({ id }) => id)).size, page.total)
      t.equal((await kept.missed.list({ kind: 'voicemail', limit: 5 })).total, 0)
    })

    t.test('a query beside an open transaction is not part of it', async t => {
      let beside: Promise<void> = Promise.resolve()
      await t.rejects(
        database.query.transaction().execute(async transaction => {
          await transaction
            .insertInto('numbers')
            .values({ number: '1', flow: 'a', name: 'inside' })
            .execute()
          beside = kept.numbers.save({ number: '2', flow: 'a', name: 'beside' })
          await new Promise(resolve => setImmediate(resolve))
          throw new Error('rolled back')
        }),
        { message: 'rolled back' },
      )
      await beside
      t.same(
        (await kept.numbers.list()).map(({ number }) => number),
        ['2'],
      )
    })

    t.test('migrations go back and forth, and refuse tables of a newer program', async t => {
      t.same(await migrate(database.query, coreMigrations), [], 'nothing to do')
      const module = {
        module: 'extra',
        migrations: [
          {
            version: 1,
            name: 'one',
            up: ['create table extra (id text)'],
            down: ['drop table extra'],
          },
          {
            version: 2,
            name: 'two',
            up: ['alter table extra add column n integer', 'syntax error'],
            down: [],
          },
        ],
      }
      await t.rejects(migrate(database.query, module))
      await t.rejects(
        sql`select * from extra`.execute(database.query),
        { code: '42P01' },
        'all or nothing',
      )
      t.same(await migrate(database.query, module, 1), [1])
      t.same((await sql`select * from extra`.execute(database.query)).rows, [])
      t.same(await migrate(database.query, module, 0), [1])
      for (const one of MODULES.toReversed()) await migrate(database.query, one, 0)
      t.same(
        (
          await sql<{
            name: string
          }>`select table_name as name from information_schema.tables where table_schema = 'public'`.execute(
            database.query,
          )
        ).rows,
        [{ name: 'migrations' }],
      )
      t.same(
        await migrate(database.query, coreMigrations),
        coreMigrations.migrations.map(({ version }) => version),
      )
      await sql`insert into migrations values ('core', 99, 'from the future', 0)`.execute(
        database.query,
      )
      await t.rejects(migrate(database.query, coreMigrations), /core are of version 99/)
    })

    t.test('it is up', async t => t.equal(await database.isUp(), true))
  })
}

t.test('the folder of the embedded database', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'hotline-data-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))

  const database = await openDatabase({ folder, log })
  await createRepositories(database).settings.set('a', 1)
  await t.rejects(openDatabase({ folder, log }), {
    message: `the folder ${folder} is in use by process ${process.pid}`,
  })
  await database.close()
  await t.rejects(stat(join(folder, 'lock')), { code: 'ENOENT' })
  const again = await openDatabase({ folder, log })
  t.equal(await createRepositories(again).settings.get('a'), 1, 'what was written is there')
  await again.close()
})

t.test('the lock of a dead process is taken over, that of a living one is not', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'hotline-lock-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const sleeper = spawn('sleep', ['60'], { stdio: 'ignore' })
  t.teardown(() => void sleeper.kill())
  await writeFile(join(folder, 'lock'), `${sleeper.pid}\n`)
  await t.rejects(lockFolder(folder), {
    message: `the folder ${folder} is in use by process ${sleeper.pid}`,
  })
  await writeFile(join(folder, 'lock'), `${sleeper.pid} 1\n`)
  await (await lockFolder(folder)).release()
  await writeFile(join(folder, 'lock'), `${sleeper.pid}\n`)
  const gone = once(sleeper, 'exit')
  sleeper.kill('SIGKILL')
  await gone
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)))
  t.equal(
    tries.filter(({ status }) => status === 'fulfilled').length,
    1,
    'of many at once one wins',
  )
  t.match(await readFile(join(folder, 'lock'), 'utf8'), new RegExp(`^${process.pid} \\d+\\n$`))
})

t.test('one sentence when the database does not answer', async t => {
  await t.rejects(openDatabase({ url: 'postgres://x@127.0.0.1:1/x', folder: null, log }), {
    message: /^the database does not answer: /,
  })
})
