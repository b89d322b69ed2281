// What a site gets once: its administrator, and the sample hall when asked for. Passwords are shown now and never again.
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatePassword, hashPassword } from './auth/password.ts'
import type { Config } from './config.ts'
import { seedDemo, type DemoAccount } from './demo/seed.ts'
import type { Repositories } from './store/repository.ts'

export interface FirstStart {
  /** Generated now; absent when there was one, or it came from the environment. */
  readonly adminPassword?: string
  readonly demo: readonly DemoAccount[]
  readonly demoFile: string
}

export async function prepareSite(
  { repositories, config, at }: { repositories: Repositories; config: Config; at: number },
  withDemo: boolean,
): Promise<FirstStart> {
  const adminPassword = await createAdministrator(repositories, config)
  const demo = withDemo ? await seedDemo(repositories, { at, hash: hashPassword }) : []
  const demoFile = join(config.dataDir, 'demo-accounts.json')
  if (demo.length > 0) writeAccounts(demoFile, demo)
  return { demo, demoFile, ...(adminPassword && { adminPassword }) }
}

async function createAdministrator(
  { users }: Repositories,
  config: Config,
): Promise<string | undefined> {
  if (await users.byUsername('admin')) return undefined
  const generated = config.adminPassword === undefined ? generatePassword() : undefined
  await users.save({
    id: 'admin',
    username: 'admin',
    name: '系统管理员',
    roles: ['administrator'],
    passwordHash: await hashPassword(config.adminPassword ?? generated ?? ''),
    agentId: null,
    disabled: false,
    lockedUntil: null,
    failures: 0,
  })
  return generated
}

function writeAccounts(file: string, accounts: readonly DemoAccount[]): void {
  // The mode of a file that is there already would stay.
  if (existsSync(file)) chmodSync(file, 0o600)
  writeFileSync(file, `${JSON.stringify(accounts, null, 2)}\n`, { mode: 0o600 })
}
