// Two-way G.711 calls through the embedded switch, each recorded in stereo: a caller's INVITE is answered, a second leg is
// originated and bridged with it, by the real driver. Callers, called ends and their sound live in a process of their own.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createTelephony } from '../../telephony/index.ts'
import { table } from './figures.ts'
import type { Ports, SetUp } from './load/callers.ts'
import { startHelper } from './load/child.ts'
import { watchProcessor } from './load/processor.ts'
import { connected, hangUpAll, steer } from './load/steer.ts'
import type { Kind, Measured } from './load/streams.ts'
import { startSwitch } from './load/switch.ts'

const STEPS = [30, 100, 150]
const CALLS_PER_SECOND = 10
const SETTLE_MS = 1_000
const MEASURE_MS = 8_000
/** Pairs that hear each other directly at the same time: their jitter is that of the load and the machine. */
const DIRECT_PAIRS = 10
/** A WAV head; a file with no more than that holds no sound. */
const WAV_HEAD_BYTES = 44
/** The way to the called ends: nothing is asked of it. */
const TRUNK = 'called'
const PLAIN = { lineLimit: 2000, options: { everyS: 0 }, prack: 'off' }

const round = (value: number) => +value.toFixed(2)

/** `[calls,calls…] [--without-recording] [--profile=<folder>]` */
export async function run(rest: string[]): Promise<object> {
  const isRecorded = !rest.includes('--without-recording')
  const profile = rest.find(word => word.startsWith('--profile='))?.slice('--profile='.length)
  const wanted = rest.find(word => /^[\d,]+$/.test(word))?.split(',')
  const steps = (wanted?.map(Number) ?? STEPS).sort((a, b) => a - b)
  const most = Math.max(...steps)

  const load = startHelper('./callers.ts')
  const { calledPort } = await load.ask<Ports>('ports')
  const embedded = await startSwitch(
    most + 10,
    profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [],
    [{ id: TRUNK, name: TRUNK, address: { host: '127.0.0.1', port: calledPort }, ...PLAIN }],
  )
  const telephony = createTelephony({
    url: embedded.url,
    nodeName: 'embedded',
    clock: Date,
    log: { info() {}, warn() {}, error: (fields, message) => console.error(message, fields) },
  })
  try {
    await connected(telephony)
    const legs = steer(telephony, {
      ring: number => ({ kind: 'number', number, trunk: TRUNK }),
      ...(isRecorded && { recordingFolder: embedded.folder }),
    })
    await load.ask('direct', { pairs: DIRECT_PAIRS })
    const rows: Record<string, unknown>[] = []
    for (const [index, calls] of steps.entries()) {
      const from = steps[index - 1] ?? 0
      const setUp = await load.ask<SetUp>(
        'ramp',
        { from, to: calls, perSecond: CALLS_PER_SECOND, port: embedded.sipPort },
        ((calls - from) / CALLS_PER_SECOND) * 1000 + 20_000,
      )
      await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
      const ofSwitch = watchProcessor(embedded.pid)
      const ofLoad = watchProcessor(load.pid)
      const sound = await load.ask<Record<Kind, Measured>>('measure', { forMs: MEASURE_MS })
      const through = sound['through-switch']
      const { direct } = sound
      const share = ofSwitch()
      rows.push({
        calls,
        bridged: setUp.heard + from,
        recordings: recordingsIn(embedded.folder),
        switchCpuPercent: share.cpuPercent,
        mediaThreadPercent: share.busiestThreadPercent,
        mediaWaitedPercent: share.busiestThreadWaitedPercent,
        loadCpuPercent: ofLoad().cpuPercent,
        packetsPerSecond: Math.round((through.sent / MEASURE_MS) * 1000),
        lossPercent: lossOf(through),
        directLossPercent: lossOf(direct),
        jitterP99Ms: through.jitterP99Ms,
        directJitterP99Ms: direct.jitterP99Ms,
        wayJitterP99Ms: through.wayJitterP99Ms,
        directWayJitterP99Ms: direct.wayJitterP99Ms,
        addedJitterP99Ms: round(through.wayJitterP99Ms - direct.wayJitterP99Ms),
        delayP50Ms: through.delayP50Ms,
        delayP99Ms: through.delayP99Ms,
        directDelayP99Ms: direct.delayP99Ms,
        answeredP50Ms: setUp.answeredP50Ms,
        answeredP99Ms: setUp.answeredP99Ms,
        bridgedP50Ms: setUp.heardP50Ms,
        bridgedP99Ms: setUp.heardP99Ms,
        refused: setUp.refused.length,
      })
    }
    await hangUpAll(telephony, legs)
    print(rows)
    return {
      recorded: isRecorded,
      callsPerSecond: CALLS_PER_SECOND,
      measuredMs: MEASURE_MS,
      faults: legs.faults,
      rows,
    }
  } finally {
    await load.end()
    telephony.close()
    await embedded.end()
  }
}

const recordingsIn = (folder: string) =>
  readdirSync(folder).filter(
    file => file.endsWith('.wav') && statSync(join(folder, file)).size > WAV_HEAD_BYTES,
  ).length

const lossOf = ({ sent, received }: Measured) =>
  sent === 0 ? 0 : +(((sent - received) / sent) * 100).toFixed(3)

/** Too wide for one table: the sound, then how calls came about. */
function print(rows: readonly Record<string, unknown>[]): void {
  const isSetUp = (name: string) =>
    ['calls', 'bridged', 'recordings', 'refused'].includes(name) ||
    /^(answered|bridged)P/.test(name)
  const pick = (fits: (name: string) => boolean) =>
    rows.map(row => Object.fromEntries(Object.entries(row).filter(([name]) => fits(name))))
  console.log(table(pick(name => name === 'calls' || !isSetUp(name))))
  console.log(`\n${table(pick(isSetUp))}`)
}
