// One thing we rely on, with a sentence for a name.
import type { Scene } from './scene.ts'

export interface Behaviour {
  readonly name: string
  /** Line of the requirements it serves, where there is one. */
  readonly requirement?: string
  /** Nothing else may happen on the switch meanwhile. */
  readonly isAlone?: true
  run(scene: Scene): Promise<void>
}

export interface Subjects {
  readonly title: string
  readonly behaviours: readonly Behaviour[]
}
