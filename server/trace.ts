// What the network says of calls, and who may see whom in it.
import type { Site } from './api/door.ts'
import { openCapture, type Capture } from './capture/index.ts'
import type { Config } from './config.ts'
import type { Log } from './log.ts'
import { keepSightRules } from './sight-rules.ts'
import type { Repositories } from './store/repository.ts'

export interface TraceParts {
  readonly capture: Capture
  /** For the API. */
  readonly site: Pick<Site, 'trace' | 'sightRules'>
  /** Reads what was set. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export async function openTrace(
  config: Config,
  repositories: Repositories,
  log: Log,
): Promise<TraceParts> {
  const rules = await keepSightRules(repositories.settings, error =>
    log.warn({ err: error }, 'settings not read'),
  )
  const capture = await openCapture({ config: config.capture, repositories, log, now: Date.now })
  return {
    capture,
    site: { trace: capture, sightRules: rules.current },
    refresh: rules.refresh,
    async close() {
      rules.close()
      await capture.close()
    },
  }
}
