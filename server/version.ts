// The version of what runs, as its package says it.
import { readFileSync } from 'node:fs'

export function versionOf(): string {
  const file = new URL('../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}
