// A trunk as the page draws it: what is set and what is now, put together. Pure.
import type { ShownTrunk, TrunkView } from './protocol.ts'

export interface TrunkLine {
  readonly trunk: ShownTrunk
  readonly live: TrunkView | null
}
export type TrunkTone = 'well' | 'warn' | 'bad' | 'off'

/** Beyond this many lines one cell stands for several. */
const MOST_CELLS = 40

/** What is set outweighs the live view in nothing but names: a trunk just set has no view yet. */
export function trunkLines(
  trunks: readonly ShownTrunk[],
  views: readonly TrunkView[],
): readonly TrunkLine[] {
  return trunks
    .map(trunk => ({ trunk, live: views.find(({ id }) => id === trunk.id) ?? null }))
    .toSorted((a, b) => a.trunk.priority - b.trunk.priority || (a.trunk.id < b.trunk.id ? -1 : 1))
}

const TONES: Readonly<Record<TrunkView['state'], TrunkTone>> = {
  up: 'well',
  suspect: 'warn',
  partly: 'warn',
  down: 'bad',
  unknown: 'off',
  off: 'off',
}
export const stateOf = ({ trunk, live }: TrunkLine): TrunkView['state'] =>
  trunk.enabled ? (live?.state ?? 'unknown') : 'off'
export const toneOf = (line: TrunkLine): TrunkTone => TONES[stateOf(line)]

/** The trunks that calls take first are the main ones. */
export const isMain = ({ trunk }: TrunkLine, all: readonly TrunkLine[]): boolean =>
  trunk.priority === Math.min(...all.map(one => one.trunk.priority))

/** Cells of the bar: how many there are, how many are filled, and how many lines one stands for. */
export function lineBar(
  used: number,
  limit: number,
): { readonly cells: number; readonly filled: number; readonly linesEach: number } {
  const linesEach = Math.max(1, Math.ceil(limit / MOST_CELLS))
  const cells = Math.max(1, Math.ceil(limit / linesEach))
  return { cells, filled: Math.min(cells, Math.ceil(used / linesEach)), linesEach }
}

/** Most frequent first. */
export const blockedParts = (
  blocked: Readonly<Record<string, number>>,
): readonly { readonly reason: string; readonly count: number }[] =>
  Object.entries(blocked)
    .map(([reason, count]) => ({ reason, count }))
    .toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))

export const blockedCount = (views: readonly TrunkView[]): number =>
  views.reduce((sum, { today }) => sum + Object.values(today.blocked).reduce((a, b) => a + b, 0), 0)

/** Reasons the page has words for. */
export const BLOCK_REASONS: readonly string[] = [
  'all-lines-busy',
  'trunk-busy',
  'flood',
  'blacklist',
  'unknown-number',
]

/** We had no line for them. */
export const LOSS_REASONS: readonly string[] = ['all-lines-busy', 'trunk-busy']

/** What the form changes, flat; the rest of the trunk stays. */
export const toForm = ({
  id,
  name,
  priority,
  lineLimit,
  address,
  access,
  enabled,
}: ShownTrunk) => ({
  id,
  name,
  priority,
  lineLimit,
  host: address.host,
  port: address.port,
  transport: address.transport,
  ...(access.type === 'registration' && { registerUser: access.username }),
  enabled,
})
export const NEW_TRUNK = {
  id: '',
  name: '',
  priority: 0,
  lineLimit: 30,
  host: '',
  port: 5060,
  transport: 'udp',
  enabled: true,
}

/** The whole trunk with the form's values; a new one has the server's own defaults. Without a password the server keeps the one it has. */
export function toTrunkBody(
  before: ShownTrunk | undefined,
  form: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { host, port, transport, registerUser, registerPassword, ...rest } = form
  return {
    ...before,
    ...rest,
    address: { host, port, transport },
    access: toAccess(before?.access, registerUser, registerPassword),
  }
}

function toAccess(before: ShownTrunk['access'] | undefined, username: unknown, password: unknown) {
  if (username === undefined) return before?.type === 'ip-trust' ? before : { type: 'ip-trust' }
  const given = { username, ...(password !== undefined && { password }) }
  if (before?.type !== 'registration') return { type: 'registration', ...given }
  const { hasPassword: _, ...known } = before
  return { ...known, ...given }
}
