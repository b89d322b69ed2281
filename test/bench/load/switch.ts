// The embedded switch as a process of its own, with a folder of its own, for as long as a bench runs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../telephony/softswitch/main.ts', import.meta.url))
const READY_MS = 30_000
const END_MS = 10_000
const PASSWORD = 'bench'

export interface BenchSwitch {
  readonly pid: number
  readonly sipPort: number
  readonly url: string
  readonly folder: string
  end(): Promise<void>
}

/** `nodeFlags` go to its Node, such as `--cpu-prof`. */
export async function startSwitch(
  lines: number,
  nodeFlags: readonly string[] = [],
  trunks: readonly object[] = [],
): Promise<BenchSwitch> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-switch-'))
  const config = join(folder, 'switch.json')
  const log = join(folder, 'switch.log')
  writeFileSync(
    config,
    JSON.stringify({
      sip: { host: '127.0.0.1', port: 0, webSocketPort: 0 },
      rtpPorts: { first: 50_000, last: 54_999 },
      eventSocket: { port: 0, password: PASSWORD },
      publishedNumbers: ['12393'],
      users: {},
      trunks,
      lines: { limit: lines, reserve: 0 },
      recordingLimit: lines,
      rates: {
        invitesPerSecondPerAddress: 1000,
        registersPerSecondPerAddress: 1000,
        callsPerMinutePerCaller: 1000,
      },
    }),
  )
  // A session of its own, as the server starts it: the kernel shares the cores out among sessions first.
  const child = spawn(process.execPath, [...nodeFlags, '--import', 'tsx', MAIN, config, log], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const exited = once(child, 'exit')
  const endNow = () => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', endNow)
  const end = async () => {
    process.off('exit', endNow)
    if (child.exitCode === null && child.signalCode === null) {
      const limit = setTimeout(() => child.kill('SIGKILL'), END_MS)
      child.kill('SIGINT')
      await exited
      clearTimeout(limit)
    }
    rmSync(folder, { recursive: true, force: true })
  }
  const ready = await new Promise<{ sipPort: number; eslPort: number } | string>(resolve => {
    const limit = setTimeout(() => resolve('did not come up'), READY_MS)
    createInterface({ input: child.stdout }).on('line', line => {
      if (!line.startsWith('{"ready"')) return
      clearTimeout(limit)
      resolve(JSON.parse(line) as { sipPort: number; eslPort: number })
    })
    void exited.then(([code]) => resolve(`ended with ${code}: ${readFileSync(log, 'utf8')}`))
  })
  if (typeof ready === 'string') {
    await end()
    throw new Error(`the switch ${ready}`)
  }
  return {
    pid: child.pid ?? 0,
    sipPort: ready.sipPort,
    url: `esl://:${PASSWORD}@127.0.0.1:${ready.eslPort}`,
    folder,
    end,
  }
}
