// A transcript as it is pushed to those who see numbers masked. A number that is said in pieces is found over several sentences, and
// those that were sent before it was whole are sent again. Pure.
import { maskDeep } from '../auth/mask.ts'
import { isSpeech, maskSpeech, type Speech } from '../auth/mask-speech.ts'
import type { ToDesktop } from './protocol.ts'

type Values = Readonly<Record<string, unknown>>
type Entry = readonly [key: string, sentence: Speech]

const seqOf = (key: string): number => Number(/^sentence\/(\d+)$/.exec(key)?.[1])

const sentencesIn = (values: Values): Entry[] =>
  Object.entries(values).flatMap(([key, value]): Entry[] =>
    Number.isFinite(seqOf(key)) && isSpeech(value) ? [[key, value]] : [],
  )

/** @param known everything that the channel holds now */
export function maskTranscript(message: ToDesktop, known: ReadonlyMap<string, unknown>): ToDesktop {
  if (message.type === 'snapshot') return { ...message, values: seen(message.values, known) }
  if (message.type === 'change') return { ...message, set: seen(message.set, known) }
  return maskDeep(message)
}

function seen(values: Values, known: ReadonlyMap<string, unknown>): Values {
  const all = sentencesIn({ ...Object.fromEntries(known), ...values }).sort(
    ([a], [b]) => seqOf(a) - seqOf(b),
  )
  const masked = maskSpeech(all.map(([, sentence]) => sentence))
  const shown = all.flatMap(([key, { text }], at): Entry[] => {
    const sentence = masked[at]
    return sentence && (key in values || sentence.text !== text) ? [[key, sentence]] : []
  })
  return { ...maskDeep(values), ...Object.fromEntries(shown) }
}
