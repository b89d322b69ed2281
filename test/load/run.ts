// The load test: `node --import tsx test/load/run.ts [agents]` carries out plan.md on a system it starts, and writes report.md.
// Prints the same table, and as its last line one JSON object. Exit code 1 when what is promised did not hold.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { watchProcessor } from '../bench/load/processor.ts'
import type { AgentPhone } from '../fixtures/agent-phone.ts'
import { type Demo, type DemoAccount, startDemo } from '../fixtures/demo.ts'
import { openHall, type Hall } from '../fixtures/hall.ts'
import { ask } from '../fixtures/http.ts'
import { dial, type RtpCaller } from '../fixtures/rtp-caller.ts'
import { until } from '../fixtures/until.ts'
import { figureOf, mosOf, quantile } from './figure.ts'

const AGENTS = Number(process.argv[2] ?? 100)
const [FLOW, LINES, BEYOND] = [20, 30, 10]
const HELD_MS = 10_000
const PASSWORD = 'a password for the load'
const at = (file: string) => fileURLToPath(new URL(file, import.meta.url))

/** Agents beyond those of the sample: account, user, telephone. */
async function fillHall(demo: Demo, hall: Hall): Promise<AgentPhone[]> {
  const phones: AgentPhone[] = []
  for (let index = 0; index < AGENTS; index++) {
    const id = String(index < 20 ? 1001 + index : 1101 + index)
    if (index >= 20) {
      const agent = { id, name: `座席${id}`, autoAnswer: false, queues: { consult: 1 } }
      await demo.done(`/api/config/agents/${id}`, { method: 'PUT', body: agent })
      const user = {
        username: id,
        name: agent.name,
        roles: ['agent'],
        agentId: id,
        password: PASSWORD,
      }
      await demo.done('/api/users', { method: 'POST', body: user })
      const accounts = demo.accounts as DemoAccount[]
      accounts.push({ username: id, password: PASSWORD, roles: ['agent'] })
    }
    phones.push(await hall.phone(id, 600))
  }
  for (const { agent } of phones) await hall.setState(agent, 'idle')
  return phones
}
const setUpMs = (callers: readonly RtpCaller[]) =>
  callers
    .filter(({ times }) => times.answeredAt > 0)
    .map(({ times }) => times.answeredAt - times.invitedAt)
/** Who hangs up is done with within the limit, whatever the far side says. */
const endAll = async (callers: readonly RtpCaller[]) =>
  void (await Promise.all(callers.map(caller => caller.close())))
const memoryMib = (pid: number) =>
  Math.round(
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
  )

