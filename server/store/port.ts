// What the control loop needs of a store. Redis in production and by default, memory for unit tests.
import type { Fact } from '../ledger/fact.ts'

/** JSON text by key; keys are `call/<id>`, `agent/<id>`, `meta/<name>`. */
export type FloorEntries = ReadonlyMap<string, string>

/** Facts and the floor as they are after them, written as one: all or nothing. */
export interface FloorChange {
  readonly facts: readonly Fact[]
  readonly set: Readonly<Record<string, string>>
  readonly remove: readonly string[]
}

export interface FloorStore {
  load(): Promise<FloorEntries>
  /**
   * Atomic. Order of calls is order of effect. A fact already written (same subject and seq) is not written twice.
   * @throws {LeaseLost} when the epoch is no longer ours.
   */
  commit(change: FloorChange): Promise<void>
  onStatus(listener: (status: 'up' | 'down') => void): void
  /** Told when the store is back with less than it had confirmed, and can't be sent all of it again. */
  onLost(listener: () => void): void
  close(): Promise<void>
}
