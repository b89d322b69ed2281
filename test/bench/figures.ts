/** Percentiles of samples, rounded to a thousandth. */
export function percentiles(samples: readonly number[]): {
  p50: number
  p95: number
  p99: number
  max: number
  mean: number
} {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number) =>
    +(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0).toFixed(3)
  const mean = sorted.reduce((sum, value) => sum + value, 0) / Math.max(1, sorted.length)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), mean: +mean.toFixed(3) }
}

/** Rows of one shape as a table for people. */
export function table(rows: readonly Record<string, unknown>[]): string {
  const names = Object.keys(rows[0] ?? {})
  const widths = names.map(name =>
    Math.max(name.length, ...rows.map(row => String(row[name] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => cell.padStart(widths[index] ?? 0)).join('  ')
  return [
    line(names),
    line(widths.map(width => '-'.repeat(width))),
    ...rows.map(row => line(names.map(name => String(row[name] ?? '')))),
  ].join('\n')
}
