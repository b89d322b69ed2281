// What we want of the switch, as event socket commands. Pure.
import { CAUSES } from '../call/cause.ts'
import type { CallCommand, MonitorMode } from '../call/command.ts'
import type { LegId } from '../call/id.ts'
import type { EslCommand } from './command.ts'
import { DETECT_APPLICATION, detectArgument, FIRE_EVENTS } from './detect.ts'
import { HELD_PARTNER_STAYS, originate } from './originate.ts'
import { safeDigits, safeFile, safeId, safePath, safeRoom } from './safe.ts'

export interface EslStep {
  readonly command: EslCommand
  /** Its refusal is no failure of the whole. */
  readonly optional?: boolean
}

/** What the switch's state adds to a command. */
export interface Circumstances {
  /** Whom the leg talks to. */
  readonly partner?: LegId
  /** Whom the leg listens in on already. */
  readonly monitored?: LegId
  /** Its INVITE had no offer. */
  readonly isLateOffer?: boolean
}

/** The steps of a command, to be sent one after another. @throws {UnsafeValue} */
export function toEsl(command: CallCommand, now: Circumstances = {}): EslStep[] {
  const id = safeId(command.legId)
  switch (command.type) {
    case 'answer-leg':
      // FreeSWITCH waits for the ACK that brings the answer, and with `uuid_answer` the event socket would wait as well: for ever.
      return now.isLateOffer === true
        ? [execute(command.legId, 'answer', '')]
        : [api(`uuid_answer ${id}`)]
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
      return hold(id, now.partner)
    case 'retrieve-leg':
      return retrieve(id, now.partner)
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
      return monitor(command.legId, command.targetLegId, command.mode, now.monitored)
    case 'guard-leg':
      return guard(id, safeId(command.callId), command.forMs)
    case 'unguard-leg':
      return [api(`sched_del ${id}`)]
    case 'detect-speech':
      return [
        setVariable(id, FIRE_EVENTS, 'true'),
        execute(command.legId, DETECT_APPLICATION, detectArgument(command), command.detectId),
      ]
    case 'stop-detecting':
      return [execute(command.legId, DETECT_APPLICATION, 'stop')]
  }
}

const api = (text: string): EslStep => ({ command: { kind: 'api', text } })

const execute = (
  legId: LegId,
  application: string,
  argument: string,
  eventId?: string,
): EslStep => ({
  command: {
    kind: 'execute',
    legId,
    application,
    argument,
    ...(eventId !== undefined && { eventId }),
  },
})

const setVariable = (id: string, name: string, value: string) =>
  api(`uuid_setvar ${id} ${name} ${value}`)

/** Begins the ids of plays that are no prompt of anybody's. */
export const HOLD_MUSIC = 'hold-music-'

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

/** The keys of FreeSWITCH's eavesdrop, which ends by none of `uuid_break`, new variables or another application. */
const KEYS: Readonly<Record<MonitorMode, string>> = { listen: '0', whisper: '2', barge: '3' }
const END_KEY = '*'

const monitor = (
  legId: LegId,
  targetId: LegId,
  mode: MonitorMode,
  monitored: LegId | undefined,
): EslStep[] => {
  const press = (value: string): EslStep => ({
    command: { kind: 'event', legId, name: 'eavesdrop-command', value },
  })
  if (monitored === targetId) return [press(KEYS[mode])]

  return [
    ...(monitored === undefined ? [{ ...stop(legId), optional: true }] : [press(END_KEY)]),
    // A supervisor's keys must not change the mode behind our back.
    setVariable(legId, 'eavesdrop_enable_dtmf', 'false'),
    setVariable(legId, 'eavesdrop_whisper_bleg', String(HEARD_BY[mode].target)),
    setVariable(legId, 'eavesdrop_whisper_aleg', String(HEARD_BY[mode].farSide)),
    execute(legId, 'eavesdrop', safeId(targetId)),
  ]
}

/**
 * FreeSWITCH 1.11 would play music to the partner, and stops sending to it once the held phone has answered `recvonly`
 * (switch_core_media_set_rmode passes that on to the partner of an originated leg). So the leg forgets its partner until it is
 * retrieved, and the music is ours.
 */
const hold = (id: string, partner: LegId | undefined): EslStep[] =>
  partner === undefined
    ? [api(`uuid_hold ${id}`)]
    : [
        api(`uuid_setvar ${id} signal_bond`),
        api(`uuid_hold ${id}`),
        {
          command: {
            kind: 'execute',
            legId: partner,
            application: 'playback',
            argument: '${hold_music}',
            eventId: `${HOLD_MUSIC}${id}`,
            endless: true,
          },
        },
      ]

const retrieve = (id: string, partner: LegId | undefined): EslStep[] =>
  partner === undefined
    ? [api(`uuid_hold off ${id}`)]
    : [
        { ...stop(safeId(partner)), optional: true },
        api(`uuid_hold off ${id}`),
        setVariable(id, 'signal_bond', safeId(partner)),
      ]

/** The switch's own protection of a caller whose controller is gone: it runs the extension `orphan` unless renewed. */
const guard = (id: string, callId: string, forMs: number): EslStep[] => [
  // The claim first: FreeSWITCH may begin its 3 s at this very moment, and looks for it afterwards (deploy/freeswitch/dialplan).
  setVariable(id, 'hotline_call', callId),
  { ...api(`sched_del ${id}`), optional: true },
  setVariable(id, 'hangup_after_bridge', 'false'),
  setVariable(id, 'park_after_bridge', 'true'),
  ...HELD_PARTNER_STAYS.map(([name, value]) => setVariable(id, name, value)),
  // Keys are the flow's to judge; FreeSWITCH would end a prompt at each `*`.
  setVariable(id, 'playback_terminators', 'none'),
  // A context of its own, which no caller's number can reach (deploy/freeswitch/dialplan).
  api(`sched_transfer +${Math.max(1, Math.ceil(forMs / 1000))} ${id} orphan XML hotline`),
]
