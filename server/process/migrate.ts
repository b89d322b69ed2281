// The maintenance command for the steps of the tables.
import { join } from 'node:path'
import { readConfig, type Config } from '../config.ts'
import { createLog } from '../log.ts'
import {
  connectForMaintenance,
  migrateBack,
  migrateForward,
  migrationsTaken,
} from '../store/maintenance.ts'
import { runCommand } from './command.ts'

const USAGE =
  'Usage: npm run migrate (shows the steps taken) | npm run migrate -- up | npm run migrate -- down N'

type Wish =
  | { readonly type: 'show' }
  | { readonly type: 'up' }
  | { readonly type: 'down'; readonly count: number }

/** Pure. */
export function wishOf(words: readonly string[]): Wish | undefined {
  const [verb, count, ...rest] = words
  if (rest.length > 0) return undefined
  if (verb === undefined) return { type: 'show' }
  if (verb === 'up' && count === undefined) return { type: 'up' }
  if (verb === 'down' && count !== undefined && /^[1-9][0-9]?$/.test(count))
    return { type: 'down', count: Number(count) }
  return undefined
}

/** Gives the exit code. */
export const migrateCommand = (words: readonly string[], say: (line: string) => void) =>
  runCommand(say, async () => {
    const wish = wishOf(words)
    if (!wish) {
      say(USAGE)
      return 2
    }
    const connection = await connectForMaintenance(databaseOf(readConfig()))
    try {
      if (wish.type === 'down')
        for (const { module, version, name } of await migrateBack(connection.query, wish.count))
          say(`Taken back: ${module} ${version} (${name}).`)
      if (wish.type === 'up') {
        const passed = await migrateForward(connection.query)
        say(passed.length > 0 ? `Taken: ${passed.join(', ')}.` : 'Nothing to do.')
      }
      for (const { module, version, name, at } of await migrationsTaken(connection.query))
        say(`${module} ${version}  ${name}  ${new Date(at).toISOString()}`)
      return 0
    } finally {
      await connection.close()
    }
  })

/** Where maintenance finds the database that this configuration means. */
export const databaseOf = (config: Config) => ({
  ...(config.databaseUrl && { url: config.databaseUrl }),
  folder: join(config.dataDir, 'database'),
  log: createLog('silent'),
})
