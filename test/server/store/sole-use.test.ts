import t from 'tap'
import { createLog } from '../../../server/log.ts'
import { claimDatabase, openDatabase } from '../../../server/store/index.ts'
import { startPostgres } from '../../fixtures/postgres.ts'
import { until } from '../../fixtures/until.ts'

t.setTimeout(120_000)
const log = createLog('silent')

await t.test('a database and who may use it beside others', async t => {
  const postgres = await startPostgres()
  t.teardown(() => postgres.close())
  const url = await postgres.createDatabase('site')
  const open = async () => {
    const database = await openDatabase({ url, folder: null, log })
    t.teardown(() => database.close())
    return database.query
  }
  const [one, two, three] = [await open(), await open(), await open()]
  const first = await claimDatabase(one, 'shared')
  const second = await claimDatabase(two, 'shared')
  await t.rejects(claimDatabase(three, 'alone'), /give both the same REDIS_URL/)
  first.release()
  second.release()
  const alone = await until('it to be free', () =>
    claimDatabase(three, 'alone').catch(() => undefined),
  )
  await t.rejects(claimDatabase(one, 'shared'), /another server uses the database/)
  await t.rejects(claimDatabase(one, 'alone'))
  alone.release()
  const last = await until('it to be free', () =>
    claimDatabase(one, 'shared').catch(() => undefined),
  )
  last.release()
})
