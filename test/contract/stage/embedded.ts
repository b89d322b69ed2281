// The embedded switch as the subject: its own process with a configuration of its own.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts, soundPorts } from '../../fixtures/ports.ts'
import { makeToneWav } from '../../fixtures/sound.ts'
import { TONES } from './ears.ts'
import { openEventSocket } from './event-socket.ts'
import type { Subject } from './subject.ts'

const MAIN = fileURLToPath(new URL('../../../telephony/softswitch/main.ts', import.meta.url))
export const REALM = 'hotline'
export const PASSWORD = 'contract'
export const NUMBER = '12393'
export const USERS = Array.from({ length: 16 }, (_, i) => String(3001 + i))
const START_LIMIT_MS = 60_000

const secret = (user: string) =>
  createHash('md5').update(`${user}:${REALM}:${PASSWORD}`).digest('hex')

export async function createEmbedded(): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-contract-'))
  const mediaFolder = join(folder, 'media')
  mkdirSync(mediaFolder)
  const [sipPort = 0, webSocketPort = 0, eslPort = 0] = await freePorts(3)
  const eslPassword = 'open-sesame'
  const configPath = join(folder, 'switch.json')
  writeFileSync(
    configPath,
    JSON.stringify({
      realm: REALM,
      sip: { host: '127.0.0.1', port: sipPort, webSocketPort },
      rtpPorts: soundPorts(),
      eventSocket: { port: eslPort, password: eslPassword },
      publishedNumbers: [NUMBER],
      // The suite calls from one address, and many times.
      rates: {
        invitesPerSecondPerAddress: 1000,
        registersPerSecondPerAddress: 1000,
        callsPerMinutePerCaller: 1000,
      },
      users: Object.fromEntries(USERS.map(user => [user, secret(user)])),
      musicFile: makeToneWav(join(mediaFolder, 'music.wav'), TONES.music, 5),
      apologyFile: makeToneWav(join(mediaFolder, 'apology.wav'), TONES.apology, 2),
    }),
  )
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, configPath], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  let said = ''
  child.stdout.on('data', (piece: Buffer) => {
    said = (said + piece.toString()).slice(-20_000)
  })
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the switch did not start: ${said}`)),
      START_LIMIT_MS,
    )
    child.stdout.on('data', () => {
      if (!said.includes('"ready":true')) return
      clearTimeout(timer)
      resolve()
    })
    child.once('exit', () => reject(new Error(`the switch ended at once: ${said}`)))
  })
  await ready
  const eslUrl = `esl://:${eslPassword}@127.0.0.1:${eslPort}`
  const asked = await openEventSocket(eslUrl)
  const version = (await asked.api('version short')).trim()
  asked.close()

  return {
    kind: 'embedded',
    version,
    eslUrl,
    trunk: { host: '127.0.0.1', port: sipPort },
    agents: { host: '127.0.0.1', port: sipPort },
    wsUrl: `ws://127.0.0.1:${webSocketPort}`,
    realm: REALM,
    number: NUMBER,
    users: USERS,
    password: PASSWORD,
    mediaFolder,
    async close() {
      if (child.exitCode === null) {
        child.kill('SIGINT')
        const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
        await once(child, 'exit')
        clearTimeout(timer)
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
