// From "an agent is idle" and "a caller is in the queue" to the originate command arriving at the switch's socket: the real control
// loop, a real Redis that has the facts first, the real event socket driver; only the switch behind the socket is a sink.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { agentId, callId, legId, type CallId } from '../../telephony/call/id.ts'
import type { CallEvent } from '../../telephony/call/event.ts'
import { createTelephony, type Telephony } from '../../telephony/index.ts'
import { createControl } from '../../server/control/control.ts'
import type { Control } from '../../server/control/port.ts'
import {
  connectRedis,
  createRedisFloorStore,
  redisReady,
  takeLease,
} from '../../server/store/index.ts'
import { actor, consultQueue, settingsOf } from '../fixtures/control-twin.ts'
import { startRedis } from '../fixtures/redis.ts'
import { percentiles, table } from './figures.ts'

/** mod_callcenter of FreeSWITCH 1.11.1 on a machine of the same kind: p99, ms (its loop sleeps 100 ms). */
const PEER_P99_MS: Record<string, number> = {
  '1×20': 157,
  '30×20': 157,
  '300×20': 199,
  '1×100': 157,
  '30×100': 157,
  '300×100': 265,
  '1×1000': 157,
  '30×1000': 157,
  '300×1000': 503,
}
const SAMPLES = 300
const quiet = { info() {}, warn() {}, error: (o: object) => console.error(o) }

interface Sink {
  readonly url: string
  originated(): Promise<number>
  close(): void
}

