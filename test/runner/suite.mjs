// Which test files there are, and running them: two side by side, those that need a quiet machine one by one at the end;
// a few that failed once more.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './program.mjs'
import { failuresIn, readTap } from './tap.mjs'

const SIDE_BY_SIDE = 2
const LIMIT_MS = 240_000
const QUIET_LIMIT_MS = 420_000
const CHECK_LIMIT_MS = 240_000
const SLOWEST = 10
/** More failures than these are no accident. */
const MOST_AGAIN = 3

/** Whole calls, measured in time: nothing else runs beside them. */
const QUIET = ['test/scenarios/', 'test/contract/', 'test/chaos/']
export const needsQuiet = file => QUIET.some(folder => file.startsWith(folder))

/** Checks that are no test files: name → program. Each counts as one test. */
const CHECKS = {
  'format (prettier)': ['node_modules/prettier/bin/prettier.cjs', '--check', '.'],
  'types (tsc)': ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'],
  'types of the desktop (vue-tsc)': [
    'node_modules/vue-tsc/bin/vue-tsc.js',
    '--noEmit',
    '-p',
    'agent-desktop/tsconfig.json',
  ],
}

/** Paths from the root of the repository, sorted. */
export function testFiles(root) {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts'))
    .map(name => join('test', name))
    .sort()
}

/** @returns the exit code */
export async function runSuite({ root, files, withChecks, say }) {
  const results = []
  const jobs = [
    ...(withChecks
      ? Object.entries(CHECKS).map(
          ([name, args]) =>
            () =>
              runCheck(root, name, args),
        )
      : []),
    ...files.filter(file => !needsQuiet(file)).map(file => () => runFile(root, file, LIMIT_MS)),
  ]
  const quietJobs = files.filter(needsQuiet).map(file => () => runFile(root, file, QUIET_LIMIT_MS))
  await drain(jobs, SIDE_BY_SIDE, done)
  await drain(quietJobs, 1, done)
  // What is measured in time fails where the machine is taken away for a second: once more by itself, and it is said.
  const failedOnce = results.filter(({ failed, isCheck }) => failed > 0 && !isCheck)
  for (const first of failedOnce.slice(0, MOST_AGAIN)) {
    say(`AGAIN   ${first.name}`)
    results.splice(results.indexOf(first), 1)
    done({ ...(await runFile(root, first.name, QUIET_LIMIT_MS)), first })
  }

  function done(result) {
    results.push(result)
    report(result, say)
  }
  return summarise(results, say)
}

async function drain(jobs, width, done) {
  const waiting = [...jobs]
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) done(await job())
  }
  await Promise.all(Array.from({ length: width }, worker))
}

async function runFile(root, file, limitMs) {
  const ran = await runProgram(['--import', 'tsx', file], { cwd: root, limitMs })
  return { name: file, tookMs: ran.tookMs, output: ran.output, ...readTap(ran) }
}

async function runCheck(root, name, args) {
  const ran = await runProgram(args, { cwd: root, limitMs: CHECK_LIMIT_MS })
  const isGood = ran.code === 0 && !ran.isLate
  return {
    name,
    isCheck: true,
    tookMs: ran.tookMs,
    output: ran.output,
    passed: isGood ? 1 : 0,
    failed: isGood ? 0 : 1,
    problems: ran.isLate ? ['took too long and was ended'] : [],
  }
}

const seconds = ms => `${(ms / 1000).toFixed(1)} s`

function report({ name, tookMs, passed, failed, problems, output }, say) {
  if (failed === 0) return say(`ok      ${name} (${passed} in ${seconds(tookMs)})`)
  say(`\nFAILED  ${name} (${passed} passed, ${failed} failed in ${seconds(tookMs)})`)
  say(output.trimEnd())
  for (const problem of problems) say(`FAILED  ${name}: ${problem}`)
  say('')
}

function summarise(results, say) {
  const sum = of => results.reduce((total, result) => total + result[of], 0)
  const [passed, failed] = [sum('passed'), sum('failed')]
  say('\nSlowest files:')
  for (const { name, tookMs } of results.toSorted((a, b) => b.tookMs - a.tookMs).slice(0, SLOWEST))
    say(`  ${seconds(tookMs).padStart(8)}  ${name}`)
  const tell = heading => result => {
    say(`\n${heading}: ${result.name} (${result.failed})`)
    for (const text of [...result.problems, ...failuresIn(result.output)]) say(text)
  }
  results.flatMap(({ first }) => first ?? []).forEach(tell('Failed in its first run'))
  results.filter(({ failed: count }) => count > 0).forEach(tell('Failed'))
  say(`\n${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}
