// The doors to the switches: guarded where they have no rules of their own, and able to speak where a synthesiser is behind them.
import { createTelephony, type Telephony, type TelephonyOptions } from '../telephony/index.ts'
import type { Sound } from './process/sound.ts'
import type { Switches } from './process/switches.ts'

interface Deps extends Pick<TelephonyOptions, 'clock' | 'log'> {
  readonly switches: Pick<Switches, 'nodes' | 'guard'>
  readonly sound: Pick<Sound, 'at'>
  readonly mediaFolder: string
}

export const openTelephonies = ({ switches, sound, ...options }: Deps): Telephony[] =>
  switches.nodes.map(({ name, url }) =>
    sound.at(switches.guard(createTelephony({ ...options, url, nodeName: name }))),
  )
