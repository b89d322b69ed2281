// A thread that decodes sentences, one at a time, beneath everything else that runs here.
import { readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import koffi from 'koffi'
import { type Grammar, toDictionary, toFiller, toGrammar } from './pocketsphinx-grammar.ts'
import { type Decoder, FRAME_MS, openDecoder } from './pocketsphinx-library.ts'
import type {
  FromThread,
  GrammarOf,
  ThreadAnswer,
  ThreadOptions,
  ThreadTask,
  ToThread,
} from './pocketsphinx-protocol.ts'

/** Compiled grammars that are kept; 250 phrases compile in less than 10 ms. */
const MAX_GRAMMARS = 20
const FILLER = 'filler'

const tell = (message: FromThread) => parentPort?.postMessage(message)

function run({ acoustic, dictionary: path, niceness }: ThreadOptions): void {
  const threadId = Number(koffi.load('libc.so.6').func('int gettid()')())
  // Linux counts this per thread, and the threads that it starts take it over.
  setPriority(threadId, niceness)
  const dictionary = toDictionary(readFileSync(path, 'utf8'))
  const decoder = openDecoder({ acoustic, dictionary: path })
  decoder.setGrammar(FILLER, toFiller(dictionary.syllables))
  const grammars = new Map<string, Grammar>()

  parentPort?.on('message', (message: ToThread) => {
    if (message.type === 'task') return tell({ type: 'answer', answer: answerTo(message.task) })
    decoder.free()
    parentPort?.close()
  })
  tell({ type: 'ready', threadId })

  function answerTo(task: ThreadTask): ThreadAnswer {
    const startedAt = performance.now()
    const grammar = grammarOf(task.grammar)
    if ('problem' in grammar) return { type: 'refused', detail: grammar.problem }
    if (task.type === 'compile') return { type: 'compiled' }
    const sentence = understand(decoder, task, grammar)
    const decodingMs = Math.round(performance.now() - startedAt)
    return { type: 'decoded', decodingMs, ...(sentence && { sentence }) }
  }

  function grammarOf({ key, phrases }: GrammarOf): Grammar | { problem: string } {
    const known = grammars.get(key)
    grammars.delete(key)
    const grammar = known ?? toGrammar(phrases, word => dictionary.words.has(word))
    if ('problem' in grammar) return grammar
    if (known === undefined && !decoder.setGrammar(key, grammar.jsgf))
      return { problem: 'the grammar cannot be compiled' }
    // The one used last stands last.
    grammars.set(key, grammar)
    const [oldest] = grammars.keys()
    if (grammars.size > MAX_GRAMMARS && oldest !== undefined) {
      grammars.delete(oldest)
      decoder.dropGrammar(oldest)
    }
    return grammar
  }
}

function understand(
  decoder: Decoder,
  task: Extract<ThreadTask, { type: 'decode' }>,
  grammar: Grammar,
) {
  const said = decoder.decode(task.grammar.key, task.samples)
  if (said === undefined || said.words.length === 0) return undefined
  const words = said.words.map(({ text, firstFrame, lastFrame }) => ({
    text: text.replace('.', ''),
    startMs: firstFrame * FRAME_MS,
    endMs: (lastFrame + 1) * FRAME_MS,
  }))
  const text = words.map(word => word.text).join('')
  const phrase = grammar.phraseOf(text)
  const other = task.isCompared ? decoder.decode(FILLER, task.samples) : undefined
  return {
    text,
    words,
    isWhole: grammar.isWhole(text),
    ...(phrase !== undefined && { phrase }),
    // Sound that is no syllables at all leads by nothing.
    ...(task.isCompared && { lead: other ? said.score - other.score : -Infinity }),
  }
}

try {
  run(workerData)
} catch (error) {
  tell({ type: 'unusable', detail: error instanceof Error ? error.message : String(error) })
}
