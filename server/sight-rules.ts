// Who sees personal data whole, as it is set; at hand without waiting, since pushes ask for every message.
import type { SightRules } from './auth/sight.ts'
import { readSiteSettings } from './site-settings.ts'
import type { SettingStore } from './store/repository.ts'

/** Another server may have saved them. */
const EVERY_MS = 30_000

export interface KeptSightRules {
  current(): SightRules
  refresh(): Promise<void>
  close(): void
}

export async function keepSightRules(
  settings: SettingStore,
  onFailure: (error: unknown) => void,
): Promise<KeptSightRules> {
  let rules: SightRules = await readSiteSettings(settings)
  const refresh = async () => {
    rules = await readSiteSettings(settings)
  }
  const timer = setInterval(() => void refresh().catch(onFailure), EVERY_MS)
  return { current: () => rules, refresh, close: () => clearInterval(timer) }
}
