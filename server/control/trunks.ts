// All that the loop needs of trunks beside its turns: what is known of them, views, alarms, news from settings and switches.
import type { TrunkState } from '../../telephony/call/event.ts'
import type { Trunk } from '../../telephony/trunk/trunk.ts'
import type { Telephony } from '../../telephony/index.ts'
import type { TrunkView } from '../desktop/protocol.ts'
import type { Control, Settings } from './port.ts'
import { trunkAlarm, trunkAlarmId } from './trunk-alarm.ts'
import { createTrunkBook, type TrunkBook } from './trunk-book.ts'
import { trunkView } from './trunk-view.ts'
import type { Sight } from './view.ts'

export interface Trunks {
  readonly book: TrunkBook
  views(): readonly TrunkView[]
  /** Asks a switch what it knows; never in the way of anything else. */
  learn(telephony: Telephony): void
  /** The connection to a switch is gone. */
  lost(node: string): void
  /** The settings have changed. */
  configured(before: Settings, after: Settings): void
  close(): void
}

export function createTrunks(deps: {
  readonly sight: () => Sight
  readonly now: () => number
  readonly alarms: () => Pick<Control, 'raiseAlarm' | 'clearAlarm'>
  readonly onChanged: () => void
  readonly onGone: (trunk: string) => void
  readonly onLearnt: (node: string, state: TrunkState) => void
  readonly log: { warn(fields: object, message: string): void }
}): Trunks {
  const { sight, now } = deps
  const onChanged = (id: string) => {
    const trunk = sight().settings.trunks.find(known => known.id === id)
    const level = trunkAlarm(trunk, book.of(id, now()))
    if (level) deps.alarms().raiseAlarm(trunkAlarmId(id), level, 'trunk-down', trunk?.name)
    else deps.alarms().clearAlarm(trunkAlarmId(id))
    deps.onChanged()
  }
  const book = createTrunkBook({ now, onChanged })

  return {
    book,
    views: () =>
      sight().settings.trunks.map(trunk => trunkView(sight(), trunk, book.of(trunk.id, now()))),
    learn(telephony) {
      const node = telephony.nodeName
      telephony.trunks().then(
        states => states.forEach(state => deps.onLearnt(node, state)),
        (error: unknown) => deps.log.warn({ err: error, node }, 'trunks unknown'),
      )
    },
    lost: node => book.lost(node, now()),
    configured(before, after) {
      for (const trunk of before.trunks) {
        const next = after.trunks.find(({ id }) => id === trunk.id)
        // What was held against another address is not held against this one.
        if (!next || wayOf(next) !== wayOf(trunk)) book.forget(trunk.id)
        if (!next) deps.onGone(trunk.id)
        onChanged(trunk.id)
      }
    },
    close: book.close,
  }
}

const wayOf = ({ enabled, address, access, options }: Trunk): string =>
  JSON.stringify([enabled, address, access, options])
