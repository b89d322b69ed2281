import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { connectEsl, type EslClient } from '../../../fixtures/softswitch/esl-client.ts'
import { runSipp, SCENARIOS } from '../../../fixtures/softswitch/sipp.ts'
import { containsTone, makeToneWav, readWav, toG711, toneSamples } from '../../../fixtures/sound.ts'

const MAIN = fileURLToPath(new URL('../../../../telephony/softswitch/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'switch-'))
const ha1 = createHash('md5').update('1001:hotline:secret').digest('hex')
const tone = (name: string, hz: number) => {
  const path = join(folder, name)
  writeFileSync(path, toG711('PCMA', toneSamples(hz, 10, 8000)))
  return path
}
const caller440 = tone('440.alaw', 440)
const agent880 = tone('880.alaw', 880)
makeToneWav(join(folder, 'greeting.wav'), 600, 0.4, 8000)
makeToneWav(join(folder, 'busy.wav'), 500, 0.4, 8000)
mkdirSync(join(folder, 'recordings'))

const configPath = join(folder, 'switch.json')
const config = {
  sip: { host: '127.0.0.1', port: 0, webSocketPort: 0 },
  rtpPorts: { first: 40_400, last: 40_599 },
  eventSocket: { port: 0, password: 'pass word' },
  publishedNumbers: ['12393'],
  users: { '1001': ha1 },
  lines: { limit: 1, reserve: 1, busyPrompt: join(folder, 'busy.wav') },
  unclaimedMs: 1000,
}
writeFileSync(configPath, JSON.stringify(config))

interface Ready {
  readonly sipPort: number
  readonly eslPort: number
  readonly webSocketPort: number
  readonly pid: number
}

async function startProcess(): Promise<{ child: ChildProcess; ready: Ready; log: string }> {
  const log = join(folder, `log-${Math.random()}`)
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, configPath, log], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let errors = ''
  child.stderr?.on('data', chunk => (errors += String(chunk)))
  const ready = await new Promise<Ready>((resolve, reject) => {
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', line => {
      if (line.startsWith('{"ready"')) resolve(JSON.parse(line) as Ready)
    })
    child.on('exit', code => reject(new Error(`the switch ended with ${code}: ${errors}`)))
  })
  return { child, ready, log }
}

const exited = (child: ChildProcess) =>
  new Promise<number | null>(resolve =>
    child.exitCode !== null ? resolve(child.exitCode) : child.once('exit', code => resolve(code)),
  )

