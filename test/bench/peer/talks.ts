// What recorded two-way calls cost a switch, and what of their sound arrives: calls come about, a rest, and then it is measured.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { SetUp } from '../load/callers.ts'
import type { Helper } from '../load/child.ts'
import { treeUse } from '../load/processor.ts'
import { hangUpAll, steer } from '../load/steer.ts'
import type { Kind, Measured } from '../load/streams.ts'
import type { PeerSwitch, SwitchName } from './switches.ts'

const CALLS_PER_SECOND = 10
const SETTLE_MS = 1_000
/** A WAV head; a file with no more than that holds no sound. */
const WAV_HEAD_BYTES = 44

export interface Talks {
  readonly switch: SwitchName
  readonly calls: number
  readonly bridged: number
  /** CPU per call, what the switch takes without calls subtracted. */
  readonly cpuMsPerSecondPerCall: number
  readonly cpuPercent: number
  readonly memoryMiB: number
  readonly sent: number
  readonly lossPercent: number
  readonly longestGapMs: number
  readonly directLongestGapMs: number
  readonly delayP99Ms: number
  readonly bridgedP50Ms: number
}

/** CPU of a switch without calls, ms a second. */
export async function idleCost(peer: PeerSwitch, forMs: number): Promise<number> {
  const used = watch(peer.pid)
  await new Promise(resolve => setTimeout(resolve, forMs))
  return used().cpuMsPerSecond
}

/** One block: the steps one after another on top of each other; all hang up at its end. `first` numbers its callers. */
export async function talk(
  peer: PeerSwitch,
  load: Helper,
  options: {
    readonly steps: readonly number[]
    readonly first: number
    readonly calledPort: number
    readonly idleMsPerSecond: number
    readonly measureMs: number
  },
): Promise<{ rows: Talks[]; recordings: number; faults: readonly string[] }> {
  const { steps, first, calledPort, idleMsPerSecond, measureMs } = options
  const before = recordingsIn(peer.recordings)
  const legs = steer(peer.telephony, {
    ring: number => ({ kind: 'address', number, address: `127.0.0.1:${calledPort}` }),
    recordingFolder: peer.recordings,
  })
  const rows: Talks[] = []
  for (const [index, calls] of steps.entries()) {
    const from = steps[index - 1] ?? 0
    const setUp = await load.ask<SetUp>('ramp', {
      from: first + from,
      to: first + calls,
      perSecond: CALLS_PER_SECOND,
      port: peer.sipPort,
    })
    await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
    const used = watch(peer.pid)
    const sound = load.ask<Record<Kind, Measured>>('measure', { forMs: measureMs })
    await new Promise(resolve => setTimeout(resolve, measureMs))
    const { cpuMsPerSecond, memoryMiB } = used()
    const { 'through-switch': through, direct } = await sound
    rows.push({
      switch: peer.name,
      calls,
      bridged: setUp.heard + from,
      cpuMsPerSecondPerCall: +((cpuMsPerSecond - idleMsPerSecond) / calls).toFixed(2),
      cpuPercent: +(cpuMsPerSecond / 10).toFixed(1),
      memoryMiB,
      sent: through.sent,
      lossPercent: +(((through.sent - through.received) / Math.max(1, through.sent)) * 100).toFixed(
        3,
      ),
      longestGapMs: through.longestGapMs,
      directLongestGapMs: direct.longestGapMs,
      delayP99Ms: through.delayP99Ms,
      bridgedP50Ms: setUp.heardP50Ms,
    })
  }
  await hangUpAll(peer.telephony, legs)
  legs.release()
  return { rows, recordings: recordingsIn(peer.recordings) - before, faults: legs.faults }
}

function watch(pid: number): () => { cpuMsPerSecond: number; memoryMiB: number } {
  const before = treeUse(pid)
  const fromMs = performance.now()
  return () => {
    const { cpuMs, memoryMiB } = treeUse(pid)
    const seconds = (performance.now() - fromMs) / 1000
    return {
      cpuMsPerSecond: (cpuMs - before.cpuMs) / seconds,
      memoryMiB: Math.round(memoryMiB),
    }
  }
}

const recordingsIn = (folder: string) =>
  readdirSync(folder).filter(
    file => file.endsWith('.wav') && statSync(join(folder, file)).size > WAV_HEAD_BYTES,
  ).length
