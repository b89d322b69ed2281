// The ears of flows: ours, that tap the leg, and those of the switch, in the order of the speech file.
import { randomUUID } from 'node:crypto'
import type { EndCause } from '../../asr-tts/index.ts'
import type { Telephony } from '../../telephony/index.ts'
import type { SpeechConfig } from '../config-speech.ts'
import type { Ears } from '../control/port.ts'
import type { SpeechView } from '../desktop/protocol.ts'
import { createEarsInOrder } from './ears-in-order.ts'
import { createSwitchEars } from './switch-ears.ts'

interface Deps {
  readonly config: SpeechConfig
  readonly own: Ears
  readonly telephonyOf: (switchName: string) => Telephony | undefined
  readonly now: () => number
  readonly onEnd: (engine: string, cause: EndCause) => void
}

export interface AllEars {
  readonly ears: Ears
  /** Engines behind the switch, for the live page. */
  engines(): SpeechView['engines']
  close(): void
}

export function createAllEars({ config, own, telephonyOf, now, onEnd }: Deps): AllEars {
  const forFlows = config.recognisers.filter(one => one.for.includes('flow'))
  const engines = forFlows.flatMap(one => (one.kind === 'mrcp' ? [one] : []))
  if (engines.length === 0) return { ears: own, engines: () => [], close: () => undefined }
  const ears = createSwitchEars({
    engines,
    telephonyOf: ({ switchName }) => telephonyOf(switchName),
    newId: randomUUID,
    now,
    onEnd,
  })
  const isFirst = forFlows[0]?.kind === 'mrcp'

  return {
    ears: createEarsInOrder(isFirst ? [ears, own] : [own, ears]),
    engines: () => ears.engines().map(one => ({ ...one, kind: 'mrcp', role: 'recogniser' })),
    close: ears.close,
  }
}
