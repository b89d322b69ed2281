import t from 'tap'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readConfig, type Config } from '../../../server/config.ts'
import { createLog } from '../../../server/log.ts'
import { dataFolderId, lockDataFolder, prepareMediaFolder } from '../../../server/process/folder.ts'
import {
  isLiving,
  markOf,
  readMark,
  waitForEnd,
  writeMark,
} from '../../../server/process/living.ts'
import {
  socketPathOf,
  startPrivateRedis,
  stopPrivateRedis,
} from '../../../server/process/private-redis.ts'
import { openDoor } from '../../../server/process/switch-door.ts'
import { toSwitchConfig, type SwitchContents } from '../../../server/process/switch-file.ts'
import { stopSwitch } from '../../../server/process/switch-end.ts'
import { startSwitch } from '../../../server/process/switch.ts'
import { certificateOf } from '../../../server/process/tls.ts'
import { diskStateOf } from '../../../server/process/watch.ts'
import { switchConfigSchema } from '../../../telephony/softswitch/config.ts'

interface Lasting {
  teardown(end: () => unknown): void
}

const LIMIT_MS = 20_000
const FAKE_SWITCH = fileURLToPath(new URL('../../fixtures/site/fake-switch.mjs', import.meta.url))
const log = createLog('silent')

function folderOf(t: Lasting, prefix = 'hotline-process-') {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
async function until(condition: () => boolean, what: string) {
  const deadline = Date.now() + LIMIT_MS
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
function sleeper(t: Lasting): ChildProcess {
  const child = spawn('sleep', ['60'])
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

t.test('a pid file names one process, not whoever has the number now', async t => {
  const folder = folderOf(t)
  const child = sleeper(t)
  const mark = markOf(child.pid ?? 0)
  if (!mark) return t.fail('it lives')
  writeFileSync(join(folder, 'pid'), writeMark(mark))
  t.same(readMark(join(folder, 'pid')), mark)
  writeFileSync(join(folder, 'other'), `${mark.pid} 12345\n`)
  t.equal(readMark(join(folder, 'other')), undefined, 'the same number, another start')
  t.equal(readMark(join(folder, 'nothing')), undefined)
  child.kill('SIGKILL')
  t.equal(await waitForEnd(mark, LIMIT_MS), true)
  t.equal(isLiving(mark), false)
  t.equal(
    await waitForEnd(markOf(process.pid) ?? mark, 60),
    false,
    'who lives is waited for no longer than said',
  )
})

t.test('two servers do not share a data folder', async t => {
  const folder = folderOf(t)
  const lock = lockDataFolder(folder)
  t.throws(() => lockDataFolder(folder), {
    message: /Another server \(pid \d+\) uses the data folder/,
  })
  lock.release()
  lockDataFolder(folder).release()
  const child = sleeper(t)
  const mark = markOf(child.pid ?? 0)
  writeFileSync(join(folder, 'server.pid'), `${mark?.pid} 1\n`)
  lockDataFolder(folder).release()
  t.pass('what a crash left behind is taken over')
  writeFileSync(join(folder, 'file'), '')
  t.throws(() => lockDataFolder(join(folder, 'file', 'below')), {
    message: /HOTLINE_DATA_DIR .* can't be used/,
  })
})

t.test('a data folder has a name of its own that it keeps', async t => {
  const [one, other] = [folderOf(t), folderOf(t)]
  const id = dataFolderId(one)
  t.match(id, /^[0-9a-f-]{36}$/)
  t.equal(dataFolderId(one), id, 'over restarts')
  t.not(dataFolderId(other), id, 'on machines of the same name too')
})

t.test('the media folder is proven before anybody records', async t => {
  const folder = folderOf(t)
  prepareMediaFolder(join(folder, 'media'))
  t.ok(statSync(join(folder, 'media/prompts/custom')).isDirectory())
  writeFileSync(join(folder, 'file'), '')
  t.throws(() => prepareMediaFolder(join(folder, 'file')), {
    message: /HOTLINE_MEDIA_DIR .* can't be used/,
  })
})

t.test('a switch that is another user of the group may record, whatever our umask', async t => {
  const folder = folderOf(t)
  const before = process.umask(0o027)
  t.teardown(() => process.umask(before))
  const modeOf = (name: string) => statSync(join(folder, name)).mode & 0o7777
  prepareMediaFolder(join(folder, 'alone'))
  t.equal(modeOf('alone/recordings') & 0o020, 0, 'the group gets no more than the folder grants')
  mkdirSync(join(folder, 'shared'))
  chmodSync(join(folder, 'shared'), 0o2770)
  prepareMediaFolder(join(folder, 'shared'))
  t.equal(modeOf('shared/recordings'), 0o2770)
  t.equal(modeOf('shared/messages'), 0o2770)
  t.equal(modeOf('shared/prompts') & 0o020, 0, 'prompts are ours')
})

t.test('the disk is looked after before it is full', async t => {
  t.same([100, 1000, 50_000].map(diskStateOf), ['critical', 'warning', 'well'])
})

t.test('a redis-server of our own outlives us and is adopted', async t => {
  const folder = folderOf(t)
  t.teardown(() => stopPrivateRedis(folder, 5000))
  const first = await startPrivateRedis(folder)
  t.equal(first.adopted, false)
  t.equal(first.path, join(folder, 'redis/redis.sock'))
  const ask = (...words: string[]) =>
    spawnSync('redis-cli', ['-s', first.path, ...words], { encoding: 'utf8' }).stdout.trim()
  t.equal(ask('SET', 'a', '1'), 'OK')
  t.match(ask('CONFIG', 'GET', 'appendonly'), /yes/)
  if (process.getuid?.() === 0)
    t.match(readFileSync(`/proc/${first.pid}/status`, 'utf8'), /Uid:\s+65534/, 'without rights')
  t.not(
    readFileSync(`/proc/${first.pid}/stat`, 'utf8').split(' ')[4],
    String(process.pid),
    'a group of its own',
  )

  const second = await startPrivateRedis(folder)
  t.match(second, { adopted: true, pid: first.pid })
  process.kill(first.pid, 'SIGKILL')
  await waitForEnd({ pid: first.pid, startTicks: markOf(first.pid)?.startTicks ?? '' }, LIMIT_MS)
  const third = await startPrivateRedis(folder)
  t.equal(third.adopted, false)
  t.equal(ask('GET', 'a'), '1', 'and remembers')
  t.equal(await stopPrivateRedis(folder, LIMIT_MS), true)
  t.equal(await stopPrivateRedis(folder, LIMIT_MS), false, 'ended once')
})

t.test('a socket path longer than a socket path may be lies elsewhere', async t => {
  const folder = join(folderOf(t), 'a'.repeat(120))
  mkdirSync(folder)
  const path = socketPathOf(folder)
  t.match(path, /^\/(run|tmp)\/hotline-[0-9a-f]{12}\/redis\.sock$/)
  t.teardown(() => stopPrivateRedis(folder, 5000))
  t.equal((await startPrivateRedis(folder)).path, path)
})

t.test('without redis-server one sentence says what to type', async t => {
  const child = spawnSync(
    process.execPath,
    [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      `
      import { startPrivateRedis } from './server/process/private-redis.ts'
      startPrivateRedis(${JSON.stringify(folderOf(t))}).catch(error => process.stdout.write(error.message))`,
    ],
    { encoding: 'utf8', env: { PATH: '/nonexistent' } },
  )
  t.match(
    child.stdout,
    'redis-server is missing: type "apt-get install redis-server", or set REDIS_URL',
  )
})

const contents: SwitchContents = {
  publishedNumbers: ['12393'],
  phones: [{ user: '1001', secret: 'secret' }],
  lines: { limit: 30, reserve: 5 },
  recordingLimit: 20,
  blacklist: [],
  trunks: [],
  prompts: { music: '/media/music.wav' },
}

t.test('the switch is told secrets as hashes, in its own form', async t => {
  const config = readConfig({
    HOTLINE_PUBLIC_ADDRESS: '203.0.113.5',
    HOTLINE_ICE_SERVERS: 'turn:u:p@turn.test:3478',
  })
  const file = toSwitchConfig(config, contents, {
    eventSocketPort: 8021,
    password: 'pw',
    webSocketPort: 5066,
  })
  t.same(switchConfigSchema.parse(JSON.parse(JSON.stringify(file))), file, 'as its schema says')
  // echo -n 1001:hotline:secret | md5sum
  t.equal(file.users['1001'], '9825b4c9c75afc481a419b95f9c54647')
  t.match(file, {
    sip: { publicAddress: '203.0.113.5' },
    iceServers: ['turn:u:p@turn.test:3478'],
    musicFile: '/media/music.wav',
  })
  t.notMatch(JSON.stringify(file), /"secret"/)
})

t.test('the embedded switch', async t => {
  const dataDir = folderOf(t)
  const config: Config = {
    ...readConfig({ HOTLINE_DATA_DIR: dataDir, HOTLINE_DRAIN_SECONDS: '10' }),
    eventSocket: { port: await freePort() },
  }
  const door = await openDoor(config)
  t.same(await openDoor(config), door, 'its doors stay where they were')
  t.equal(statSync(join(dataDir, 'esl-password')).mode & 0o777, 0o600)
  const asked = () => readFileSync(join(dataDir, 'switch/switch.json.asked'), 'utf8')
  const pidFile = join(dataDir, 'switch/switch.pid')
  const deps = { config, door, contents, log, program: [FAKE_SWITCH] }
  t.teardown(() => {
    const mark = readMark(pidFile)
    if (mark) process.kill(mark.pid, 'SIGKILL')
  })

  const first = await startSwitch(deps)
  const mark = readMark(pidFile)
  if (!mark) return t.fail('it runs')
  t.equal(first.adopted, false)
  first.close()

  const second = await startSwitch(deps)
  t.teardown(second.close)
  t.equal(second.adopted, true, 'is adopted by the next server')
  t.same(readMark(pidFile), mark)
  t.match(asked(), /reloadxml/, 'and reads what has changed meanwhile')

  await second.apply({ ...contents, publishedNumbers: ['12393', '12345'] })
  t.match(JSON.parse(readFileSync(join(dataDir, 'switch/switch.json'), 'utf8')).publishedNumbers, [
    '12393',
    '12345',
  ])
  t.equal(asked().match(/reloadxml/g)?.length, 2)

  const moved = { ...config, eventSocket: { port: await freePort() } }
  await t.rejects(
    startSwitch({ ...deps, config: moved, door: await openDoor(moved) }),
    { message: /still carries 1 channels on its old ports/ },
    'calls are not ended for other settings',
  )
  t.same(readMark(pidFile), mark)

  process.kill(mark.pid, 'SIGKILL')
  await until(() => second.restarts() === 1, 'a dead switch is started again')
  const reborn = readMark(pidFile)
  t.ok(reborn && reborn.pid !== mark.pid)

  second.close()
  const said: string[] = []
  let served = true
  t.equal(
    await stopSwitch(
      config,
      door,
      line => said.push(line),
      async () => (served = false),
    ),
    true,
  )
  t.equal(served, false, 'the server goes before it')
  t.match(said, [/Waiting up to 10 s for 1 channels/], 'and calls before both')
  t.match(asked(), /fsctl pause[\s\S]*ended/)
  t.equal(
    await stopSwitch(
      config,
      door,
      () => undefined,
      async () => undefined,
    ),
    false,
  )

  writeFileSync(join(dataDir, 'dies.mjs'), 'process.exit(1)')
  await t.rejects(startSwitch({ ...deps, program: [join(dataDir, 'dies.mjs')] }), {
    message: /did not come up .it said nothing.: see .*switch\.log/,
  })
})

t.test('a host that others reach speaks TLS with a certificate made for it', async t => {
  const dataDir = folderOf(t)
  const config = readConfig({
    HOTLINE_DATA_DIR: dataDir,
    HOTLINE_HOST: '0.0.0.0',
    HOTLINE_PUBLIC_ADDRESS: '203.0.113.5',
  })
  const made = await certificateOf(config, Date.now)
  const parsed = new X509Certificate(made?.cert ?? '')
  t.ok(parsed.checkIP('127.0.0.1'))
  t.ok(parsed.checkIP('203.0.113.5'))
  t.ok(parsed.checkHost('localhost'))
  t.equal(statSync(join(dataDir, 'tls/key.pem')).mode & 0o777, 0o600)
  t.same(await certificateOf(config, Date.now), made, 'kept')
  const later = () => Date.now() + 380 * 86_400_000
  t.not((await certificateOf(config, later))?.cert, made?.cert, 'made again before it runs out')
  const renamed = readConfig({
    HOTLINE_DATA_DIR: dataDir,
    HOTLINE_HOST: '0.0.0.0',
    HOTLINE_PUBLIC_ADDRESS: '198.51.100.7',
  })
  t.ok(
    new X509Certificate((await certificateOf(renamed, Date.now))?.cert ?? '').checkIP(
      '198.51.100.7',
    ),
    'and for another address',
  )
  t.equal(
    await certificateOf(readConfig({ HOTLINE_DATA_DIR: dataDir }), Date.now),
    undefined,
    'this machine alone needs none',
  )
  const wrong = readConfig({
    HOTLINE_TLS_CERT: '/nowhere/c.pem',
    HOTLINE_TLS_KEY: '/nowhere/k.pem',
  })
  await t.rejects(certificateOf(wrong, Date.now), {
    message: /HOTLINE_TLS_CERT or HOTLINE_TLS_KEY can't be read/,
  })
})

t.test('a wrong environment ends the start at once, named line by line', async t => {
  const { status, stderr } = spawnSync(process.execPath, ['server/process/start.mjs'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOTLINE_HTTP_PORT: 'web', HOTLINE_TIME_ZONE: 'Mars' },
  })
  t.equal(status, 2)
  t.equal(stderr.trim().split('\n').length, 2)
  t.match(stderr, /HOTLINE_HTTP_PORT is wrong/)
  t.match(stderr, /HOTLINE_TIME_ZONE is wrong/)
})
