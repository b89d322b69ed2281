// Words of the site (词库), in the settings of the database: how they are said, and which of them recognisers should expect.
import { problemOf } from '../../asr-tts/index.ts'
import { type SpeechWord, speechWordSchema } from '../api/speech-schema.ts'
import type { SettingStore } from '../store/repository.ts'

const KEY = 'speech/words'
export interface WordProblem {
  /** Such as `/items/3/reading`. */
  readonly field: string
  readonly problem: string
}

/** An entry that is not of the form any more is left out. */
export async function readWords(settings: SettingStore): Promise<SpeechWord[]> {
  const kept = await settings.get(KEY)
  return (Array.isArray(kept) ? kept : []).flatMap(entry => {
    const word = speechWordSchema.safeParse(entry)
    return word.success ? [word.data] : []
  })
}

export const writeWords = (settings: SettingStore, words: readonly SpeechWord[]): Promise<void> =>
  settings.set(KEY, words)

/** Problems that the form of an entry can't show; empty when the list may be saved. Pure. */
export function problemsOf(words: readonly SpeechWord[]): WordProblem[] {
  const ids = new Set<string>()
  const places = new Set<string>()
  return words.flatMap((entry, index) => {
    const at = (field: string, problem: string) => [{ field: `/items/${index}/${field}`, problem }]
    const place = `${entry.area ?? ''}/${entry.word}`
    if (ids.has(entry.id)) return at('id', 'another entry has this id')
    if (places.has(place)) return at('word', 'this word is in the list already')
    ids.add(entry.id)
    places.add(place)
    if (entry.reading === undefined && entry.say === undefined && entry.weight === undefined)
      return at('word', 'it needs a reading, another text or a weight')
    const problem = problemOf(entry)
    return problem === undefined
      ? []
      : at(entry.reading === undefined ? 'word' : 'reading', problem)
  })
}

export { hotwordsOf } from '../../asr-tts/index.ts'
