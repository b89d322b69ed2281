// The applications of one channel run one after another. Short ones (set, answer …) run beside a long one unless an event-lock says
// otherwise, as FreeSWITCH's message parsing inside a playback does.
import { announce, inBackground, type Board } from './board.ts'
import {
  expand,
  isDown,
  setVariable,
  type Channel,
  type QueuedApplication,
  type RunningApplication,
} from './channel.ts'
import { APPLICATIONS } from './application.ts'
import { musicOf } from './hold.ts'

export interface NewApplication {
  readonly name: string
  readonly argument: string
  readonly uuid?: string
  readonly loops?: number
  readonly locked?: boolean
}

/** More than a sane controller ever queues on one channel. */
const MAX_QUEUED = 500
/** FreeSWITCH ends a loop whose application returned sooner than this, lest it spins. */
const SHORTEST_LOOP_MS = 500

export function enqueue(board: Board, channel: Channel, wanted: NewApplication): void {
  if (isDown(channel) || channel.queue.length >= MAX_QUEUED) return
  const application: QueuedApplication = {
    name: wanted.name,
    argument: wanted.argument,
    uuid: wanted.uuid ?? board.newUuid(),
    loops: wanted.loops ?? 1,
    locked: wanted.locked ?? false,
  }
  const { running } = channel
  const isShort = APPLICATIONS[application.name]?.kind === 'short'
  if (
    running !== undefined &&
    isShort &&
    !application.locked &&
    !running.locked &&
    channel.queue.length === 0
  ) {
    return inBackground(
      board,
      application.name,
      execute(board, channel, application, () => undefined),
    )
  }
  channel.queue.push(application)
  if (running === undefined) inBackground(board, 'applications', drain(board, channel))
}

async function drain(board: Board, channel: Channel): Promise<void> {
  for (let next = channel.queue.shift(); next !== undefined; next = channel.queue.shift()) {
    if (isDown(channel)) break
    let stopped = false
    let stopCurrent: () => void = () => undefined
    const running: RunningApplication = {
      ...next,
      stop() {
        stopped = true
        stopCurrent()
      },
    }
    channel.running = running
    for (let loop = 1; loop <= next.loops || next.loops < 0; loop++) {
      const startedAt = board.now()
      await execute(board, channel, next, stop => {
        stopCurrent = stop
        if (stopped) stop()
      })
      if (isDown(channel) || stopped || board.now() - startedAt < SHORTEST_LOOP_MS) break
    }
  }
  channel.running = undefined
}

/** Runs one application between CHANNEL_EXECUTE and CHANNEL_EXECUTE_COMPLETE. */
async function execute(
  board: Board,
  channel: Channel,
  application: QueuedApplication,
  onStoppable: (stop: () => void) => void,
): Promise<void> {
  const known = APPLICATIONS[application.name]
  if (known === undefined) {
    // FreeSWITCH logs it, and hangs up a channel that is told to run what does not exist.
    board.log.warn({ uuid: channel.uuid, application: application.name }, 'unknown application')
    return
  }
  const argument = expand(
    channel,
    application.argument,
    new Map([['hold_music', musicOf(board, channel)]]),
  )
  const about = [
    ['Application', application.name],
    ['Application-Data', argument],
  ] as const
  setVariable(channel, 'current_application', application.name)
  setVariable(channel, 'current_application_data', argument)
  // FreeSWITCH's switch_core_session_exec: no response while it runs, so that one can ask whether it does.
  setVariable(channel, 'current_application_response', undefined)
  announce(board, channel, 'CHANNEL_EXECUTE', [...about, ['Application-UUID', application.uuid]])
  let response: string | undefined
  try {
    response = await known.run({ board, channel, argument, onStoppable })
  } catch (err) {
    board.log.error(
      { err, uuid: channel.uuid, application: application.name },
      'application failed',
    )
    response = 'ERROR'
  }
  setVariable(channel, 'current_application_response', response)
  announce(board, channel, 'CHANNEL_EXECUTE_COMPLETE', [
    ...about,
    ['Application-Response', response ?? '_none_'],
    ['Application-UUID', application.uuid],
  ])
}