const { child, ready } = await startProcess()
const esl: EslClient = await connectEsl(ready.eslPort, 'pass word')
await esl.send('event json ALL')
t.teardown(async () => {
  esl.close()
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const parked = async (caller: string) => {
  const event = await esl.next('CHANNEL_PARK', e => e.headers['Caller-Caller-ID-Number'] === caller)
  return event.headers['Unique-ID'] ?? ''
}
const destroyed = (uuid: string) =>
  esl.next('CHANNEL_DESTROY', e => e.headers['Unique-ID'] === uuid)

for (const transport of ['u1', 't1'] as const) {
  t.test(
    `a caller over ${transport === 'u1' ? 'UDP' : 'TCP'} is answered, greeted, bridged with a registered phone, recorded and ended`,
    async t => {
      const port = transport === 'u1' ? 19_300 : 19_310
      // A phone is rung where its REGISTER came from.
      const phonePort = 19_302
      const registered = await runSipp(SCENARIOS.register('1001', 'secret', phonePort), {
        remotePort: ready.sipPort,
        localPort: phonePort,
        mediaPort: 42_500,
      }).ended
      t.match(registered, { code: 0 }, 'the phone registers with its password')
      t.match(JSON.parse(await esl.api('show registrations as json')), {
        row_count: 1,
        rows: [{ reg_user: '1001' }],
      })
      const phone = runSipp(SCENARIOS.phone(agent880), {
        remotePort: ready.sipPort,
        localPort: phonePort,
        mediaPort: 42_600,
      })
      const caller = runSipp(SCENARIOS.caller('13800000001', caller440), {
        remotePort: ready.sipPort,
        localPort: port + 3,
        mediaPort: 42_700,
        transport,
      })
      t.teardown(() => [phone, caller].forEach(each => each.stop()))

      const a = await parked('13800000001')
      t.equal(await esl.api(`sched_transfer +60 ${a} orphan`), '+OK\n')
      t.equal(await esl.api(`uuid_answer ${a}`), '+OK\n')
      const recording = join(folder, 'recordings', `${transport}.wav`)
      t.equal(await esl.api(`uuid_record ${a} start ${recording}`), '+OK Success\n')
      await esl.execute(a, 'playback', join(folder, 'greeting.wav'), { 'event-uuid': 'greeting' })
      t.match(
        (
          await esl.next(
            'CHANNEL_EXECUTE_COMPLETE',
            e => e.headers['Application-UUID'] === 'greeting',
          )
        ).headers,
        { 'Application-Response': 'FILE PLAYED' },
      )

      const b = `agent-${transport}`
      await esl.send(
        `bgapi originate {origination_uuid=${b},originate_timeout=10,ignore_early_media=true}user/1001 &park()`,
      )
      await esl.next('CHANNEL_PROGRESS', e => e.headers['Unique-ID'] === b)
      await esl.next('CHANNEL_PARK', e => e.headers['Unique-ID'] === b)
      t.equal(await esl.api(`uuid_bridge ${a} ${b}`), `+OK ${b}\n`)
      await esl.next('CHANNEL_BRIDGE')
      await new Promise(resolve => setTimeout(resolve, 1500))
      t.equal(await esl.api(`uuid_kill ${b}`), '+OK\n')
      t.equal(await parked('13800000001'), a, 'the caller waits again')
      await esl.api(`uuid_record ${a} stop ${recording}`)
      const stop = await esl.next('RECORD_STOP')
      t.ok(Number(stop.headers['variable_record_ms']) > 1500)
      await esl.api(`uuid_kill ${a}`)
      const complete = await esl.next('CHANNEL_HANGUP_COMPLETE', e => e.headers['Unique-ID'] === a)
      t.ok(Number(complete.headers['variable_rtp_audio_in_packet_count']) > 50)
      t.match(complete.headers, { variable_sip_hangup_disposition: 'send_bye' })
      t.match(await caller.ended, { code: 0 })
      t.match(await phone.ended, { code: 0 })

      const wav = readWav(recording)
      const [left, right] = wav.channels
      if (left === undefined || right === undefined) throw new Error('the recording is not stereo')
      t.ok(containsTone(left, wav.rateHz, 440), 'left is the caller')
      t.notOk(containsTone(left, wav.rateHz, 880))
      const talk = right.subarray(Math.floor(right.length / 2))
      t.ok(containsTone(talk, wav.rateHz, 880), 'right is what the caller heard: the agent')
      t.notOk(containsTone(talk, wav.rateHz, 440))
    },
  )
}

t.test('unknown numbers, busy lines and unclaimed calls end as designed', async t => {
  const sipp = (scenario: string, localPort: number, service?: string) =>
    runSipp(scenario, {
      remotePort: ready.sipPort,
      localPort,
      mediaPort: localPort + 23_400,
      ...(service === undefined ? {} : { service }),
    })
  t.match(
    await sipp(SCENARIOS.refusedCaller('1', 404), 19_320, '0085290000000').ended,
    { code: 0 },
    '404',
  )
  t.match(
    await sipp(SCENARIOS.refusedCaller('2', 503), 19_321).ended,
    { code: 0 },
    'nobody claims it: 503',
  )
  const holder = sipp(SCENARIOS.caller('3', caller440), 19_322)
  const uuid = await parked('3')
  await esl.api(`uuid_answer ${uuid}`)
  t.match(
    await sipp(SCENARIOS.refusedCaller('4', 486, true), 19_323).ended,
    { code: 0 },
    '183 with the prompt, then 486',
  )
  await esl.next('CUSTOM', e => e.headers['Hotline-Reason'] === 'all-lines-busy')
  await esl.api(`uuid_kill ${uuid}`)
  t.match(await holder.ended, { code: 0 })
  await destroyed(uuid)
})

t.test('a trunk that rings too long is cancelled', async t => {
  const trunk = runSipp(SCENARIOS.cancelledPhone(), {
    remotePort: ready.sipPort,
    localPort: 19_330,
    mediaPort: 42_900,
  })
  t.teardown(() => trunk.stop())
  t.equal(
    await esl.api(
      'originate {originate_timeout=1}sofia/external/13900000000@127.0.0.1:19330 &park()',
    ),
    '-ERR NO_ANSWER\n',
  )
  t.match(await trunk.ended, { code: 0 })
  t.equal(await esl.api('show channels count'), '\n0 total.\n')
})

t.test('the process outlives its terminal and its pipes, and ends when told', async t => {
  const { child: other, ready: its, log } = await startProcess()
  t.teardown(() => other.kill('SIGKILL'))
  other.stdout?.destroy()
  other.stderr?.destroy()
  other.kill('SIGHUP')
  const client = await connectEsl(its.eslPort, 'pass word')
  t.match(await client.api('status'), /^UP/)
  t.equal(await client.api('fsctl resume'), '+OK\n')
  writeFileSync(configPath, '{ "sip": 1 }')
  t.match(await client.api('reloadxml'), /^-ERR/, 'a bad configuration is refused')
  writeFileSync(configPath, JSON.stringify({ ...config, blacklist: ['1'] }))
  t.equal(await client.api('reloadxml'), '+OK [Success]\n')
  // A server that takes it for a FreeSWITCH tells it of changes in these words.
  t.equal(await client.api('xml_flush_cache'), '+OK cleared 0 entries\n')
  t.equal(await client.api('reloadacl'), '+OK acl reloaded\n')
  t.equal(await client.api('sofia profile trunk rescan'), '+OK scan complete\n')
  t.match(await client.api('status'), /^UP/)
  other.kill('SIGTERM')
  t.equal(await exited(other), 0)
  await client.closed()
  t.match(readFileSync(log, 'utf8'), 'switch ends')
})