/** Speaks enough event socket for the driver; tells when an originate has arrived. */
async function createSink(): Promise<Sink> {
  let waiting: ((at: number) => void) | undefined
  let arrivedAt: number | undefined
  const server = createServer(socket => {
    let buffer = ''
    socket.setNoDelay(true)
    socket.write('Content-Type: auth/request\n\n')
    socket.on('error', () => socket.destroy())
    socket.on('data', data => {
      buffer += data.toString()
      for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
        const command = buffer.slice(0, end)
        buffer = buffer.slice(end + 2)
        if (command.startsWith('bgapi originate')) {
          arrivedAt = performance.now()
          waiting?.(arrivedAt)
          waiting = undefined
        }
        if (command.startsWith('api')) {
          const body = command.includes('as json') ? '{"row_count":0}' : '+OK\n'
          socket.write(`Content-Type: api/response\nContent-Length: ${body.length}\n\n${body}`)
        } else
          socket.write(
            `Content-Type: command/reply\nReply-Text: +OK${command.startsWith('bgapi') ? ` Job-UUID: ${randomUUID()}` : ''}\n\n`,
          )
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `esl://:ClueCon@127.0.0.1:${(server.address() as AddressInfo).port}`,
    originated: () => {
      arrivedAt = undefined
      return new Promise((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error('no originate within 5 s')), 5000)
        waiting = at => {
          clearTimeout(limit)
          resolve(at)
        }
      })
    },
    close: () => server.close(),
  }
}

interface Stage {
  readonly control: Control
  readonly say: (event: CallEvent) => void
  readonly sink: Sink
  readonly close: () => Promise<void>
}

async function setStage(agentCount: number): Promise<Stage> {
  const redisServer = await startRedis()
  const redis = connectRedis({ path: redisServer.path })
  await redisReady(redis, 5000)
  const lease = await takeLease({ redis, prefix: 'bench:' }, 'embedded', 'bench', 60_000)
  if (lease.state !== 'taken') throw new Error('lease is held')
  const store = await createRedisFloorStore({
    redis,
    prefix: 'bench:',
    node: 'embedded',
    epoch: lease.lease.epoch,
    log: quiet,
  })
  const sink = await createSink()
  const telephony = createTelephony({
    url: sink.url,
    nodeName: 'embedded',
    clock: Date,
    log: quiet,
  })
  await new Promise<void>(resolve =>
    telephony.onStatus(status => status.state === 'connected' && resolve()),
  )
  let say: (event: CallEvent) => void = () => {}
  const driven: Telephony = {
    ...telephony,
    connected: true,
    onEvent: listener => ((say = listener), () => {}),
    liveLegs: async () => [],
    registrations: async () => [],
    trunks: async () => [],
  }
  const agents = Array.from({ length: agentCount }, (_, index) => ({
    id: String(10_001 + index),
    name: 'a',
    autoAnswer: false,
    queues: { consult: 1 + (index % 3) },
  }))
  const control = await createControl({
    telephonies: [driven],
    store,
    mediaFolder: '/m',
    serverName: 'bench',
    log: quiet,
    settings: settingsOf({
      agents,
      queues: [
        {
          ...consultQueue,
          capacity: 1000,
          maxWaitMs: 3_000_000,
          announceEveryMs: 3_000_000,
          whenNoAgents: 'wait',
        },
      ],
      lines: { limit: 2000, flowLimit: 2000, recordingLimit: 2000 },
    }),
    prompts: { fileFor: async () => '/p.wav', musicFile: async () => '/m.wav' },
    publisher: { publish() {} },
    callers: { lookUp: async number => ({ number, callsLast30Days: 0, lastCalls: [] }) },
    factsToday: async function* () {},
  })
  const close = async () => {
    await control.close()
    telephony.close()
    redis.disconnect()
    sink.close()
    await redisServer.close()
  }
  return { control, say: event => say(event), sink, close }
}

function arrive(stage: Stage): CallId {
  const id = randomUUID()
  const base = { at: Date.now(), legId: legId(id), callId: callId(id) }
  stage.say({
    type: 'leg-created',
    ...base,
    direction: 'inbound',
    callerNumber: '13800001111',
    calledNumber: '12393',
    sipCallId: id,
    networkAddress: '127.0.0.1',
    video: false,
  })
  stage.say({ type: 'leg-parked', ...base })
  stage.say({ type: 'leg-answered', ...base })
  stage.say({ type: 'digit-pressed', ...base, digit: '1', durationMs: 100 })
  stage.say({ type: 'digit-pressed', ...base, digit: '1', durationMs: 100 })
  return base.callId
}
const leave = (stage: Stage, call: CallId) =>
  stage.say({
    type: 'leg-ended',
    at: Date.now(),
    legId: legId(call),
    callId: call,
    cause: 'normal',
    endedBy: 'far-end',
  })
const settle = () => new Promise(resolve => setTimeout(resolve, 3))

/** One agent of a busy team becomes idle while callers wait, again and again. */
async function idleToOffer(stage: Stage, waiting: number, agentCount: number): Promise<number[]> {
  const queue: CallId[] = []
  for (let index = 0; index < agentCount; index++) {
    const id = agentId(String(10_001 + index))
    stage.say({ type: 'phone-registered', at: Date.now(), agentId: id, transport: 'ws' })
    await stage.control.setAgentState(id, 'busy', 'rest', actor(id))
  }
  while (queue.length < waiting) queue.push(arrive(stage))
  await settle()
  const samples: number[] = []
  for (let sample = 0; sample < SAMPLES; sample++) {
    const id = agentId(String(10_001 + (sample % agentCount)))
    const offered = stage.sink.originated()
    const from = performance.now()
    const asked = stage.control.setAgentState(id, 'idle', undefined, actor(id))
    samples.push((await offered) - from)
    await asked
    await stage.control.setAgentState(id, 'busy', 'rest', actor(id))
    const first = queue.shift()
    if (first) leave(stage, first)
    queue.push(arrive(stage))
    await settle()
  }
  for (const call of queue) leave(stage, call)
  return samples
}

/** A caller asks for an agent of a team that has one idle, while others wait for nobody. */
async function arrivalToOffer(stage: Stage, agentCount: number): Promise<number[]> {
  const samples: number[] = []
  for (let sample = 0; sample < SAMPLES; sample++) {
    const id = agentId(String(10_001 + (sample % agentCount)))
    await stage.control.setAgentState(id, 'idle', undefined, actor(id))
    const uuid = randomUUID()
    const base = { legId: legId(uuid), callId: callId(uuid) }
    stage.say({
      type: 'leg-created',
      at: Date.now(),
      ...base,
      direction: 'inbound',
      callerNumber: '13800001111',
      calledNumber: '12393',
      sipCallId: uuid,
      networkAddress: '127.0.0.1',
      video: false,
    })
    stage.say({ type: 'leg-parked', at: Date.now(), ...base })
    stage.say({ type: 'leg-answered', at: Date.now(), ...base })
    stage.say({ type: 'digit-pressed', at: Date.now(), ...base, digit: '1', durationMs: 100 })
    await settle()
    const offered = stage.sink.originated()
    const from = performance.now()
    stage.say({ type: 'digit-pressed', at: Date.now(), ...base, digit: '1', durationMs: 100 })
    samples.push((await offered) - from)
    await stage.control.setAgentState(id, 'busy', 'rest', actor(id))
    leave(stage, base.callId)
    await settle()
  }
  return samples
}

export async function run(): Promise<object> {
  const rows: Record<string, unknown>[] = []
  // A server runs for weeks: the first samples, on code that was never run before, are not its.
  const rehearsal = await setStage(20)
  await idleToOffer(rehearsal, 30, 20)
  await arrivalToOffer(rehearsal, 20)
  await rehearsal.close()
  for (const agentCount of [20, 100, 1000]) {
    for (const waiting of [1, 30, 300]) {
      const stage = await setStage(agentCount)
      const idle = percentiles(await idleToOffer(stage, waiting, agentCount))
      const arrival = percentiles(await arrivalToOffer(stage, agentCount))
      await stage.close()
      const peer = PEER_P99_MS[`${waiting}×${agentCount}`] ?? 157
      rows.push({
        waiting,
        agents: agentCount,
        idleP50Ms: idle.p50,
        idleP99Ms: idle.p99,
        idleMaxMs: idle.max,
        arrivalP50Ms: arrival.p50,
        arrivalP99Ms: arrival.p99,
        timesQuickerThanPeer: +(peer / idle.p99).toFixed(1),
      })
    }
  }
  console.log(table(rows))
  return { samplesEach: SAMPLES, rows }
}