t.setTimeout(1_800_000)
t.test('the promised load, and more', { timeout: 1_780_000 }, async t => {
  const loadBefore = loadavg().map(one => +one.toFixed(1))
  const demo = await startDemo(t, {})
  await demo.openOffice()
  const hall = await openHall(t, demo)
  const phones = await fillHall(demo, hall)
  const answeredAt = (phone: AgentPhone) => phone.calls.filter(call => call.isTalking()).length
  const metrics = async () => (await ask(`${demo.url}/metrics`)).bytes.toString()
  const watching = { server: watchProcessor(demo.pid()), switch: watchProcessor(demo.switchPid()) }
  const open: RtpCaller[] = []
  const newCaller = async (to: string | undefined, index: number) => {
    const caller = await dial({
      sipPort: demo.sipPort,
      from: `139${String(index).padStart(8, '0')}`,
      ...(to !== undefined && { to }),
    })
    t.teardown(() => caller.close())
    caller.speak(440)
    open.push(caller)
    return caller
  }
  const several = async (count: number, to: string | undefined, everyMs: number) => {
    const callers: RtpCaller[] = []
    for (let index = 0; index < count; index++) {
      callers.push(await newCaller(to, open.length))
      // The rate at which callers come is what is tested.
      if (everyMs > 0) await new Promise(resolve => setTimeout(resolve, everyMs))
    }
    await Promise.all(callers.map(caller => caller.answered(30_000).catch(() => undefined)))
    return callers
  }
  const lines = () => demo.done('/api/lines')

  const inFlow = await several(FLOW, '12393', 200)
  const straight = await several(LINES - FLOW, '9001', 0)
  await until(
    'the talks',
    () => phones.reduce((sum, one) => sum + answeredAt(one), 0) >= LINES - FLOW,
    60_000,
  ).catch(() => undefined)
  const full = await lines()
  const talks = phones.reduce((sum, phone) => sum + answeredAt(phone), 0)
  await new Promise(resolve => setTimeout(resolve, HELD_MS))

  const beyond = await Promise.all(
    Array.from({ length: BEYOND }, (_, index) => newCaller('12393', 1000 + index)),
  )
  const refusals = await Promise.all(beyond.map(caller => caller.refused(30_000).catch(() => 0)))
  const stillFull = await lines()
  const today = figureOf(await metrics(), 'hotline_calls_blocked_total')
  await endAll(open)
  await until('all lines to be free', async () => (await lines()).used === 0, 60_000)
  // Wrap-up would make the next burst a test of patience.
  for (const { agent } of phones) await hall.setState(agent, 'idle').catch(() => undefined)
  await until(
    'agents to be idle',
    async () =>
      (await demo.done('/api/agents')).items.filter((one: any) => one.state === 'idle').length >=
      LINES,
    90_000,
  )

  const before = phones.map(phone => phone.calls.length)
  const burst = await Promise.all(
    Array.from({ length: LINES }, (_, index) => newCaller('9001', 2000 + index)),
  )
  await Promise.all(burst.map(caller => caller.answered(30_000).catch(() => undefined)))
  const offers = () => phones.flatMap((phone, index) => phone.calls.slice(before[index]))
  await until(
    'all to talk',
    () => offers().filter(call => call.isTalking()).length >= LINES,
    60_000,
  ).catch(() => undefined)
  const rung = offers()
  const offerMs = rung.flatMap(({ times, from }) => {
    const caller = burst.find(one => from.includes(one.number))
    return caller ? [times.invitedAt - caller.times.invitedAt] : []
  })
  await new Promise(resolve => setTimeout(resolve, HELD_MS))
  const text = await metrics()
  await endAll(burst)
  await until('all lines to be free', async () => (await lines()).used === 0, 60_000)

  const sound = await metrics()
  const [received, lost] = [
    figureOf(sound, 'hotline_rtp_packets_total{direction="in"}'),
    figureOf(sound, 'hotline_rtp_lost_packets_total'),
  ]
  const lossShare = received + lost > 0 ? lost / (received + lost) : 0
  const jitterMs =
    (figureOf(sound, 'hotline_rtp_jitter_seconds_sum') /
      Math.max(1, figureOf(sound, 'hotline_rtp_jitter_seconds_count'))) *
    1000
  const [ofServer, ofSwitch] = [watching.server(), watching.switch()]
  const normal = [...inFlow, ...straight]
  const figures = {
    bench: 'load',
    agents: phones.length,
    linesUsed: full.used,
    inFlow: full.inFlow,
    talks,
    setUpP50Ms: quantile(setUpMs(normal), 0.5),
    setUpP99Ms: quantile(setUpMs(normal), 0.99),
    answeredShare: setUpMs(normal).length / normal.length,
    overload: {
      calls: BEYOND,
      busy: refusals.filter(status => status === 486).length,
      linesUsed: stillFull.used,
      blocked: today,
    },
    burst: {
      calls: LINES,
      answered: setUpMs(burst).length,
      talks: rung.filter(call => call.times.answeredAt > 0).length,
      agents: new Set(rung.map(({ to }) => to)).size,
      setUpP99Ms: quantile(setUpMs(burst), 0.99),
      offerP50Ms: quantile(offerMs, 0.5),
      offerP99Ms: quantile(offerMs, 0.99),
    },
    eventLoopP99Ms: Math.round(figureOf(text, 'hotline_nodejs_eventloop_lag_p99_seconds') * 1000),
    serverCpuPercent: ofServer.cpuPercent,
    switchCpuPercent: ofSwitch.cpuPercent,
    serverMemoryMib: memoryMib(demo.pid()),
    switchMemoryMib: memoryMib(demo.switchPid()),
    lostPercent: +(lossShare * 100).toFixed(3),
    jitterMs: +jitterMs.toFixed(1),
    mos: mosOf({ lossShare, jitterMs }),
    loadAverage: { before: loadBefore, after: loadavg().map(one => +one.toFixed(1)) },
  }
  t.equal(figures.linesUsed, LINES, 'all lines are used')
  t.equal(figures.answeredShare, 1, 'every promised call is answered')
  t.equal(
    figures.overload.busy,
    BEYOND,
    'every call beyond the limit is told that all lines are busy',
  )
  t.equal(figures.overload.linesUsed, LINES, 'and takes no line')
  t.equal(figures.burst.talks, LINES, 'every call of the burst reaches an agent')
  writeReport(figures)
  process.stderr.write(`${JSON.stringify(figures)}\n`)
})

