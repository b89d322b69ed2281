// Points of quality on their way to the database: some of a leg are one row, and a leg's last ones go with its end.
import type { CallEvent, LegQuality } from '../../telephony/call/event.ts'
import type { QualityPoint, QualityStore } from '../store/index.ts'
import { createBatch } from './batch.ts'

/** Points of a row: half a minute. */
const POINTS = 6
const WRITE_EVERY_MS = 500
const ROOM = 20_000
/** A leg of which nothing more is heard; its last points are written all the same. */
const SILENT_MS = 60_000

interface Open {
  readonly legId: string
  readonly callId: string
  readonly points: QualityPoint[]
}

export interface QualityKeeper {
  hear(event: CallEvent): void
  /** What is not in the database yet. */
  openOf(callId: string): (QualityPoint & { readonly legId: string })[]
  /** Mean opinion score of the last five seconds of each leg. */
  latest(): readonly number[]
  lost(): number
  /** Writes what waits to be written; what is open stays open. */
  flush(): Promise<void>
  close(): Promise<void>
}

export function createQualityKeeper({
  store,
  isKept,
  onFailure,
  now,
}: {
  readonly store: QualityStore
  /** False while the site keeps nothing. */
  readonly isKept: () => boolean
  readonly onFailure: (error: unknown) => void
  readonly now: () => number
}): QualityKeeper {
  const open = new Map<string, Open>()
  const batch = createBatch<Open>({
    write: rows => store.add(rows),
    everyMs: WRITE_EVERY_MS,
    most: 500,
    room: ROOM,
    onFailure,
  })
  const finish = (legId: string) => {
    const stretch = open.get(legId)
    open.delete(legId)
    if (stretch && stretch.points.length > 0 && isKept()) batch.add(stretch)
  }
  const keep = (event: LegQuality) => {
    const stretch = open.get(event.legId) ?? {
      legId: event.legId,
      callId: event.callId,
      points: [],
    }
    stretch.points.push(toPoint(event))
    open.set(event.legId, stretch)
    if (stretch.points.length >= POINTS) finish(event.legId)
  }
  const sweep = setInterval(() => {
    for (const [legId, { points }] of open)
      if ((points.at(-1)?.at ?? 0) < now() - SILENT_MS) finish(legId)
  }, SILENT_MS)

  return {
    hear(event) {
      if (event.type === 'leg-quality') keep(event)
      else if (event.type === 'leg-ended') finish(event.legId)
    },
    openOf: callId =>
      [...open.values()]
        .filter(stretch => stretch.callId === callId)
        .flatMap(({ legId, points }) => points.map(point => ({ ...point, legId }))),
    latest: () => [...open.values()].flatMap(({ points }) => points.at(-1)?.mos ?? []),
    lost: batch.lost,
    flush: batch.flush,
    async close() {
      clearInterval(sweep)
      for (const legId of [...open.keys()]) finish(legId)
      await batch.close()
    },
  }
}

const toPoint = ({
  at,
  forMs,
  packets,
  lost,
  jitterMs,
  roundTripMs,
  mos,
}: LegQuality): QualityPoint => ({
  at,
  forMs,
  packets,
  lost,
  jitterMs,
  ...(roundTripMs === undefined ? {} : { roundTripMs }),
  ...(mos === undefined ? {} : { mos }),
})
