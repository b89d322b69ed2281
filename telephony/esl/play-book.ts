// Which plays we asked for, so that each ends once and rightly. FreeSWITCH tells neither that a play was broken off,
// nor anything of plays that waited in turn when it was, and tells each round of an endless one.
import type { CallEvent, PlayEnded } from '../call/event.ts'
import type { CallId, LegId, PlayId } from '../call/id.ts'

interface Play {
  readonly legId: LegId
  readonly callId: CallId
  readonly loop: boolean
  started: boolean
  /** We told the switch to stop it. */
  stopping: boolean
  /** Its end was told; kept until the leg ends, as the switch may still speak of it. */
  over: boolean
}

export interface PlayBook {
  asked(play: { playId: PlayId; legId: LegId; callId: CallId; loop: boolean }): void
  /** Call before what stops them is sent. */
  stopping(legId: LegId): void
  /** The switch refused to stop them. */
  goesOn(legId: LegId): void
  /** Call once the switch has agreed: what had not begun never will. */
  stopped(legId: LegId, at: number): PlayEnded[]
  /** Legs with plays that have not ended. */
  playing(): LegId[]
  /** What was asked last of what the leg plays, or is to play. */
  newestOf(legId: LegId): PlayId | undefined
  /** The leg plays nothing, so the ends of its plays were lost. */
  lost(legId: LegId, at: number): PlayEnded[]
  /** The switch would not play it. */
  refused(playId: PlayId, at: number): PlayEnded[]
  /** The event as it is to be told, or nothing, or what must be told with it. */
  pass(event: CallEvent): CallEvent[]
  readonly size: number
}

export function createPlayBook(): PlayBook {
  const plays = new Map<PlayId, Play>()

  const ofLeg = (legId: LegId) =>
    [...plays].filter(([, play]) => play.legId === legId && !play.over)

  const end = (
    playId: PlayId,
    play: Play,
    at: number,
    outcome: PlayEnded['outcome'],
  ): PlayEnded => {
    play.over = true

    return { type: 'play-ended', at, legId: play.legId, callId: play.callId, playId, outcome }
  }

  const passEnd = (event: PlayEnded): CallEvent[] => {
    const play = plays.get(event.playId)
    if (!play) return [event]
    if (play.over || (play.loop && !play.stopping && event.outcome !== 'failed')) return []
    // Another round may have begun before the switch heard of the stop; its end is none of ours.
    if (play.loop) play.over = true
    else plays.delete(event.playId)

    return [
      {
        ...event,
        // A bridge breaks it off with an error of FreeSWITCH's, `uuid_break` without.
        outcome: play.stopping ? 'stopped' : event.outcome,
      },
    ]
  }

  return {
    asked({ playId, legId, callId, loop }) {
      plays.set(playId, { legId, callId, loop, started: false, stopping: false, over: false })
    },
    stopping(legId) {
      for (const [, play] of ofLeg(legId)) play.stopping = true
    },
    goesOn(legId) {
      for (const [, play] of ofLeg(legId)) play.stopping = false
    },
    stopped(legId, at) {
      return ofLeg(legId)
        .filter(([, play]) => play.stopping && !play.started)
        .map(([playId, play]) => end(playId, play, at, 'stopped'))
    },
    playing() {
      return [...new Set([...plays.values()].filter(play => !play.over).map(play => play.legId))]
    },
    newestOf(legId) {
      return ofLeg(legId).at(-1)?.[0]
    },
    lost(legId, at) {
      return ofLeg(legId).map(([playId, play]) =>
        end(playId, play, at, play.stopping ? 'stopped' : 'finished'),
      )
    },
    refused(playId, at) {
      const play = plays.get(playId)
      if (!play || play.over) return []
      plays.delete(playId)

      return [end(playId, play, at, 'failed')]
    },
    pass(event) {
      switch (event.type) {
        case 'play-started': {
          const play = plays.get(event.playId)
          if (!play) return [event]
          if (play.started || play.over) return []
          play.started = true

          return [event]
        }
        case 'play-ended':
          return passEnd(event)
        case 'leg-ended': {
          const ends = ofLeg(event.legId).map(([playId, play]) =>
            end(playId, play, event.at, 'stopped'),
          )
          for (const [playId, play] of plays) if (play.legId === event.legId) plays.delete(playId)

          return [...ends, event]
        }
        default:
          return [event]
      }
    },
    get size() {
      return plays.size
    },
  }
}
