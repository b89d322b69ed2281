// A worker thread does not take TypeScript from its parent's loader (Node 20.20, tsx 4.23): it registers its own.
import { register } from 'tsx/esm/api'

register()
await import('./pocketsphinx-thread.ts')
