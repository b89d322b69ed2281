// Who was called first, and who sent the call on to us: Diversion (RFC 5806), History-Info (RFC 7044).
import { toAddresses, type Address } from './header.ts'
import { toNumber } from './number.ts'

export interface DiversionHeaders {
  /** The newest diversion first, the original called number last. */
  readonly diversion?: string
  /** The original target first, we last. */
  readonly historyInfo?: string
}

export interface Diversion {
  /** The number the caller dialled. */
  readonly from: string
  /** The number that sent the call to us; the same where there was one diversion. */
  readonly by: string
}

/** Undefined for a call that was meant for us from the beginning. `isOurs` knows the number that was reached. */
export function toDiversion(
  headers: DiversionHeaders,
  isOurs: (uri: string) => boolean,
): Diversion | undefined {
  const steps = stepsOf(headers).filter(uri => !isOurs(uri))
  const numbers = steps.map(toNumber).filter(number => number !== '')
  const from = numbers[0]
  const by = numbers.at(-1)
  return from === undefined || by === undefined ? undefined : { from, by }
}

/** Targets in the order in which the call met them. */
function stepsOf({ diversion = '', historyInfo = '' }: DiversionHeaders): string[] {
  const history = toAddresses(historyInfo)
  // One entry is the call's own target: nothing was diverted (RFC 7044 §10.3).
  if (history.length > 1) return history.sort(byIndex).map(entry => entry.uri)
  return toAddresses(diversion)
    .map(({ uri }) => uri)
    .reverse()
}

/** `1`, `1.1`, `1.1.2`; proxies need not keep the order of the lines. */
function byIndex(a: Address, b: Address): number {
  const [left, right] = [a, b].map(({ params }) =>
    (params.get('index') ?? '').split('.').map(part => Number.parseInt(part, 10) || 0),
  )
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at++) {
    const difference = (left?.[at] ?? -1) - (right?.[at] ?? -1)
    if (difference !== 0) return difference
  }
  return 0
}
