// Tries a model in a process of its own: the library ends its process over a file that is damaged. What it says about that goes to stderr.
import { register } from 'tsx/esm/api'

register()
const { openDecoder } = await import('./pocketsphinx-library.ts')
const [acoustic, dictionary] = process.argv.slice(2)
try {
  const decoder = openDecoder({ acoustic, dictionary }, false)
  if (!decoder.setGrammar('check', '#JSGF V1.0;\ngrammar check;\npublic <said> = 是 | 不 是;\n'))
    throw new Error('the dictionary has neither 是 nor 不')
  decoder.decode(
    'check',
    Int16Array.from({ length: 8000 }, (_, i) => 1000 * Math.sin(i / 4)),
  )
  decoder.free()
} catch (error) {
  process.stderr.write(`ERROR: ${error.message}\n`)
  process.exitCode = 1
}
