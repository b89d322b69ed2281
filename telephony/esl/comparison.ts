// Looks at the switch and makes good what was not told: legs, plays and phones. Each difference is named before it is mended.
import type { CallEvent, LegEvent, Missed } from '../call/event.ts'
import type { LegId } from '../call/id.ts'
import type { Legs } from '../call/leg.ts'
import type { Log } from './log.ts'
import { lookOf, type SwitchLook } from './look.ts'
import type { Originations } from './origination.ts'
import type { PhoneBook } from './phone-book.ts'
import type { Picture } from './picture.ts'
import type { PlayBook } from './play-book.ts'
import { reconcile } from './reconcile.ts'
import { factsOf, isPlaying } from './snapshot.ts'
import { readLegs, type SwitchView } from './view.ts'

export interface ComparisonDeps {
  readonly nodeName: string
  readonly view: SwitchView
  readonly plays: PlayBook
  readonly originations: Originations
  readonly phones: PhoneBook
  readonly legs: () => Legs
  /** To the listeners; what it says of plays is passed through the play book. */
  readonly emit: (event: CallEvent) => void
  /** To the listeners as it is. */
  readonly publish: (event: CallEvent) => void
  readonly tellLook: (look: SwitchLook) => void
  readonly clock: { now(): number }
  readonly log: Log
}

export interface Comparison {
  /** What happened while nobody listened, given the legs as they were then. */
  afterAbsence(before: Legs, goneCause: 'switch-lost' | 'failed'): Promise<void>
  look(): Promise<void>
  /** The connection broke: what was suspected is no longer known. */
  forget(): void
}

/** Legs asked at one look whether they still play; the rest at the next. */
const MOST_PLAYS_ASKED = 10

const MISSED_BY_TYPE: Partial<Record<LegEvent['type'], Missed>> = {
  'leg-answered': 'answer-missed',
  'leg-parked': 'park-missed',
  'legs-bridged': 'bridge-missed',
  'legs-unbridged': 'parting-missed',
  'leg-held': 'hold-missed',
  'leg-retrieved': 'retrieve-missed',
  'leg-ended': 'end-missed',
  'play-ended': 'play-end-missed',
}

export function createComparison(deps: ComparisonDeps): Comparison {
  const { view, plays, originations, phones, emit, publish, clock, log } = deps
  let suspects: ReadonlySet<string> = new Set()
  let silent: ReadonlySet<LegId> = new Set()
  let askedUpTo = 0
  let isReadable = true

  const name = (cause: Missed, event: { callId: LegEvent['callId'] }, at: number) =>
    publish({ type: 'event-missed', at, cause, callId: event.callId })

  const compareLegs = async (
    picture: Picture,
    at: number,
    before: Legs | undefined,
    goneCause: 'switch-lost' | 'failed',
  ) => {
    const result = reconcile({
      legs: deps.legs(),
      picture,
      suspects,
      at,
      goneCause,
      ...(before ? { before } : {}),
    })
    suspects = result.suspects
    for (const event of result.events) {
      const missed = MISSED_BY_TYPE[event.type]
      if (missed) name(before ? 'change-while-away' : missed, event, at)
      emit(event)
    }
    const unheard = (await readLegs(view, picture, result.unheard)).filter(
      leg => !deps.legs().has(leg.legId),
    )
    for (const leg of unheard) {
      name(before ? 'change-while-away' : 'leg-missed', leg, at)
      factsOf(leg, at).forEach(emit)
    }
    const lost = originations.sweep(
      at,
      before !== undefined,
      id => picture.has(id) || deps.legs().has(id),
    )
    for (const event of lost) {
      name(before ? 'change-while-away' : 'end-missed', event, at)
      emit(event)
    }
    const repairs = result.events.length + unheard.length + lost.length
    if (repairs > 0)
      log.warn(
        { node: deps.nodeName, repairs, isReconnect: before !== undefined },
        'legs corrected from the switch',
      )
  }

  /** Ends of plays are no state that a picture shows; a few legs are asked at each look. */
  const comparePlays = async (at: number) => {
    const legs = plays.playing()
    const from = legs.length > MOST_PLAYS_ASKED ? askedUpTo % legs.length : 0
    const asked = [...legs.slice(from), ...legs.slice(0, from)].slice(0, MOST_PLAYS_ASKED)
    askedUpTo = from + MOST_PLAYS_ASKED
    const quiet = new Set([...silent].filter(id => legs.includes(id) && !asked.includes(id)))
    await Promise.all(
      asked.map(async id => {
        const before = plays.newestOf(id)
        if (before === undefined || (await view.playing(id)) !== false) return
        // Meanwhile its end may have come, or another play begun.
        if (plays.newestOf(id) !== before) return
        quiet.add(id)
        if (!silent.has(id)) return
        quiet.delete(id)
        for (const event of plays.lost(id, at)) {
          if (event.outcome !== 'stopped') name('play-end-missed', event, at)
          publish(event)
        }
      }),
    )
    silent = quiet
  }

  const comparePhones = (now: Awaited<ReturnType<SwitchView['phones']>>, at: number) => {
    if (!now) return
    for (const event of phones.updateSure(now, at)) {
      const cause = event.type === 'phone-registered' ? 'phone-missed' : 'phone-gone-missed'
      publish({ type: 'event-missed', at, cause, agentId: event.agentId })
      emit(event)
    }
  }

  const pictureNow = async () => {
    const picture = await view.picture()
    // Said at each change, not at each look.
    if (isReadable && !picture)
      log.error({ node: deps.nodeName }, 'switch shows its channels in an unknown form')
    isReadable = picture !== undefined
    return picture
  }

  return {
    async afterAbsence(before, goneCause) {
      const picture = await pictureNow()
      if (!picture) return
      const at = clock.now()
      await compareLegs(picture, at, before, goneCause)
      const playing = await readLegs(view, picture, plays.playing())
      for (const leg of playing.filter(leg => !isPlaying(leg)))
        plays.lost(leg.legId, at).forEach(publish)
    },
    async look() {
      const askedAt = clock.now()
      const [picture, registered] = await Promise.all([pictureNow(), view.phones()])
      if (!picture) return
      const at = clock.now()
      await compareLegs(picture, at, undefined, 'failed')
      await comparePlays(at)
      comparePhones(registered, at)
      deps.tellLook(lookOf(picture, deps.legs(), registered, askedAt))
    },
    forget() {
      suspects = new Set()
      silent = new Set()
    },
  }
}
