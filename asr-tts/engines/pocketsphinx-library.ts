// libpocketsphinx (Debian libpocketsphinx3, 0.8+5prealpha) called in this process. Calls block: threads of their own make them.
import koffi from 'koffi'
import type { PocketsphinxModel } from './pocketsphinx-model.ts'

export interface SpokenWord {
  readonly text: string
  /** Of 10 ms, since the first sample; the last one is inclusive. */
  readonly firstFrame: number
  readonly lastFrame: number
}

export interface Decoding {
  readonly words: readonly SpokenWord[]
  /** Logarithmic, of the whole sound. */
  readonly score: number
  readonly frames: number
}

export interface Decoder {
  /** False when the grammar can't be compiled. */
  setGrammar(name: string, jsgf: string): boolean
  dropGrammar(name: string): void
  /** Undefined when no way through the grammar fits the sound. */
  decode(grammar: string, samples: Int16Array): Decoding | undefined
  free(): void
}

/** The library is not there, or it does not take the model. A broken model can also end the process: try it in one of its own first. */
export class LibraryFault extends Error {}

export const FRAME_MS = 10
/**
 * Wide beams, because what is pruned is lost. No removal of silence: it looks back at the sound before, so that the same sentence scores
 * differently the second time; a voice detector has cut the silence already.
 */
const SETTINGS = {
  '-samprate': '8000',
  '-cmninit': '54,-1,2',
  '-beam': '1e-80',
  '-pbeam': '1e-80',
  '-wbeam': '1e-60',
  '-remove_silence': 'no',
}

function load(name: string) {
  try {
    return koffi.load(name)
  } catch (cause) {
    throw new LibraryFault(`${name} cannot be loaded; type: apt-get install libpocketsphinx3`, {
      cause,
    })
  }
}

/** @param isQuiet the library's own log is dropped @throws {LibraryFault} */
export function openDecoder(model: PocketsphinxModel, isQuiet = true): Decoder {
  const base = load('libsphinxbase.so.3')
  const library = load('libpocketsphinx.so.3')
  const setLog = base.func('void err_set_logfp(void *file)')
  const parse = base.func('void *cmd_ln_parse_r(void *, void *, int, char **, int)')
  const freeConfig = base.func('int cmd_ln_free_r(void *)')
  const args = library.func('void *ps_args()')
  const init = library.func('void *ps_init(void *)')
  const free = library.func('int ps_free(void *)')
  const setJsgf = library.func('int ps_set_jsgf_string(void *, const char *, const char *)')
  const setSearch = library.func('int ps_set_search(void *, const char *)')
  const unsetSearch = library.func('int ps_unset_search(void *, const char *)')
  const startStream = library.func('int ps_start_stream(void *)')
  const start = library.func('int ps_start_utt(void *)')
  const process = library.func('int ps_process_raw(void *, const int16_t *, size_t, int, int)')
  const end = library.func('int ps_end_utt(void *)')
  const hypothesis = library.func('const char *ps_get_hyp(void *, _Out_ int32_t *)')
  const frameCount = library.func('int ps_get_n_frames(void *)')
  const firstWord = library.func('void *ps_seg_iter(void *)')
  const nextWord = library.func('void *ps_seg_next(void *)')
  const wordText = library.func('const char *ps_seg_word(void *)')
  const wordFrames = library.func('void ps_seg_frames(void *, _Out_ int *, _Out_ int *)')

  if (isQuiet) setLog(null)
  const words = [
    'hotline',
    ...Object.entries({
      '-hmm': model.acoustic,
      '-dict': model.dictionary,
      ...SETTINGS,
    }).flat(),
  ]
  const config: unknown = parse(null, args(), words.length, words, 1)
  if (!config) throw new LibraryFault('libpocketsphinx does not take its settings')
  const decoder: unknown = init(config)
  // The decoder keeps it for itself.
  freeConfig(config)
  if (!decoder) throw new LibraryFault(`libpocketsphinx does not take the model ${model.acoustic}`)

  function wordsHeard(): SpokenWord[] {
    const heard: SpokenWord[] = []
    for (let at: unknown = firstWord(decoder); at; at = nextWord(at)) {
      const [first, last] = [[0], [0]]
      wordFrames(at, first, last)
      const text = String(wordText(at)).replace(/\(\d+\)$/, '')
      // Silence, noise and what only joins words.
      if (/^[<(+]/.test(text)) continue
      heard.push({ text, firstFrame: first[0] ?? 0, lastFrame: last[0] ?? 0 })
    }
    return heard
  }

  return {
    setGrammar: (name, jsgf) => setJsgf(decoder, name, jsgf) === 0,
    dropGrammar: name => void unsetSearch(decoder, name),
    decode(grammar, samples) {
      setSearch(decoder, grammar)
      // Forgets the noise of the sound before.
      startStream(decoder)
      start(decoder)
      // The whole sentence at once: its mean is taken over all of it.
      process(decoder, samples, samples.length, 0, 1)
      end(decoder)
      const score = [0]
      const text: unknown = hypothesis(decoder, score)
      if (typeof text !== 'string' || text === '') return undefined
      return { words: wordsHeard(), score: score[0] ?? 0, frames: Number(frameCount(decoder)) }
    },
    free: () => void free(decoder),
  }
}
