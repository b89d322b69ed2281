// The applications a channel can be told to run (sendmsg execute, &app(args) of originate, inline transfers): a table.
import { setTimeout as sleep } from 'node:timers/promises'
import { announce, type Board } from './board.ts'
import { bridge } from './bridge.ts'
import { isTrue, setVariable, type Channel } from './channel.ts'
import { enterRoom, leaveRoom, parseRoom } from './conference.ts'
import { answer, hangUp, parkInTurn, preAnswer, ring } from './control.ts'
import { toHangupCause } from './hangup-cause.ts'
import { originate } from './originate.ts'
import { playFiles, toFiles } from './play.ts'
import { startRecording, stopRecording } from './recording.ts'
import { transfer } from './transfer.ts'

export interface Run {
  readonly board: Board
  readonly channel: Channel
  readonly argument: string
  /** Says how the application is ended before its time; called at once when that is wanted already. */
  onStoppable(stop: () => void): void
}

interface Application {
  /** A short one ends at once and may run beside a long one. */
  readonly kind: 'short' | 'long'
  /** Resolves with FreeSWITCH's current_application_response. */
  run(run: Run): Promise<string | undefined>
}

const short = (run: (run: Run) => unknown): Application => ({
  kind: 'short',
  run: async r => {
    await run(r)
    return undefined
  },
})

async function play(
  { board, channel, argument, onStoppable }: Run,
  loop: boolean,
): Promise<string> {
  const files = toFiles(argument)
  if (files.length === 0) return 'FILE NOT FOUND'
  if (!(await preAnswer(board, channel))) return 'PLAYBACK ERROR'
  const running = playFiles(board, channel, files, loop, argument.trim())
  onStoppable(() => running.stop())
  return (await running.ended) === 'failed' ? 'FILE NOT FOUND' : 'FILE PLAYED'
}

/** Runs until it is stopped. */
async function untilStopped(onStoppable: (stop: () => void) => void): Promise<void> {
  await new Promise<void>(resolve => onStoppable(resolve))
}

async function conference({ board, channel, argument, onStoppable }: Run): Promise<undefined> {
  const { room, muted } = parseRoom(argument)
  if (room === '' || !(await answer(board, channel))) return undefined
  enterRoom(board, channel, room, muted)
  await untilStopped(onStoppable)
  leaveRoom(board, channel)
  return undefined
}

/** mod_dptools 1.10: whisper_bleg mixes into what the target hears, whisper_aleg into what its partner hears; both make a barge. */
async function eavesdrop({ board, channel, argument, onStoppable }: Run): Promise<undefined> {
  const target = board.channels.get(argument.trim())
  if (target === undefined || target === channel || !(await preAnswer(board, channel)))
    return undefined
  const stop = new AbortController()
  const speak = (toTarget: boolean, toPartner: boolean) => {
    const aimed = toPartner && !toTarget ? (target.partner ?? target) : target
    const mode = toTarget && toPartner ? 'barge' : toTarget || toPartner ? 'whisper' : 'listen'
    board.media.eavesdrop(channel.audio, aimed.audio, mode)
  }
  speak(
    isTrue(channel.variables.get('eavesdrop_whisper_bleg')),
    isTrue(channel.variables.get('eavesdrop_whisper_aleg')),
  )
  channel.onEavesdropCommand = keys => {
    for (const key of keys) {
      if (key === '*') stop.abort()
      else if (/^[0-3]$/.test(key)) speak(key === '2' || key === '3', key === '1' || key === '3')
    }
  }
  onStoppable(() => stop.abort())
  // The target may end meanwhile; nothing else tells an eavesdropper.
  while (!stop.signal.aborted && board.channels.has(target.uuid)) {
    await sleep(TARGET_CHECK_MS, undefined, { signal: stop.signal }).catch(() => undefined)
  }
  board.media.endEavesdrop(channel.audio)
  channel.onEavesdropCommand = undefined
  return undefined
}
const TARGET_CHECK_MS = 200

