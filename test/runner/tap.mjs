// Reads what a test file wrote in TAP. Pure.

/** Counts the tests of the top level; anything left out, unfinished or not run is a failure. */
export function readTap({ output, code, isLate, left }) {
  const lines = output.split('\n')
  const passed = lines.filter(line => /^ok \d+/.test(line)).length
  const failed = lines.filter(line => /^not ok \d+/.test(line)).length
  const problems = []
  if (isLate) problems.push('took too long and was ended')
  else if (code === null) problems.push('was ended by a signal')
  else if (code !== 0 && failed === 0) problems.push(`ended with exit code ${code}`)
  const [, planned] = /^1\.\.(\d+)/m.exec(output) ?? []
  if (planned === undefined || Number(planned) === 0) problems.push('ran no test to its end')
  else if (Number(planned) !== passed + failed)
    problems.push(`ran ${passed + failed} of ${planned} tests`)
  if (/^bail out!/im.test(output)) problems.push('bailed out')
  for (const line of lines) {
    if (/^\s*(not )?ok\b.*# (skip|todo)\b/i.test(line)) problems.push(`left out: ${line.trim()}`)
    if (/^\s*1\.\.0 # skip/i.test(line)) problems.push(`left out: ${line.trim()}`)
  }
  for (const one of left) problems.push(`left a process behind: ${one}`)
  return { passed, failed: failed + problems.length, problems }
}

const MOST = 5
const LINES = 25

/** The first few failed assertions with what is said about each; not the tests that failed because of them. */
export function failuresIn(output) {
  const lines = output.split('\n')
  const isFailed = line => /^\s*not ok \d+/.test(line)
  return lines
    .flatMap((line, at) => (isFailed(line) && /^\s+---/.test(lines[at + 1] ?? '') ? [at] : []))
    .slice(0, MOST)
    .map(at => {
      const end = lines.findIndex((line, index) => index > at && /^\s*\.\.\.$/.test(line))
      return lines.slice(at, Math.min(end === -1 ? Infinity : end, at + LINES)).join('\n')
    })
}
