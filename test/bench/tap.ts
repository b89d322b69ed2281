// How much later than at the switch is a leg's sound with who listens, by each way it can come; and what listeners, also such as never
// read, do to thirty calls.
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type WebSocket, WebSocketServer } from 'ws'
import type { LegId } from '../../telephony/call/id.ts'
import { createTelephony, type Telephony } from '../../telephony/index.ts'
import type { WayName } from '../../telephony/tap/way.ts'
import { openEventSocket } from '../contract/stage/event-socket.ts'
import { freeSwitchProgram, startFreeSwitch } from '../fixtures/freeswitch.ts'
import { table } from './figures.ts'
import type { Ports, SetUp } from './load/callers.ts'
import { type Helper, startHelper } from './load/child.ts'
import { treeUse, watchProcessor } from './load/processor.ts'
import { connected, hangUpAll, steer } from './load/steer.ts'
import type { Kind, Measured } from './load/streams.ts'
import { startSwitch } from './load/switch.ts'
import { createEars } from './load/tapped.ts'

const DELAY_CALLS = 10
const CROWD = 30
const CALLS_PER_SECOND = 10
const SETTLE_MS = 1_500
const MEASURE_MS = 8_000
const DIRECT_PAIRS = 10
const NO_SERVER = 'http://127.0.0.1:9'

interface Subject {
  readonly name: 'embedded' | 'FreeSWITCH'
  readonly url: string
  readonly pid: number
  readonly sipPort: number
  readonly mediaFolder: string
  end(): Promise<void>
}

/** `[--short]`: a quarter of the time, to see that it runs. */
export async function run(rest: string[]): Promise<object> {
  const measureMs = rest.includes('--short') ? MEASURE_MS / 4 : MEASURE_MS
  const load = startHelper('./callers.ts')
  const subjects: Subject[] = []
  try {
    const ports = await load.ask<Ports>('ports')
    await load.ask('direct', { pairs: DIRECT_PAIRS })
    subjects.push(await startEmbedded())
    if (freeSwitchProgram !== undefined) subjects.push(await startPeer())
    const bench = { load, ports, measureMs, nextCaller: 0 }
    const delays: object[] = []
    for (const subject of subjects)
      for (const way of await waysOf(subject)) delays.push(await delayBy(bench, subject, way))
    console.log(`${table(delays as Record<string, unknown>[])}\n`)
    const [embedded] = subjects
    const crowd: object[] = []
    if (embedded)
      for (const listeners of ['none', 'reading', 'stuck', 'none'] as const)
        crowd.push(await crowded(bench, embedded, listeners))
    console.log(table(crowd as Record<string, unknown>[]))
    return { measuredMs: measureMs, delays, crowd }
  } finally {
    await load.end()
    for (const subject of subjects) await subject.end()
  }
}

interface Bench {
  readonly load: Helper
  readonly ports: Ports
  readonly measureMs: number
  /** Callers are not used twice. */
  nextCaller: number
}

async function startEmbedded(): Promise<Subject> {
  const { folder, ...embedded } = await startSwitch(CROWD + 10)
  return { name: 'embedded', mediaFolder: folder, ...embedded }
}

async function startPeer(): Promise<Subject> {
  const mediaFolder = mkdtempSync(join(tmpdir(), 'bench-tap-'))
  const freeSwitch = await startFreeSwitch({
    mediaDir: mediaFolder,
    serverUrl: NO_SERVER,
    normalPriority: true,
  })
  return {
    name: 'FreeSWITCH',
    url: freeSwitch.url,
    pid: freeSwitch.pid(),
    sipPort: freeSwitch.ports.trunk,
    mediaFolder,
    async end() {
      await freeSwitch.close()
      rmSync(mediaFolder, { recursive: true, force: true })
    },
  }
}

/** A FreeSWITCH has the modules that it can load. */
async function waysOf(subject: Subject): Promise<WayName[]> {
  if (subject.name === 'embedded') return ['audio-stream', 'recording']
  const socket = await openEventSocket(subject.url)
  const isThere = async (module: string) => /^\+OK/m.test(await socket.api(`load ${module}`))
  const ways: WayName[] = ['recording']
  if (await isThere('mod_audio_stream')) ways.push('audio-stream')
  if (await isThere('mod_audio_fork')) ways.push('audio-fork')
  socket.close()
  return ways
}

const drive = async (subject: Subject, way?: WayName): Promise<Telephony> => {
  mkdirSync(join(subject.mediaFolder, 'taps'), { recursive: true })
  const telephony = createTelephony({
    url: subject.url,
    nodeName: subject.name,
    clock: Date,
    mediaFolder: subject.mediaFolder,
    log: { info() {}, warn() {}, error: (fields, message) => console.error(message, fields) },
    ...(way && { taps: { way } }),
  })
  await connected(telephony)
  return telephony
}

