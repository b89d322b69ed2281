// A call's facts as lanes of spans on one time axis.
import type { TimelineItem } from './protocol.ts'

export type SpanKind = 'flow' | 'queue' | 'ring' | 'talk' | 'hold' | 'consult' | 'monitor'
export interface Span {
  readonly kind: SpanKind
  /** Offset from the start of the call. */
  readonly fromMs: number
  readonly toMs: number
  readonly label: string
  readonly seq: number
}
export interface Lane {
  readonly id: string
  readonly kind: 'caller' | 'agent' | 'number' | 'supervisor'
  readonly label: string
  readonly spans: readonly Span[]
}
export interface Axis {
  readonly startedAt: number
  readonly durationMs: number
  readonly lanes: readonly Lane[]
}

interface Open {
  readonly lane: string
  readonly span: Omit<Span, 'toMs'>
}

/** Pure: facts in, lanes out. Spans without an end reach to the end of the call, or to `now` while it lives. */
export function toAxis(items: readonly TimelineItem[], now: number): Axis {
  const first = items[0]
  const startedAt = first ? Date.parse(first.at) : now
  const ended = items.find(item => item.type === 'call-ended')
  const lastAt = items.reduce((latest, item) => Math.max(latest, Date.parse(item.at)), startedAt)
  const durationMs = Math.max(1000, (ended ? lastAt : Math.max(now, lastAt)) - startedAt)
  const lanes = new Map<string, { kind: Lane['kind']; label: string; spans: Span[] }>()
  const open = new Map<string, Open>()

  const lane = (id: string, kind: Lane['kind'], label: string) => {
    if (!lanes.has(id)) lanes.set(id, { kind, label, spans: [] })
    return id
  }
  const close = (key: string, toMs: number) => {
    const found = open.get(key)
    if (!found) return
    open.delete(key)
    lanes.get(found.lane)?.spans.push({ ...found.span, toMs: Math.max(toMs, found.span.fromMs) })
  }
  const begin = (key: string, at: string, span: Omit<Span, 'toMs'>) => {
    close(key, span.fromMs)
    open.set(key, { lane: at, span })
  }

  for (const item of items) {
    const ms = Date.parse(item.at) - startedAt
    const text = (name: string) => String(item.data[name] ?? '')
    const span = (kind: SpanKind, label: string) => ({ kind, fromMs: ms, label, seq: item.seq })
    const agent = () => lane(`agent/${text('agent')}`, 'agent', text('agent'))
    switch (item.type) {
      case 'call-began':
        lane('caller', 'caller', text('caller'))
        break
      case 'node-entered':
        // A queue node is shown as the wait itself.
        if (text('kind') === 'queue') close('flow', ms)
        else begin('flow', lane('caller', 'caller', ''), span('flow', text('kind')))
        break
      case 'queue-joined':
        close('flow', ms)
        begin('queue', lane('caller', 'caller', ''), span('queue', text('queue')))
        break
      case 'queue-left':
        close('queue', ms)
        break
      case 'agent-offered':
        begin(`ring/${text('legId')}`, agent(), span('ring', text('agent')))
        break
      case 'offer-failed':
      case 'agent-answered':
        close(`ring/${text('legId')}`, ms)
        break
      case 'number-dialled':
        begin(
          `ring/${text('legId')}`,
          lane(`number/${text('number')}`, 'number', text('number')),
          span('ring', text('number')),
        )
        break
      case 'number-answered':
        close(`ring/${text('legId')}`, ms)
        begin(
          `talk/${text('legId')}`,
          lane(`number/${text('number')}`, 'number', text('number')),
          span('talk', text('number')),
        )
        break
      case 'talk-began':
        close('queue', ms)
        begin(`talk/${text('agent')}`, agent(), span('talk', text('agent')))
        break
      case 'talk-ended':
        close(`hold/${text('agent')}`, ms)
        close(`talk/${text('agent')}`, ms)
        break
      case 'call-held':
        begin(`hold/${text('agent')}`, agent(), span('hold', ''))
        break
      case 'call-retrieved':
        close(`hold/${text('agent')}`, ms)
        break
      case 'consult-began':
        begin(`consult/${text('agent')}`, agent(), span('consult', text('to')))
        break
      case 'consult-ended':
        close(`consult/${text('agent')}`, ms)
        break
      case 'monitor-began':
        begin(
          `monitor/${text('supervisor')}`,
          lane(`supervisor/${text('supervisor')}`, 'supervisor', text('supervisor')),
          span('monitor', text('mode')),
        )
        break
      case 'monitor-ended':
        close(`monitor/${text('supervisor')}`, ms)
        break
      case 'leg-ended':
        close(`talk/${text('legId')}`, ms)
        close(`ring/${text('legId')}`, ms)
        break
      case 'call-ended':
        for (const key of [...open.keys()]) close(key, ms)
        break
      default:
        break
    }
  }
  for (const key of [...open.keys()]) close(key, durationMs)
  return {
    startedAt,
    durationMs,
    lanes: [...lanes].map(([id, found]) => ({ id, ...found })),
  }
}

/** When the recording begins, from the start of the call; null when there is none. */
export function recordingStartMs(items: readonly TimelineItem[]): number | null {
  const [first, started] = [items[0], items.find(item => item.type === 'recording-started')]
  return first && started ? Date.parse(started.at) - Date.parse(first.at) : null
}

/** Round marks for the axis, at most `most` of them. */
export function axisMarks(durationMs: number, most: number): readonly number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].map(second => second * 1000)
  const step = steps.find(candidate => durationMs / candidate <= most) ?? 3_600_000
  return Array.from({ length: Math.floor(durationMs / step) + 1 }, (_unused, index) => index * step)
}
