// `npm run stop`: ends what goes on without a server: the embedded switch, once its calls have ended, and the private redis-server.
import { existsSync } from 'node:fs'

if (!existsSync(new URL('../../node_modules/tsx', import.meta.url))) {
  process.stderr.write('Nothing was ever started here: the packages are missing.\n')
  process.exit(1)
}
const { register } = await import('tsx/esm/api')
register()
const { stop } = await import('./stop.ts')
process.exitCode = await stop(line => process.stdout.write(`${line}\n`))