/** Calls that talk, and the callers' legs. */
async function talk(bench: Bench, subject: Subject, telephony: Telephony, calls: number) {
  const { load, ports } = bench
  const callers: LegId[] = []
  const release = telephony.onEvent(event => {
    if (event.type === 'leg-created' && event.direction === 'inbound') callers.push(event.legId)
  })
  const legs = steer(telephony, {
    ring: number => ({
      kind: 'address',
      number,
      address: `127.0.0.1:${ports.calledPort}`,
    }),
  })
  const from = bench.nextCaller
  bench.nextCaller += calls
  const setUp = await load.ask<SetUp>('ramp', {
    from,
    to: from + calls,
    perSecond: CALLS_PER_SECOND,
    port: subject.sipPort,
  })
  await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
  return {
    callers,
    bridged: setUp.heard,
    async end() {
      await hangUpAll(telephony, legs)
      legs.release()
      release()
    },
  }
}

async function delayBy(bench: Bench, subject: Subject, way: WayName) {
  const telephony = await drive(subject, way)
  const talks = await talk(bench, subject, telephony, DELAY_CALLS)
  const offsetMs = bench.ports.clockOriginMs - performance.timeOrigin
  const [said, heard] = [createEars(offsetMs), createEars(offsetMs)]
  const faults: string[] = []
  const taps = talks.callers.map(legId => {
    const [ofSaid, ofHeard] = [said.open(), heard.open()]
    return telephony.openTap(legId, {
      onSound(sound) {
        ofSaid.hear(sound.said)
        ofHeard.hear(sound.heard)
      },
      onEnd: (end, detail) => {
        if (end === 'failed') faults.push(detail ?? '')
      },
    })
  })
  await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
  await bench.load.ask('measure', { forMs: bench.measureMs })
  // What comes later than this is in no figure; the count of packets shows it.
  await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
  for (const tap of taps) tap.stop()
  await talks.end()
  telephony.close()
  const [ofSaid, ofHeard] = [said.result(), heard.result()]
  return {
    switch: subject.name,
    way,
    taps: taps.length,
    packetsExpected: Math.round((bench.measureMs / 20) * taps.length),
    saidPackets: ofSaid.packets,
    saidMissing: ofSaid.missing,
    saidP50Ms: ofSaid.delayP50Ms,
    saidP95Ms: ofSaid.delayP95Ms,
    saidP99Ms: ofSaid.delayP99Ms,
    heardPackets: ofHeard.packets,
    heardP50Ms: ofHeard.delayP50Ms,
    heardP99Ms: ofHeard.delayP99Ms,
    faults: faults.length,
  }
}

/** A listener that takes the connection and never reads. */
async function openDeaf() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const sockets: WebSocket[] = []
  server.on('connection', socket => {
    socket.pause()
    sockets.push(socket)
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get count() {
      return sockets.length
    },
    close() {
      for (const socket of sockets) socket.terminate()
      server.close()
    },
  }
}

async function crowded(bench: Bench, subject: Subject, listeners: 'none' | 'reading' | 'stuck') {
  const telephony = await drive(subject)
  const talks = await talk(bench, subject, telephony, CROWD)
  const deaf = await openDeaf()
  const socket = await openEventSocket(subject.url)
  let heardMs = 0
  for (const legId of listeners === 'none' ? [] : talks.callers) {
    if (listeners === 'stuck')
      await socket.api(`uuid_audio_stream ${legId} start ${deaf.url} stereo 8k`)
    else
      telephony.openTap(legId, {
        onSound: ({ said }) => void (heardMs += said.length / 8),
        onEnd: () => undefined,
      })
  }
  await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
  const memoryBefore = treeUse(subject.pid).memoryMiB
  const share = watchProcessor(subject.pid)
  const sound = await bench.load.ask<Record<Kind, Measured>>('measure', { forMs: bench.measureMs })
  const { cpuPercent, busiestThreadWaitedPercent } = share()
  const memoryGrownMiB = treeUse(subject.pid).memoryMiB - memoryBefore
  const { 'through-switch': through, direct } = sound
  await talks.end()
  socket.close()
  deaf.close()
  telephony.close()
  const lossPercent = ((through.sent - through.received) / Math.max(1, through.sent)) * 100
  return {
    listeners,
    calls: talks.bridged,
    connected:
      listeners === 'stuck' ? deaf.count : listeners === 'reading' ? talks.callers.length : 0,
    heardSeconds: Math.round(heardMs / 1000),
    lossPercent: +lossPercent.toFixed(3),
    wayJitterP99Ms: through.wayJitterP99Ms,
    directWayJitterP99Ms: direct.wayJitterP99Ms,
    addedJitterP99Ms: +(through.wayJitterP99Ms - direct.wayJitterP99Ms).toFixed(2),
    longestGapMs: through.longestGapMs,
    directLongestGapMs: direct.longestGapMs,
    delayP99Ms: through.delayP99Ms,
    switchCpuPercent: cpuPercent,
    mediaWaitedPercent: busiestThreadWaitedPercent,
    memoryGrownMiB: +memoryGrownMiB.toFixed(1),
  }
}
