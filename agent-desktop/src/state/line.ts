import type { LinesView } from './protocol.ts'

export interface LineCell {
  readonly index: number
  readonly kind: 'talking' | 'waiting' | 'flow' | 'free'
  readonly line?: LinesView['lines'][number]
}

/** What a call's state means for its line. */
export function lineKind(state: string): 'talking' | 'waiting' | 'flow' {
  if (['talking', 'on-hold', 'connected', 'dialling', 'transferring', 'parting'].includes(state))
    return 'talking'
  return ['waiting', 'queued'].includes(state) ? 'waiting' : 'flow'
}

const ORDER = ['talking', 'waiting', 'flow']

/** One cell a line, the used ones first, alike beside alike, so that the bar reads as a bar. */
export function lineCells(view: LinesView): readonly LineCell[] {
  const used = view.lines
    .map(line => ({ kind: lineKind(line.state), line }))
    .toSorted(
      (a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.line.since - b.line.since,
    )
  return Array.from({ length: Math.max(view.limit, used.length) }, (_unused, index) => {
    const found = used[index]
    return found ? { index, ...found } : { index, kind: 'free' as const }
  })
}
