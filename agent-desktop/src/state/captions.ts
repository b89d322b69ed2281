// Captions of one call for somebody who reads along: pure, folded from the server's events.
import type { CaptionEvent, CaptionSentence, TranscriptState } from './protocol.ts'

export interface Captions {
  /** `invalid`: the link is none, or no longer one. */
  readonly phase: 'connecting' | 'open' | 'lost' | 'ended' | 'invalid'
  /** `talk`: what is said is written down; `silence`: nobody talks at the moment; `unwritten`: nobody writes it down. */
  readonly standing: 'talk' | 'silence' | 'unwritten'
  /** In the order they were said. */
  readonly sentences: readonly CaptionSentence[]
  readonly partials: Readonly<Partial<Record<CaptionSentence['side'], string>>>
}
export type CaptionStep =
  | { readonly type: 'heard'; readonly event: CaptionEvent }
  | { readonly type: 'lost' }
  | { readonly type: 'refused' }

export const createCaptions = (): Captions => ({
  phase: 'connecting',
  standing: 'talk',
  sentences: [],
  partials: {},
})

/** What was read stays on the page, whatever happens to the connection; after the end nothing changes. */
export function foldCaptions(captions: Captions, step: CaptionStep): Captions {
  if (captions.phase === 'ended') return captions
  switch (step.type) {
    case 'lost':
      return captions.phase === 'open' ? { ...captions, phase: 'lost', partials: {} } : captions
    case 'refused':
      // A link that worked has ended with its call.
      return {
        ...captions,
        phase: captions.phase === 'connecting' ? 'invalid' : 'ended',
        partials: {},
      }
    case 'heard':
      return onEvent(captions, step.event)
  }
}

function onEvent(captions: Captions, event: CaptionEvent): Captions {
  switch (event.type) {
    case 'snapshot':
      return {
        phase: 'open',
        standing: standingOf(event.state),
        sentences: event.sentences.toSorted(inTime),
        partials: event.partials,
      }
    case 'sentence': {
      const { type: _type, ...sentence } = event
      const others = captions.sentences.filter(one => one.seq !== sentence.seq)
      return {
        ...captions,
        sentences: [...others, sentence].sort(inTime),
        partials: without(captions.partials, sentence.side),
      }
    }
    case 'partial':
      return {
        ...captions,
        partials:
          event.text === ''
            ? without(captions.partials, event.side)
            : { ...captions.partials, [event.side]: event.text },
      }
    case 'state':
      return { ...captions, standing: standingOf(event.state) }
    case 'ended':
      return { ...captions, phase: 'ended', partials: {} }
  }
}

const inTime = (a: CaptionSentence, b: CaptionSentence): number => a.at - b.at || a.seq - b.seq
const standingOf = (state: TranscriptState['state']): Captions['standing'] =>
  state === 'on' ? 'talk' : state === 'off' ? 'silence' : 'unwritten'
function without(
  partials: Captions['partials'],
  side: CaptionSentence['side'],
): Captions['partials'] {
  const { [side]: _gone, ...rest } = partials
  return rest
}

/** Sizes of the text in px; a reader at arm's length needs the third, one at the far side of a table the last. */
export const TEXT_SIZES = [20, 26, 34, 44, 56, 72] as const
export const stepSize = (size: number, by: 1 | -1): number => {
  const at = TEXT_SIZES.findIndex(one => one >= size)
  const next = Math.min(
    TEXT_SIZES.length - 1,
    Math.max(0, (at < 0 ? TEXT_SIZES.length - 1 : at) + by),
  )
  return TEXT_SIZES[next] ?? size
}
