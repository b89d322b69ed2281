// What a change must pass before it is committed: format, types and every test that needs no whole system.
import { fileURLToPath } from 'node:url'
import { CannotSetUp, setUp } from './runner/set-up.mjs'
import { runSuite, needsQuiet, testFiles } from './runner/suite.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const say = line => void process.stdout.write(`${line}\n`)

try {
  setUp(root, say)
  const files = testFiles(root).filter(file => !needsQuiet(file))
  process.exitCode = await runSuite({ root, files, withChecks: true, say })
} catch (error) {
  if (!(error instanceof CannotSetUp)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
