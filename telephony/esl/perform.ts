// What we want of the switch, as event socket commands. Pure.
import { CAUSES } from '../call/cause.ts'
import type { CallCommand, MonitorMode } from '../call/command.ts'
import type { LegId } from '../call/id.ts'
import type { EslCommand } from './command.ts'
import { originate } from './originate.ts'
import { safeDigits, safeFile, safeId, safePath, safeRoom } from './safe.ts'

export interface EslStep {
  readonly command: EslCommand
  /** Its refusal is no failure of the whole. */
  readonly optional?: boolean
}

/** The steps of a command, to be sent one after another. @throws {UnsafeValue} */
export function toEsl(command: CallCommand): EslStep[] {
  const id = safeId(command.legId)
  switch (command.type) {
    case 'answer-leg':
      return [api(`uuid_answer ${id}`)]
    case 'hang-up-leg':
      // A leg that is gone already is what was wanted.
      return [{ ...api(`uuid_kill ${id} ${CAUSES[command.cause].freeswitch}`), optional: true }]
    case 'play':
      return [play(command)]
    case 'stop-play':
      return [stop(id)]
    case 'originate-leg':
      return [{ command: { kind: 'bgapi', jobId: id, text: originate(command) } }]
    case 'bridge-legs':
      return [api(`uuid_bridge ${id} ${safeId(command.otherLegId)}`)]
    case 'park-legs':
      return [api(`uuid_transfer ${id} -both park inline`)]
    case 'hold-leg':
      return [api(`uuid_hold ${id}`)]
    case 'retrieve-leg':
      return [api(`uuid_hold off ${id}`)]
    case 'mute-leg':
      // FreeSWITCH wants the level; 1 is silence without comfort noise.
      return [api(command.muted ? `uuid_audio ${id} start read mute 1` : `uuid_audio ${id} stop`)]
    case 'start-recording':
      return [
        setVariable(id, 'RECORD_STEREO', 'true'),
        api(`uuid_record ${id} start ${safePath(command.path)}`),
      ]
    case 'stop-recording':
      return [api(`uuid_record ${id} stop ${safePath(command.path)}`)]
    case 'mask-recording':
      return [
        api(`uuid_record ${id} ${command.masked ? 'mask' : 'unmask'} ${safePath(command.path)}`),
      ]
    case 'send-digits':
      return [api(`uuid_send_dtmf ${id} ${safeDigits(command.digits)}`)]
    case 'join-conference':
      return [
        { ...stop(id), optional: true },
        execute(command.legId, 'conference', `${safeRoom(command.room)}@default`),
      ]
    case 'monitor-leg':
      return monitor(command.legId, safeId(command.targetLegId), command.mode)
    case 'guard-leg':
      return guard(id, safeId(command.callId), command.forMs)
    case 'unguard-leg':
      return [api(`sched_del ${id}`)]
  }
}

const api = (text: string): EslStep => ({ command: { kind: 'api', text } })

const execute = (legId: LegId, application: string, argument: string): EslStep => ({
  command: { kind: 'execute', legId, application, argument },
})

const setVariable = (id: string, name: string, value: string) =>
  api(`uuid_setvar ${id} ${name} ${value}`)

/** Also drops what waits in turn, so that a later command begins at once. */
const stop = (id: string) => api(`uuid_break ${id} all`)

const play = (command: Extract<CallCommand, { type: 'play' }>): EslStep => {
  const files = command.files.map(safeFile)
  const [first] = files
  const isList = first === undefined || files.length > 1

  return {
    command: {
      kind: 'execute',
      legId: command.legId,
      application: 'playback',
      argument: isList ? `file_string://${files.join('!')}` : first,
      eventId: safeId(command.playId),
      inTurn: true,
      ...(command.loop ? { endless: true } : {}),
    },
  }
}

/**
 * FreeSWITCH 1.10 switch_ivr_async.c: `whisper_bleg` mixes the supervisor into what the target leg hears, `whisper_aleg`
 * into what the target leg says, and so into what its far side hears.
 */
const HEARD_BY: Readonly<
  Record<MonitorMode, { readonly target: boolean; readonly farSide: boolean }>
> = {
  listen: { target: false, farSide: false },
  whisper: { target: true, farSide: false },
  barge: { target: true, farSide: true },
}

const monitor = (legId: LegId, targetId: string, mode: MonitorMode): EslStep[] => [
  { ...stop(legId), optional: true },
  // A supervisor's keys must not change the mode behind our back.
  setVariable(legId, 'eavesdrop_enable_dtmf', 'false'),
  setVariable(legId, 'eavesdrop_whisper_bleg', String(HEARD_BY[mode].target)),
  setVariable(legId, 'eavesdrop_whisper_aleg', String(HEARD_BY[mode].farSide)),
  execute(legId, 'eavesdrop', targetId),
]

/** The switch's own protection of a caller whose controller is gone: it runs the extension `orphan` unless renewed. */
const guard = (id: string, callId: string, forMs: number): EslStep[] => [
  // The claim first: FreeSWITCH may begin its 3 s at this very moment, and looks for it afterwards (deploy/freeswitch/dialplan).
  setVariable(id, 'hotline_call', callId),
  { ...api(`sched_del ${id}`), optional: true },
  setVariable(id, 'hangup_after_bridge', 'false'),
  setVariable(id, 'park_after_bridge', 'true'),
  // Keys are the flow's to judge; FreeSWITCH would end a prompt at each `*`.
  setVariable(id, 'playback_terminators', 'none'),
  // A context of its own, which no caller's number can reach (deploy/freeswitch/dialplan).
  api(`sched_transfer +${Math.max(1, Math.ceil(forMs / 1000))} ${id} orphan XML hotline`),
]
