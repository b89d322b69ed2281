// Ports and password of the embedded switch's doors, the same over restarts of either side.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config } from '../config.ts'
import type { SwitchDoor } from './switch-file.ts'

const doorSchema = z.object({ webSocketPort: z.number().int() })

export const switchFolder = (dataDir: string) => join(dataDir, 'switch')

export async function openDoor(config: Config): Promise<SwitchDoor> {
  const folder = switchFolder(config.dataDir)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const kept = readDoor(join(folder, 'door.json'))
  const webSocketPort = kept?.webSocketPort ?? (await freePort())
  if (!kept) writeFileSync(join(folder, 'door.json'), JSON.stringify({ webSocketPort }))
  return {
    eventSocketPort: config.eventSocket.port,
    password: config.eventSocket.password ?? keptPassword(join(config.dataDir, 'esl-password')),
    webSocketPort,
  }
}

function keptPassword(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  const made = randomBytes(18).toString('base64url')
  writeFileSync(file, `${made}\n`, { mode: 0o600 })
  return made
}

function readDoor(file: string): z.infer<typeof doorSchema> | undefined {
  return existsSync(file) ? doorSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(address && typeof address === 'object' ? address.port : 0))
    })
  })
}
