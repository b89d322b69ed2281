// The database as a backup sees it, without its words.
import type { Database } from './database.ts'
import { type Dumped, dumpDatabase } from './dump.ts'

export interface DatabaseDump {
  /** Every row as of one moment, as lines. */
  dump(write: (lines: string) => Promise<void>): Promise<Dumped>
}
export const createDump = ({ query }: Pick<Database, 'query'>): DatabaseDump => ({
  dump: write => dumpDatabase(query, write),
})
export type { Dumped } from './dump.ts'
