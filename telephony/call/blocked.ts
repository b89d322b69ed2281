/** A caller who was welcome found no line: ours, or the trunk's. */
export const isForWantOfLines = (reason: string): boolean =>
  reason === 'all-lines-busy' || reason === 'trunk-busy'
