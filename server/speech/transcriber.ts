// Listens to every talk that wants it: what is open is compared with what is wanted at each change of a call.
import type { CallId } from '../../telephony/call/id.ts'
import type { Telephony } from '../../telephony/index.ts'
import type { TalkListener } from '../control/transcript.ts'
import type { Side } from '../ledger/fact.ts'
import type { Pool } from './pool.ts'
import { openTalk, type Talk, type TalkDeps } from './talk.ts'
import { wishOf } from './wish.ts'

export interface TranscriberDeps {
  readonly pool: Pool
  readonly telephonyOf: (node: string) => Pick<Telephony, 'openTap'> | undefined
  readonly words: TalkDeps['words']
  readonly onPartial: (callId: CallId, side: Side, text: string) => void
  readonly now: () => number
}

export function createTranscriber(deps: TranscriberDeps): TalkListener {
  const { pool, telephonyOf, onPartial, words, now } = deps
  let count = 0

  return {
    begin({ calls, input }) {
      const open = new Map<CallId, Talk>()
      /** No more sound, but last words may come. */
      const finishing = new Set<Talk>()

      const begin = (callId: CallId, wish: NonNullable<ReturnType<typeof wishOf>>) => {
        const telephony = telephonyOf(wish.node)
        if (!telephony) return
        const talk = openTalk({
          id: `${callId}/${++count}`,
          wish,
          pool,
          telephony,
          words,
          now,
          onSentence: sentence => input({ type: 'sentence-heard', callId, sentence }),
          onPartial: (side, text) => onPartial(callId, side, text),
          onChange(change) {
            // A talk that goes on in a new listening is not off.
            if (change.state === 'off' && open.has(callId) && open.get(callId) !== talk) return
            input({ type: 'transcription-changed', callId, change })
          },
          onEnd() {
            finishing.delete(talk)
            if (open.get(callId) === talk) open.delete(callId)
          },
        })
        open.set(callId, talk)
      }
      const finish = (callId: CallId, talk: Talk) => {
        open.delete(callId)
        finishing.add(talk)
        talk.finish()
      }

      const look = (callId: CallId) => {
        const call = calls.get(callId)
        const wish = call && wishOf(call)
        const talk = open.get(callId)
        if (talk && wish?.legId !== talk.wish.legId) finish(callId, talk)
        if (!wish) return
        const same = open.get(callId)
        if (same) same.change(wish)
        else begin(callId, wish)
      }
      const lookAll = (ids: Iterable<CallId>) => {
        if (pool.serves('talk')) for (const id of ids) look(id)
      }

      // What an earlier server was listening to and is over now: nobody else would say so.
      for (const { id, transcript } of calls.values())
        if (transcript && transcript.state !== 'off' && !wishFor(calls, id))
          input({ type: 'transcription-changed', callId: id, change: { state: 'off' } })
      lookAll([...calls.keys()])

      return {
        changed: lookAll,
        end() {
          for (const talk of [...open.values(), ...finishing]) talk.cancel()
          open.clear()
          finishing.clear()
        },
      }
    },
  }
}

const wishFor = (calls: Parameters<TalkListener['begin']>[0]['calls'], id: CallId) => {
  const call = calls.get(id)
  return call && wishOf(call)
}
