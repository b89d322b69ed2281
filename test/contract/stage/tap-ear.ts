// A tap and all that came by it.
import assert from 'node:assert/strict'
import { until } from '../../fixtures/until.ts'
import { legId } from '../../../telephony/call/id.ts'
import type { Tap, TapSound } from '../../../telephony/call/tap.ts'
import type { Telephony } from '../../../telephony/index.ts'
import { type Voice, voicesIn } from './ears.ts'

export interface TapEar {
  readonly tap: Tap
  readonly pieces: readonly TapSound[]
  readonly ends: readonly { readonly end: string; readonly detail?: string }[]
  /** Waits until just these voices are heard on each side. */
  hears(said: readonly Voice[], heard: readonly Voice[]): Promise<void>
  /** Pieces of 20 to 200 ms, one after another without a gap, both sides equally long. */
  isWhole(): void
}

const WINDOW_MS = 400
const SAMPLES_PER_MS = 8

const joined = (pieces: readonly Int16Array[]) => {
  const sound = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let to = 0
  for (const piece of pieces) {
    sound.set(piece, to)
    to += piece.length
  }

  return sound
}

export function openTapEar(telephony: Pick<Telephony, 'openTap'>, uuid: string): TapEar {
  const pieces: TapSound[] = []
  const ends: { end: string; detail?: string }[] = []
  const tap = telephony.openTap(legId(uuid), {
    onSound: sound => void pieces.push(sound),
    onEnd: (end, detail) => void ends.push({ end, ...(detail === undefined ? {} : { detail }) }),
  })

  const recent = () => {
    const last = pieces.at(-1)
    if (last === undefined) return undefined
    const since = last.atMs + last.said.length / SAMPLES_PER_MS - WINDOW_MS
    const newest = pieces.filter(({ atMs }) => atMs >= since)
    const forMs = newest.reduce((sum, { said }) => sum + said.length / SAMPLES_PER_MS, 0)

    return forMs < WINDOW_MS / 2
      ? undefined
      : {
          said: voicesIn(joined(newest.map(({ said }) => said))),
          heard: voicesIn(joined(newest.map(({ heard }) => heard))),
        }
  }

  return {
    tap,
    pieces,
    ends,
    async hears(said, heard) {
      const wanted = JSON.stringify({ said: [...said].sort(), heard: [...heard].sort() })
      let last = ''
      await until(
        'sides',
        () => {
          last = JSON.stringify(recent())
          if (ends.length > 0) throw new Error(`the tap ended: ${JSON.stringify(ends)}`)

          return last === wanted
        },
        20_000,
        25,
      ).catch((error: unknown) => {
        throw new Error(`expected ${wanted}, heard ${last}`, { cause: error })
      })
    },
    isWhole() {
      let atMs = 0
      for (const piece of pieces) {
        assert.equal(piece.atMs, atMs, 'a gap')
        assert.equal(piece.said.length, piece.heard.length)
        const forMs = piece.said.length / SAMPLES_PER_MS
        assert.ok(forMs >= 20 && forMs <= 200, `a piece of ${forMs} ms`)
        atMs += forMs
      }
    },
  }
}
