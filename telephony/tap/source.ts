// What the ways have in common: a source brings the sound of one leg until it ends, once.
import type { LegId } from '../call/id.ts'
import type { TapEnd } from '../call/tap.ts'
import type { Hear } from './sides.ts'

export interface Sink {
  readonly hear: Hear
  /** Once. After `stop` nothing is told. */
  readonly onEnd: (end: TapEnd, detail?: string) => void
}

export interface Source {
  /** Nobody listens any more. */
  stop(): void
  /** The switch has told the leg's end; what is on its way is still heard. */
  legEnded(): void
}

export interface SourceDeps {
  readonly legId: LegId
  readonly sink: Sink
  /** One API command of the switch. @throws {CommandRefused | CommandTimeout | SwitchUnreachable} */
  readonly ask: (text: string) => Promise<string>
}
