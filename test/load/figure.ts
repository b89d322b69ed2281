// Figures of a load run. Pure.

export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  return found === undefined ? null : Math.round(found)
}

/** ITU-T G.107: 93.2 less what delay and loss take; G.113 for G.711 with concealment (Ie 0, Bpl 25.1). */
export function mosOf({ lossShare, jitterMs }: { lossShare: number; jitterMs: number }): number {
  const delayMs = 2 * jitterMs + 20
  const ofDelay = 0.024 * delayMs + (delayMs > 177.3 ? 0.11 * (delayMs - 177.3) : 0)
  const percent = lossShare * 100
  const ofLoss = (95 * percent) / (percent + 25.1)
  const r = Math.min(100, Math.max(0, 93.2 - ofDelay - ofLoss))
  return +(1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6).toFixed(2)
}

/** One figure of a text in Prometheus' form; the sum over its labels. */
export function figureOf(text: string, name: string): number {
  return text
    .split('\n')
    .filter(line => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
