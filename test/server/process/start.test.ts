// The server as people start it: whole, with its own stores and its own switch, through two crashes.
import t from 'tap'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readMark } from '../../../server/process/living.ts'

const START_MS = 120_000
t.setTimeout(4 * START_MS)
const END_MS = 10_000

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const dataDir = mkdtempSync(join(tmpdir(), 'hotline-start-'))
const [httpPort, sipPort, eslPort] = [await freePort(), await freePort(), await freePort()]
const environment = {
  PATH: process.env['PATH'],
  HOTLINE_DATA_DIR: dataDir,
  HOTLINE_HTTP_PORT: String(httpPort),
  HOTLINE_SIP_PORT: String(sipPort),
  HOTLINE_ESL_PORT: String(eslPort),
  HOTLINE_RTP_PORTS: '22800-22999',
  HOTLINE_DRAIN_SECONDS: '1',
}
const url = `http://127.0.0.1:${httpPort}`
const said: string[] = []

async function start(...flags: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['server/process/start.mjs', ...flags], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', data => said.push(String(data)))
  const deadline = Date.now() + START_MS
  for (;;) {
    if (child.exitCode !== null) throw new Error(`ended while starting: ${said.join('')}`)
    if (Date.now() > deadline) throw new Error(`not ready in time: ${said.join('')}`)
    const ready = await fetch(`${url}/health/ready`).catch(() => undefined)
    if (ready?.status === 200) return child
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
const pids = () => ({
  switchPid: readMark(join(dataDir, 'switch/switch.pid'))?.pid,
  redisPid: readMark(join(dataDir, 'redis/redis.pid'))?.pid,
})
const login = async (username: string, password: string) => {
  const reply = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
  return { status: reply.status, body: (await reply.json()) as { token: string } }
}
async function ended(child: ChildProcess): Promise<number> {
  const from = Date.now()
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return Date.now() - from
}

t.teardown(() => {
  for (const pid of Object.values(pids())) if (pid) process.kill(pid, 'SIGKILL')
  rmSync(dataDir, { recursive: true, force: true })
})

t.test(
  'from nothing to ready, through SIGTERM, kill -9 and stop',
  { timeout: 4 * START_MS },
  async t => {
    const first = await start('--demo')
    t.teardown(() => first.kill('SIGKILL'))
    const text = said.join('')
    t.match(text, /Hotline is ready: http:\/\/127\.0\.0\.1:\d+/)
    const adminPassword = /administrator: admin (\S+)/.exec(text)?.[1] ?? ''
    t.equal((await login('admin', adminPassword)).status, 200, 'the administrator it names')

    const file = join(dataDir, 'demo-accounts.json')
    t.equal(statSync(file).mode & 0o777, 0o600)
    const accounts = JSON.parse(readFileSync(file, 'utf8')) as {
      username: string
      password: string
      roles: string[]
      agentId: string
    }[]
    t.equal(accounts.length, 21)
    t.match(accounts[0], { username: '1001', roles: ['agent'], agentId: '1001' })
    t.match(accounts.at(-1), { username: '2001', roles: ['supervisor'] })
    const { token } = (await login('1001', accounts[0]?.password ?? '')).body
    const live = (await (await fetch(`${url}/health/live`)).json()) as { pid: number }
    t.equal(live.pid, first.pid, 'one process is the server')
    const agents = (await (
      await fetch(`${url}/api/agents`, { headers: { authorization: `Bearer ${token}` } })
    ).json()) as { items: unknown[] }
    t.equal(agents.items.length, 21)

    const before = pids()
    t.ok(before.switchPid && before.redisPid)
    first.kill('SIGTERM')
    t.ok((await ended(first)) <= END_MS, 'ends in time')
    t.equal(first.exitCode, 0)
    t.same(pids(), before, 'switch and redis go on')

    said.length = 0
    const second = await start('--demo')
    t.teardown(() => second.kill('SIGKILL'))
    t.same(pids(), before, 'and are adopted')
    t.notMatch(said.join(''), /administrator: admin/, 'passwords are shown once')
    t.equal(
      (await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` } })).status,
      200,
      'sessions go on',
    )
    second.kill('SIGKILL')
    await ended(second)

    const third = await start()
    t.teardown(() => third.kill('SIGKILL'))
    t.same(pids(), before, 'after kill -9 as well')
    t.equal((await login('admin', adminPassword)).status, 200)

    const twin = spawn(process.execPath, ['server/process/start.mjs'], {
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let complaint = ''
    twin.stderr?.on('data', data => (complaint += String(data)))
    await ended(twin)
    t.equal(twin.exitCode, 1)
    t.match(complaint, /Another server \(pid \d+\) uses the data folder/)

    const stopping = spawn(process.execPath, ['server/process/stop.mjs'], {
      env: environment,
      stdio: 'ignore',
    })
    await ended(stopping)
    t.equal(stopping.exitCode, 0)
    await ended(third)
    t.same(pids(), { switchPid: undefined, redisPid: undefined }, 'stop leaves nothing behind')
  },
)

t.end()