async function bridgeOut({ board, channel, argument, onStoppable }: Run): Promise<string> {
  const result = await originate(board, { dialString: argument, onStoppable, bridgedFrom: channel })
  if (result.type === 'failed') {
    setVariable(channel, 'originate_disposition', result.cause)
    return result.cause
  }
  if (!channel.answered) await answer(board, channel)
  // The bridge goes on after the application: the queue is free for what is asked meanwhile.
  queueMicrotask(() => bridge(board, channel, result.channel))
  return 'SUCCESS'
}

function set(channel: Channel, argument: string): void {
  const at = argument.indexOf('=')
  if (at > 0) setVariable(channel, argument.slice(0, at).trim(), argument.slice(at + 1))
}

export const APPLICATIONS: Readonly<Record<string, Application>> = {
  answer: short(({ board, channel }) => answer(board, channel)),
  pre_answer: short(({ board, channel }) => preAnswer(board, channel)),
  ring_ready: short(({ board, channel }) => ring(board, channel)),
  park: short(({ board, channel }) => parkInTurn(board, channel)),
  hangup: short(({ board, channel, argument }) =>
    hangUp(board, channel, toHangupCause(argument || 'NORMAL_CLEARING')),
  ),
  set: short(({ channel, argument }) => set(channel, argument)),
  export: short(({ channel, argument }) => set(channel, argument.replace(/^nolocal:/, ''))),
  multiset: short(({ channel, argument }) => {
    const custom = /^\^\^(.)/.exec(argument)
    const list = custom === null ? argument.split(' ') : argument.slice(3).split(custom[1] ?? ' ')
    for (const one of list) set(channel, one)
  }),
  unset: short(({ channel, argument }) => setVariable(channel, argument.trim(), undefined)),
  send_dtmf: short(({ board, channel, argument }) => {
    const [digits = '', durationMs = '100'] = argument.split('@')
    board.media.sendDigits(channel.audio, digits, Number(durationMs) || 100)
  }),
  record_session: short(
    ({ board, channel, argument }) => void startRecording(board, channel, argument.trim()),
  ),
  stop_record_session: short(({ board, channel, argument }) =>
    stopRecording(board, channel, argument.trim()),
  ),
  transfer: short(({ board, channel, argument }) => {
    const [extension = '', dialplan] = argument.split(' ').filter(word => !word.startsWith('-'))
    setImmediate(() => void transfer(board, channel, extension, dialplan))
  }),
  log: short(({ board, channel, argument }) =>
    board.log.info({ uuid: channel.uuid, level: argument.split(' ')[0] }, 'log application'),
  ),
  event: short(({ board, channel }) => announce(board, channel, 'CHANNEL_APPLICATION')),
  // There is no recogniser here. A FreeSWITCH without its module says it in its log only, and the leg goes on (mod_dptools 1.11).
  detect_speech: short(({ board, channel }) =>
    board.log.warn({ uuid: channel.uuid }, 'no recogniser in this switch'),
  ),
  playback: { kind: 'long', run: run => play(run, false) },
  endless_playback: { kind: 'long', run: run => play(run, true) },
  gentones: {
    kind: 'long',
    run: run =>
      play(
        { ...run, argument: `tone_stream://${run.argument.replace(/\|(\d+)$/, ';loops=$1')}` },
        false,
      ),
  },
  sleep: {
    kind: 'long',
    run: async ({ argument, onStoppable }) => {
      const stop = new AbortController()
      onStoppable(() => stop.abort())
      await sleep(Math.max(0, Number.parseInt(argument, 10) || 0), undefined, {
        signal: stop.signal,
      }).catch(() => undefined)
      return undefined
    },
  },
  conference: { kind: 'long', run: conference },
  eavesdrop: { kind: 'long', run: eavesdrop },
  bridge: { kind: 'long', run: bridgeOut },
}
