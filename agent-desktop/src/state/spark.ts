export interface Spark {
  readonly paths: readonly string[]
  /** Values alone between gaps, and the last one. */
  readonly dots: readonly { readonly x: number; readonly y: number }[]
}

/** Line pieces through values of 0–1; null breaks the line. */
export function sparkPaths(
  values: readonly (number | null)[],
  width: number,
  height: number,
): Spark {
  const pad = 3
  const step = values.length > 1 ? (width - 2 * pad) / (values.length - 1) : 0
  const round = (value: number) => Math.round(value * 10) / 10
  const at = (value: number, index: number) => ({
    x: round(pad + index * step),
    y: round(pad + (1 - Math.min(1, Math.max(0, value))) * (height - 2 * pad)),
  })
  const runs: { x: number; y: number }[][] = []
  let isOpen = false
  values.forEach((value, index) => {
    if (value === null) isOpen = false
    else {
      if (!isOpen) runs.push([])
      runs.at(-1)?.push(at(value, index))
      isOpen = true
    }
  })
  const last = runs.at(-1)?.at(-1)
  const alone = runs.filter(run => run.length === 1).flat()
  return {
    paths: runs
      .filter(run => run.length > 1)
      .map(run => run.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')),
    dots: last && !alone.includes(last) ? [...alone, last] : alone,
  }
}
