// Channel `transcript:<call>`: what desktops and captions see of a call's words while it is on the floor.
import type { CallId } from '../../telephony/call/id.ts'
import type { TalkListener, TalkListening } from '../control/transcript.ts'
import type { Publisher } from '../control/port.ts'
import type { SentenceView, TranscriptState } from '../desktop/protocol.ts'
import type { Fact, Side } from '../ledger/fact.ts'
import { createPartials } from './partials.ts'
import { talkersOf } from './wish.ts'

export const transcriptChannel = (callId: string) => `transcript:${callId}`

export interface TranscriptsDeps {
  readonly publisher: Publisher & { forget(channel: string): void }
  /** The call's facts so far, from the ledger; they may be a moment old. */
  readonly factsOf: (callId: string) => Promise<readonly Fact[]>
  readonly onFault: (error: unknown) => void
  readonly now: () => number
}
export interface Transcripts {
  onFact(fact: Fact): void
  onPartial(callId: CallId, side: Side, text: string): void
  /** The same listener, with each call's channel kept as long as the call. */
  around(listener: TalkListener): TalkListener
}

/** Facts of the last moment before a take-over are in the database by then. */
const READ_AGAIN_MS = 3000

export function createTranscripts(deps: TranscriptsDeps): Transcripts {
  const { publisher, factsOf, onFault, now } = deps
  const partials = createPartials({
    now,
    publish: (callId, side, text, at) =>
      text === ''
        ? publisher.publish(transcriptChannel(callId), {}, [`partial/${side}`])
        : publisher.publish(transcriptChannel(callId), { [`partial/${side}`]: { text, at } }),
  })
  /** Calls with a channel, and who talks or has talked in them. */
  const talkers = new Map<CallId, readonly string[]>()
  /** The customer has hung up, and the last words have been told. */
  const ended = new Set<CallId>()

  const show = (callId: string, values: Readonly<Record<string, unknown>>) =>
    publisher.publish(transcriptChannel(callId), values)
  const noteTalkers = (callId: CallId, more: readonly string[]) => {
    const known = talkers.get(callId) ?? []
    const all = [...new Set([...known, ...more])]
    if (all.length === known.length && talkers.has(callId)) return
    talkers.set(callId, all)
    show(callId, { agents: all })
  }
  const onFact = (fact: Fact) => {
    if (fact.type === 'transcription-changed') {
      const state: TranscriptState = fact.data
      return show(fact.subject, { state })
    }
    if (fact.type !== 'sentence-heard') return
    const { side, text, saidAt: at, startMs, endMs, words } = fact.data
    const view: SentenceView = { side, text, at, startMs, endMs, ...(words && { words }) }
    show(fact.subject, { [`sentence/${fact.seq}`]: view })
  }
  const readBack = async (callId: CallId) => {
    for (const fact of await factsOf(callId)) {
      if (!talkers.has(callId)) return
      // How it stands is known from the floor; facts may be older.
      if (fact.type === 'sentence-heard') onFact(fact)
      if (fact.type === 'talk-began') noteTalkers(callId, [fact.data.agent])
    }
  }

  return {
    onFact,
    onPartial: partials.say,
    around: listener => ({
      begin(floor) {
        const { calls } = floor
        const look = (callId: CallId) => {
          const call = calls.get(callId)
          if (!call) {
            if (!talkers.delete(callId)) return
            ended.delete(callId)
            partials.forget(callId)
            return publisher.forget(transcriptChannel(callId))
          }
          if (call.transcript) noteTalkers(callId, talkersOf(call))
          if (call.stage.state !== 'ended' || call.transcript?.state !== 'off') return
          if (!ended.has(callId)) show(callId, { ended: true })
          ended.add(callId)
        }
        const kept = [...calls.values()].filter(({ transcript }) => transcript)
        for (const { id, transcript } of kept) {
          look(id)
          show(id, { state: transcript })
        }
        const read = () =>
          Promise.all(kept.map(({ id }) => (talkers.has(id) ? readBack(id) : undefined))).then(
            () => undefined,
            onFault,
          )
        void read()
        const timer = setTimeout(() => void read(), READ_AGAIN_MS).unref()
        const listening: TalkListening = listener.begin(floor)
        return {
          changed(ids) {
            const list = [...ids]
            listening.changed(list)
            for (const id of list) look(id)
          },
          end() {
            clearTimeout(timer)
            talkers.clear()
            ended.clear()
            partials.clear()
            listening.end()
          },
        }
      },
    }),
  }
}
