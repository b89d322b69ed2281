// Recognition and synthesis by MRCPv2, by hand: `HOTLINE_TEST_FREESWITCH=/path/to/freeswitch HOTLINE_TEST_UNIMRCP=127.0.0.1:8060
// npm run test:mrcp`. The FreeSWITCH needs mod_unimrcp; the address is a UniMRCP server's with its demo engines, which take any sound
// for speech, always understand the same, and say a recording.
import { randomUUID } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createSwitchEars } from '../../server/speech/switch-ears.ts'
import { createSwitchVoice } from '../../server/speech/switch-voice.ts'
import type { Heard, ListenRequest } from '../../server/control/port.ts'
import { createLog } from '../../server/log.ts'
import type { CallEvent } from '../../telephony/call/event.ts'
import { type LegId, playId } from '../../telephony/call/id.ts'
import { createTelephony } from '../../telephony/index.ts'
import { collector } from '../fixtures/collector.ts'
import { freeSwitchConfiguration, startFreeSwitch } from '../fixtures/freeswitch.ts'
import { freePorts, soundPorts } from '../fixtures/ports.ts'
import { dial } from '../fixtures/rtp-caller.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(240_000)
const server = process.env['HOTLINE_TEST_UNIMRCP']
if (server === undefined || process.env['HOTLINE_TEST_FREESWITCH'] === undefined) {
  process.stderr.write('HOTLINE_TEST_FREESWITCH and HOTLINE_TEST_UNIMRCP must be set.\n')
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'hotline-mrcp-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const [client, nowhere, deadClient] = (await freePorts(3)) as [number, number, number]
const rtp = soundPorts()

/** deploy/freeswitch with mod_unimrcp: `hall` is the server given, nobody answers at `dead`. */
const configuration = join(folder, 'conf')
cpSync(freeSwitchConfiguration, configuration, { recursive: true })
const modules = join(configuration, 'autoload_configs/modules.conf.xml')
writeFileSync(
  modules,
  readFileSync(modules, 'utf8').replace('</modules>', '<load module="mod_unimrcp"/></modules>'),
)
const profile = (name: string, address: string, clientPort: number, first: number) => {
  const [host, port] = address.split(':')
  const settings = {
    'client-ip': '127.0.0.1',
    'client-port': clientPort,
    'server-ip': host,
    'server-port': port,
    'sip-transport': 'udp',
    'rtp-ip': '127.0.0.1',
    'rtp-port-min': first,
    'rtp-port-max': first + 20,
    codecs: 'PCMU PCMA',
  }
  const lines = Object.entries(settings).map(
    ([key, value]) => `<param name="${key}" value="${value}"/>`,
  )
  return `<profile name="${name}" version="2">${lines.join('')}<synthparams/><recogparams/></profile>`
}
writeFileSync(
  join(configuration, 'autoload_configs/unimrcp.conf.xml'),
  `<configuration name="unimrcp.conf"><settings>
  <param name="default-tts-profile" value="hall"/><param name="default-asr-profile" value="hall"/>
  <param name="log-level" value="WARNING"/><param name="max-connection-count" value="100"/>
  <param name="offer-new-connection" value="1"/><param name="request-timeout" value="3000"/></settings>
  <profiles>${profile('hall', server, client, rtp.first)}${profile('dead', `127.0.0.1:${nowhere}`, deadClient, rtp.first + 30)}</profiles></configuration>`,
)

const fs = await startFreeSwitch({ mediaDir: folder, configuration })
t.teardown(() => fs.close())
const log = createLog('silent')
const plain = createTelephony({
  url: fs.url,
  nodeName: 'fs',
  clock: { now: Date.now },
  log,
})
t.teardown(() => plain.close())
const voiceOf = (name: string) =>
  createSwitchVoice({
    config: { kind: 'mrcp', name, profile: name, voices: { female: 'anna', male: 'bert' } },
    fileFor: async () => 'tone_stream://%(600,0,700)',
    replace: text => text,
    now: Date.now,
    log,
  })
await until('the switch', () => plain.connected, 20_000)

async function callIn() {
  const events = collector<CallEvent>()
  const stop = plain.onEvent(events.add)
  const caller = await dial({ sipPort: fs.ports.trunk })
  const parked = await events.until(({ type }) => type === 'leg-parked')
  if (!('legId' in parked)) throw new Error('no leg')
  const { legId, callId } = parked
  await plain.perform({ type: 'guard-leg', legId, callId, forMs: 60_000 })
  await plain.perform({ type: 'answer-leg', legId })
  await caller.answered()
  const close = async () => {
    await caller.close()
    await events.until(({ type }) => type === 'leg-ended')
    stop()
  }
  return { caller, events, legId, callId, close }
}
const requestOf = (legId: LegId, callId: ListenRequest['callId']) => ({
  node: 'menu',
  switchName: 'fs',
  callId,
  legId,
  grammar: [
    { id: 'one', texts: ['one'] },
    { id: 'agent', texts: ['人工', '转12393'] },
  ],
  endSilenceMs: 500,
  maxSpeechMs: 8000,
})
const earsOf = (...profiles: string[]) =>
  createSwitchEars({
    engines: profiles.map(name => ({ name, profile: name })),
    telephonyOf: () => plain,
    newId: randomUUID,
    now: Date.now,
  })

t.test('A caller speaks into a prompt, and an MRCP server understands it', async t => {
  const { caller, legId, callId, events, close } = await callIn()
  const heard = collector<Heard>()
  earsOf('hall').listen(requestOf(legId, callId), heard.add)
  const files = ['tone_stream://%(20000,0,500)']
  await plain.perform({ type: 'play', legId, playId: playId('p1'), files, loop: false })
  await events.until(({ type }) => type === 'play-started')
  caller.speak(440)
  await heard.until(({ type }) => type === 'speech-began')
  await plain.perform({ type: 'stop-play', legId })
  caller.end.silence()
  const understood = await heard.until(({ type }) => type !== 'speech-began')
  t.match(understood, { type: 'understood', engine: 'hall', text: 'one', phrase: 'one' })
  await close()
})

t.test('Where one server does not answer, the next one listens', async t => {
  const { caller, legId, callId, close } = await callIn()
  const heard = collector<Heard>()
  const ears = earsOf('dead', 'unknown', 'hall')
  ears.listen(requestOf(legId, callId), heard.add)
  caller.speak(440)
  await heard.until(({ type }) => type === 'speech-began')
  caller.end.silence()
  t.match(await heard.until(({ type }) => type !== 'speech-began'), { engine: 'hall' })
  t.match(ears.engines(), [
    { name: 'dead', state: 'suspect', cause: 'refused' },
    { name: 'unknown', state: 'suspect', cause: 'refused' },
    { name: 'hall', state: 'up' },
  ])
  await close()
})

t.test('A prompt is said by an MRCP server, and by a file where that cannot speak', async t => {
  const { legId, events, close } = await callIn()
  for (const [name, state] of [
    ['hall', 'up'],
    ['dead', 'suspect'],
    ['unknown', 'suspect'],
  ] as const) {
    const voice = voiceOf(name)
    const telephony = voice.at(plain)
    const ends = collector<CallEvent>()
    telephony.onEvent(ends.add)
    const id = playId(randomUUID())
    const prompt = await voice.fileFor('您好，欢迎致电12393。')
    await telephony.perform({ type: 'play', legId, playId: id, files: [prompt], loop: false })
    const isEnd = (event: CallEvent) => event.type === 'play-ended' && event.playId === id
    const end = await ends.until(isEnd)
    t.match(end, { outcome: 'finished' }, name)
    t.equal(ends.items.filter(isEnd).length, 1)
    t.match(voice.figures(), { state })
  }
  t.notOk(events.items.some(event => event.type === 'leg-ended'))
  await close()
})
