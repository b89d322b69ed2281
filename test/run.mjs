// All tests, or those whose path contains one of the words given: `node test/run.mjs [part-of-path…]`.
import { fileURLToPath } from 'node:url'
import { CannotSetUp, setUp } from './runner/set-up.mjs'
import { runSuite, testFiles } from './runner/suite.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const words = process.argv.slice(2)
const say = line => void process.stdout.write(`${line}\n`)

try {
  setUp(root, say)
  const files = testFiles(root).filter(
    file => words.length === 0 || words.some(word => file.includes(word)),
  )
  process.exitCode = await runSuite({ root, files, withChecks: words.length === 0, say })
} catch (error) {
  if (!(error instanceof CannotSetUp)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
