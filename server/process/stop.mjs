// `npm run stop`: ends what goes on without a server: the embedded switch, once its calls have ended, and the private redis-server.
import { register } from 'tsx/esm/api'

register()
const { stop } = await import('./stop.ts')
process.exitCode = await stop(line => process.stdout.write(`${line}\n`))
