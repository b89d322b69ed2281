import t from 'tap'
import { createMemoryKeyValue, type KeyValue } from '../../../server/auth/key-value.ts'
import { generatePassword, hashPassword, isPassword } from '../../../server/auth/password.ts'
import { createRedisKeyValue } from '../../../server/auth/redis-key-value.ts'
import { createSessions } from '../../../server/auth/session.ts'
import { refuse } from '../../../server/errors.ts'
import { createLog } from '../../../server/log.ts'
import { startPrivateRedis, stopPrivateRedis } from '../../../server/process/private-redis.ts'
import { connectRedis, redisReady } from '../../../server/store/index.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const log = createLog('silent')
const user = {
  id: 'u1',
  username: '1001',
  name: '示例',
  roles: ['agent'] as const,
  agentId: '1001',
  passwordHash: '',
  disabled: false,
  lockedUntil: null,
  failures: 0,
}

t.test('passwords are kept as argon2id, and generated ones can be read aloud', async t => {
  const password = generatePassword()
  t.match(password, /^[a-km-zA-HJ-NP-Z2-9]{14}$/)
  const kept = await hashPassword(password)
  t.match(kept, /^\$argon2id\$/)
  t.equal(await isPassword(kept, password), true)
  t.equal(await isPassword(kept, `${password}x`), false)
})

t.test('a session found before is believed for an hour while the store is away', async t => {
  let at = 1000
  let away = false
  const memory = createMemoryKeyValue(() => at)
  const keyValue: KeyValue = {
    ...memory,
    get: async keys => {
      if (away) throw refuse('STORE_AWAY')
      return await memory.get(keys)
    },
  }
  const sessions = createSessions({ keyValue, clock: () => at, log })
  const token = await sessions.start(user)
  t.match(await sessions.find(token), { userId: 'u1', agentId: '1001', roles: ['agent'] })
  t.notOk([...(await memory.get([token]))].some(Boolean), 'the token itself is not kept')
  away = true
  t.match(await sessions.find(token), { userId: 'u1' }, 'calls stay in hand')
  await t.rejects(sessions.find('never seen'), { code: 'STORE_AWAY' })
  at += 3_600_001
  await t.rejects(sessions.find(token), { code: 'STORE_AWAY' }, 'but not for ever')
  away = false
  t.match(await sessions.find(token), { userId: 'u1' })
  await sessions.endAllOf('u1')
  t.equal(await sessions.find(token), undefined)
  t.ok(await sessions.find(await sessions.start(user)), 'a new one is good')
})

t.test('in Redis', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-auth-'))
  const { path } = await startPrivateRedis(folder)
  const redis = connectRedis({ path })
  redis.on('error', () => undefined)
  t.teardown(async () => {
    redis.disconnect()
    await stopPrivateRedis(folder, 5000)
    rmSync(folder, { recursive: true, force: true })
  })
  await redisReady(redis, 5000)

  t.test('what is kept for a time ends with it', async t => {
    const keyValue = createRedisKeyValue({ redis, prefix: 'test:' })
    await keyValue.set('a', '1', 10_000)
    t.same(await keyValue.get(['a', 'b']), ['1', null])
    t.ok((await redis.pttl('test:a')) > 0)
    t.equal(await keyValue.claim('a', '2', 1000), false)
    t.equal(await keyValue.claim('c', '2', 1000), true)
    t.equal(await keyValue.increment('n', 10_000), 1)
    t.equal(await keyValue.increment('n', 10_000), 2)
    t.ok((await redis.pttl('test:n')) > 0)
    await keyValue.remove('a')
    t.same(await keyValue.get(['a']), [null])
  })

  t.test('away, it is said so', async t => {
    const nowhere = connectRedis({ path: '/nonexistent.sock' })
    nowhere.on('error', () => undefined)
    t.teardown(() => nowhere.disconnect())
    const keyValue = createRedisKeyValue({ redis: nowhere, prefix: '' })
    await t.rejects(keyValue.get(['a']), { code: 'STORE_AWAY', status: 503 })
  })
})
