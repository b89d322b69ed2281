// `npm run chaos -- [rounds] [seed]`: the long run by hand. Prints each round, then the table, then one JSON line.
import { register } from 'tsx/esm/api'
register()
const { runLong } = await import('./long.ts')
await runLong(process.argv.slice(2))
