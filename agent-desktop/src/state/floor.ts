// The floor channel's flat map, taken apart for the page.
import type {
  AgentState,
  AgentView,
  AlarmView,
  LinesView,
  QueueView,
  SpeechView,
  TodayView,
  TrunkView,
} from './protocol.ts'

export interface Floor {
  readonly agents: readonly AgentView[]
  readonly queues: readonly QueueView[]
  readonly lines: LinesView | null
  readonly today: TodayView | null
  readonly alarms: readonly AlarmView[]
  readonly trunks: readonly TrunkView[]
  /** Absent where no engine is configured. */
  readonly speech: SpeechView | null
}

/** Keys are `agent/1001`, `queue/consult`, `trunk/main`, `lines`, `today`, `speech`, `alarm/disk`; the server's types are trusted. */
export function toFloor(values: Readonly<Record<string, unknown>>): Floor {
  const under = <T>(prefix: string): T[] =>
    Object.keys(values)
      .filter(key => key.startsWith(prefix))
      .map(key => values[key] as T)
  return {
    // Who belongs to no group and is not here has no seat: a supervisor's account, say.
    agents: under<AgentView>('agent/').filter(
      agent => agent.queues.length > 0 || agent.state !== 'signed-out',
    ),
    queues: under<QueueView>('queue/').sort(
      (a, b) => b.waiting - a.waiting || a.name.localeCompare(b.name, 'zh'),
    ),
    lines: (values['lines'] as LinesView | undefined) ?? null,
    today: (values['today'] as TodayView | undefined) ?? null,
    alarms: under<AlarmView>('alarm/').sort(
      (a, b) =>
        Number(b.level === 'critical') - Number(a.level === 'critical') || a.since - b.since,
    ),
    trunks: under<TrunkView>('trunk/'),
    speech: (values['speech'] as SpeechView | undefined) ?? null,
  }
}

export const AGENT_STATES: readonly AgentState[] = [
  'idle',
  'reserved',
  'ringing',
  'talking',
  'on-hold',
  'wrap-up',
  'busy',
  'signed-out',
]

/** Agents of a state, a group or a piece of name or number. */
export function filterAgents(
  agents: readonly AgentView[],
  filter: { readonly state?: AgentState | ''; readonly queue?: string; readonly text?: string },
): AgentView[] {
  const text = filter.text?.trim() ?? ''
  return agents.filter(
    agent =>
      (!filter.state || agent.state === filter.state) &&
      (!filter.queue || agent.queues.includes(filter.queue)) &&
      (text === '' || agent.id.startsWith(text) || agent.name.includes(text)),
  )
}
