// Instants inside values, for clocks that are set while calls live.

/** 2001-09-09 in epoch ms: no length of time and no count of ours is as large, and no instant as small. */
const LEAST_INSTANT = 1_000_000_000_000

/** The value with every instant in it moved; lengths of time stay what they are. */
export function shiftInstants<T>(value: T, byMs: number): T
export function shiftInstants(value: unknown, byMs: number): unknown {
  return shift(value, byMs)
}

const shift = (value: unknown, byMs: number): unknown => {
  if (typeof value === 'number') return value >= LEAST_INSTANT ? value + byMs : value
  if (Array.isArray(value)) return value.map(one => shift(one, byMs))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shift(one, byMs)]))
}