function writeReport(figures: Record<string, any>): void {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const { overload, burst, loadAverage } = figures
  const rows: [what: string, wanted: string, found: unknown][] = [
    ['agents with a registered telephone', String(AGENTS), figures['agents']],
    ['lines in use', String(LINES), figures['linesUsed']],
    [
      'callers in the flow, calls with an agent',
      `${FLOW}, ${LINES - FLOW}`,
      `${figures['inFlow']}, ${figures['talks']}`,
    ],
    ['calls answered', '100 %', `${figures['answeredShare'] * 100} %`],
    ['set-up p50, p99', '', `${figures['setUpP50Ms']} ms, ${figures['setUpP99Ms']} ms`],
    [
      `of ${BEYOND} calls beyond the limit: busy (486)`,
      String(BEYOND),
      `${overload.busy}; ${overload.blocked} counted as blocked`,
    ],
    ['lines in use meanwhile', String(LINES), overload.linesUsed],
    [
      `burst of ${LINES} within a second: answered, with an agent`,
      `${LINES}, ${LINES}`,
      `${burst.answered}, ${burst.talks}`,
    ],
    ['set-up p99 in the burst', '', `${burst.setUpP99Ms} ms`],
    ['offer p50, p99 in the burst', '', `${burst.offerP50Ms} ms, ${burst.offerP99Ms} ms`],
    ['event loop of the server, p99', '', `${figures['eventLoopP99Ms']} ms`],
    [
      'processor: server, switch (of one core)',
      '',
      `${figures['serverCpuPercent']} %, ${figures['switchCpuPercent']} %`,
    ],
    [
      'memory: server, switch',
      '',
      `${figures['serverMemoryMib']} MiB, ${figures['switchMemoryMib']} MiB`,
    ],
    ['packets lost, mean jitter', '', `${figures['lostPercent']} %, ${figures['jitterMs']} ms`],
    ['MOS, estimated', '≥ 4', figures['mos']],
  ]
  const table = [
    '| what | wanted | found |',
    '| --- | --- | --- |',
    ...rows.map(row => `| ${row.join(' | ')} |`),
  ]
  const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
  writeFileSync(
    at('report.md'),
    [
      '# Load test',
      '',
      'Written by `npm run load`; not by hand.',
      '',
      '## Plan',
      '',
      readFileSync(at('plan.md'), 'utf8').trim(),
      '',
      '## Report',
      '',
      `${new Date().toISOString()}, commit ${commit}, embedded switch, PGlite, private Redis. Machine: ${machine}.`,
      `Load average before ${loadAverage.before.join(', ')}, after ${loadAverage.after.join(', ')}${loadAverage.before[0] > 1 ? ': **others used the machine during the run; times are not those of a quiet one**' : ''}.`,
      '',
      ...table,
      '',
    ].join('\n'),
  )
  process.stderr.write(`\n${table.join('\n')}\n`)
}
