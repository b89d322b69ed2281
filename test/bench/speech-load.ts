// Thirty recorded calls, without speech and beside five channels that hear and five that speak: who waits for whom on the same cores?
import { createTelephony } from '../../telephony/index.ts'
import { ABSENT, MODEL } from '../fixtures/speech/model.ts'
import { table } from './figures.ts'
import type { Ports, SetUp } from './load/callers.ts'
import { startHelper } from './load/child.ts'
import { ownUseMs, watchProcessor } from './load/processor.ts'
import type { SpeechFigures, SpeechLoad } from './load/speech-channels.ts'
import { connected, hangUpAll, steer } from './load/steer.ts'
import type { Kind, Measured } from './load/streams.ts'
import { startSwitch } from './load/switch.ts'

const CALLS = 30
const CHANNELS = 5
const CALLS_PER_SECOND = 10
const SETTLE_MS = 1_500
/** Pairs that hear each other directly at the same time: their gaps are those of the load and the machine. */
const DIRECT_PAIRS = 10
const PREPARE_MS = 60_000
/** Sentences that still wait when the speaking ends are heard. */
const FINISH_MS = 60_000
/** Longer ones are heard as a break. */
const GAP_MS = 60
/** Ids of the called ends' streams, as callers.ts makes them. */
const OTHER_HALF = 10_000
const PLAIN = { lineLimit: 2000, options: { everyS: 0 }, prack: 'off' }
const TRUNK = 'called'

interface Step {
  readonly speech: string
  readonly forMs: number
  readonly load?: SpeechLoad
}
const both = { hearing: CHANNELS, speaking: CHANNELS }
const STEPS: readonly Step[] = [
  { speech: 'none', forMs: 12_000 },
  { speech: 'prompts as long as they sound', forMs: 18_000, load: { ...both, isPaced: true } },
  { speech: 'prompts without a pause', forMs: 36_000, load: { ...both, isPaced: false } },
]

/** `[--short]`: a quarter of the time, to see that it runs. */
export async function run(rest: string[]): Promise<object> {
  if (MODEL === undefined) {
    console.log(ABSENT)
    return { notRun: ABSENT }
  }
  const share = rest.includes('--short') ? 1 / 4 : 1
  const load = startHelper('./callers.ts')
  const speech = startHelper('./speech-channels.ts')
  const { calledPort } = await load.ask<Ports>('ports')
  const embedded = await startSwitch(
    CALLS + 10,
    [],
    [{ id: TRUNK, name: TRUNK, address: { host: '127.0.0.1', port: calledPort }, ...PLAIN }],
  )
  const telephony = createTelephony({
    url: embedded.url,
    nodeName: 'embedded',
    clock: Date,
    log: { info() {}, warn() {}, error: (fields, message) => console.error(message, fields) },
  })
  try {
    await speech.ask('prepare', {}, PREPARE_MS)
    await connected(telephony)
    const legs = steer(telephony, {
      ring: number => ({ kind: 'number', number, trunk: TRUNK }),
      recordingFolder: embedded.folder,
    })
    await load.ask('direct', { pairs: DIRECT_PAIRS })
    const { heard: bridged } = await load.ask<SetUp>('ramp', {
      from: 0,
      to: CALLS,
      perSecond: CALLS_PER_SECOND,
      port: embedded.sipPort,
    })
    const calls: Record<string, unknown>[] = []
    const channels: Record<string, unknown>[] = []
    for (const step of STEPS) {
      const forMs = step.forMs * share
      if (step.load) await speech.ask('begin', step.load)
      await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
      const ofSwitch = watchProcessor(embedded.pid)
      const ofLoad = watchProcessor(load.pid)
      const [beganAt, speechBefore] = [performance.now(), ownUseMs(speech.pid)]
      const sound = await load.ask<Record<Kind, Measured>>('measure', { forMs }, forMs + 20_000)
      const speechMs = ownUseMs(speech.pid) - speechBefore
      const tookMs = performance.now() - beganAt
      const switchShare = ofSwitch()
      const loadShare = ofLoad()
      calls.push({
        speech: step.speech,
        calls: bridged,
        ...soundOf(sound),
        'switch % of a core': switchShare.cpuPercent,
        'media thread waited %': switchShare.busiestThreadWaitedPercent,
        'load %': loadShare.cpuPercent,
        'load waited %': loadShare.busiestThreadWaitedPercent,
        'speech %': +((speechMs / tookMs) * 100).toFixed(1),
      })
      if (!step.load) continue
      const figures = await speech.ask<SpeechFigures>('end', {}, FINISH_MS)
      channels.push({ speech: step.speech, ...figures, causes: figures.causes.join('; ') })
    }
    await hangUpAll(telephony, legs)
    print(calls, channels)
    return { short: share < 1, channels: CHANNELS, faults: legs.faults, calls, speech: channels }
  } finally {
    await speech.end()
    await load.end()
    telephony.close()
    await embedded.end()
  }
}

function soundOf({ 'through-switch': through, direct }: Record<Kind, Measured>) {
  const byCall = new Map<number, number[]>()
  for (const [id, gapMs] of Object.entries(through.longestGapByStreamMs)) {
    const call = Number(id) % OTHER_HALF
    byCall.set(call, [...(byCall.get(call) ?? []), gapMs])
  }
  const isLong = (gapMs: number) => gapMs > GAP_MS
  const directGaps = Object.values(direct.longestGapByStreamMs)
  return {
    'heard both ways': [...byCall.values()].filter(({ length }) => length === 2).length,
    'longest gap ms': through.longestGapMs,
    [`calls with > ${GAP_MS} ms`]: [...byCall.values()].filter(gaps => gaps.some(isLong)).length,
    'direct longest gap ms': direct.longestGapMs,
    [`direct ways with > ${GAP_MS} ms`]: directGaps.filter(isLong).length,
    sent: through.sent,
    lost: through.sent - through.received,
    'direct lost': direct.sent - direct.received,
    'delay p99 ms': through.delayP99Ms,
    'way jitter p99 ms': through.wayJitterP99Ms,
  }
}

/** Too wide for one table. */
function print(calls: Record<string, unknown>[], channels: Record<string, unknown>[]): void {
  const pick = (rows: Record<string, unknown>[], fits: (name: string) => boolean) =>
    rows.map(row => Object.fromEntries(Object.entries(row).filter(([name]) => fits(name))))
  const isProcessor = (name: string) => name.includes('%')
  console.log(table(pick(calls, name => !isProcessor(name))))
  console.log(`\n${table(pick(calls, name => name === 'speech' || isProcessor(name)))}`)
  const isPrompt = (name: string) => /^(prompts|rtf)/.test(name)
  console.log(`\n${table(pick(channels, name => !isPrompt(name) && name !== 'causes'))}`)
  console.log(`\n${table(pick(channels, name => name === 'speech' || isPrompt(name)))}`)
  for (const { causes } of channels) if (causes) console.log(`Ended: ${String(causes)}`)
}
