// What a switch must know of what the operator has set, read from the database.
import type { Config } from './config.ts'
import type { SwitchContents } from './process/switch-file.ts'
import { readBlacklist, readSiteSettings } from './site-settings.ts'
import { readTrunks } from './site-trunks.ts'
import type { Repositories } from './store/index.ts'

export async function readContents(
  repositories: Repositories,
  config: Config,
  prompts: SwitchContents['prompts'],
  capture?: SwitchContents['capture'],
): Promise<SwitchContents> {
  const [numbers, agents, site, blocked, trunks] = await Promise.all([
    repositories.numbers.list(),
    repositories.agents.list(),
    readSiteSettings(repositories.settings),
    readBlacklist(repositories.settings),
    readTrunks(repositories.trunks, config),
  ])
  return {
    trunks,
    publishedNumbers: numbers.map(({ number }) => number),
    phones: agents.map(({ id, phoneSecret }) => ({ user: id, secret: phoneSecret })),
    lines: { limit: site.lineLimit, reserve: site.reserveLines },
    recordingLimit: site.recordingLimit,
    blacklist: blocked.map(({ number }) => number),
    prompts,
    ...(capture && { capture }),
  }
}
