// Figures of operations for Prometheus: alarms, messages, phones, disk, network, the SIP edge.
import { Gauge, type Registry } from 'prom-client'
import type { AlarmLevel } from '../desktop/protocol.ts'

export interface OperationSources {
  readonly openLevels: () => readonly AlarmLevel[]
  readonly messages: () => Promise<{ readonly waiting: number; readonly dead: number }>
  readonly phonesRegistered: () => number
  readonly diskFreeBytes: () => Promise<number>
  readonly networkBytes: () => Promise<{ readonly inBytes: number; readonly outBytes: number }>
  /** Epoch ms of the last backup that was whole; undefined: none yet. */
  readonly lastBackupAt: () => Promise<number | undefined>
  /** Of the SIP edge, where there is one; undefined while nothing is known of it. */
  readonly edge?: () => { readonly isUp: boolean; readonly restarts: number } | undefined
}

/** A source that does not answer leaves its figure as it was. */
export function addOperationMetrics(registry: Registry, sources: OperationSources): void {
  const registers = [registry]
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect: (gauge: Gauge<L>) => void | Promise<void>,
  ) =>
    new Gauge<L>({
      name: `hotline_${name}`,
      help,
      labelNames,
      registers,
      async collect() {
        try {
          await collect(this)
        } catch {
          // The store is away: its own alarm says so, and a scrape must give the other figures.
          return
        }
      },
    })

  gauge('alarms', 'Alarms that stand, by level.', ['level'], to => {
    const levels = sources.openLevels()
    for (const level of ['info', 'warning', 'critical'] as const)
      to.set({ level }, levels.filter(one => one === level).length)
  })
  gauge(
    'alarm_messages',
    'Messages about alarms on their way, and given up.',
    ['state'],
    async to => {
      const { waiting, dead } = await sources.messages()
      to.set({ state: 'waiting' }, waiting)
      to.set({ state: 'dead' }, dead)
    },
  )
  gauge('phones_registered', 'Phones of agents that are registered.', [], to =>
    to.set(sources.phonesRegistered()),
  )
  gauge('disk_free_bytes', 'Room for recordings.', [], async to =>
    to.set(await sources.diskFreeBytes()),
  )
  gauge(
    'network_bytes',
    'Bytes of all interfaces since the machine started.',
    ['direction'],
    async to => {
      const { inBytes, outBytes } = await sources.networkBytes()
      to.set({ direction: 'in' }, inBytes)
      to.set({ direction: 'out' }, outBytes)
    },
  )
  gauge(
    'last_backup_timestamp_seconds',
    'When the last whole backup was made; 0: none.',
    [],
    async to => to.set(((await sources.lastBackupAt()) ?? 0) / 1000),
  )
  const { edge } = sources
  if (!edge) return
  gauge('edge_up', '1 while the SIP edge and its drachtio-server take calls.', [], to => {
    const known = edge()
    if (known) to.set(known.isUp ? 1 : 0)
    else to.remove()
  })
  gauge('edge_restarts', 'Times this server has restarted the SIP edge.', [], to =>
    to.set(edge()?.restarts ?? 0),
  )
}
