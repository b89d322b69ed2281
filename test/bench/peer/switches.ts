// The two switches side by side, each driven by the same driver: the embedded one as the server starts it, and FreeSWITCH with the
// configuration of deploy/freeswitch.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTelephony, type Telephony } from '../../../telephony/index.ts'
import { freeSwitchProgram, startFreeSwitch } from '../../fixtures/freeswitch.ts'
import { connected } from '../load/steer.ts'
import { startSwitch } from '../load/switch.ts'

export type SwitchName = 'embedded' | 'FreeSWITCH'

export interface PeerSwitch {
  readonly name: SwitchName
  readonly pid: number
  readonly sipPort: number
  readonly recordings: string
  readonly telephony: Telephony
  end(): Promise<void>
}

/** Nobody answers there, and at once: phones and trunks are no part of the first two questions. */
const NO_SERVER = 'http://127.0.0.1:9'

/** The second one only where HOTLINE_TEST_FREESWITCH names its program. */
export async function startSwitches(lines: number): Promise<PeerSwitch[]> {
  const embedded = await startSwitch(lines)
  const switches = [
    await drive('embedded', {
      ...embedded,
      recordings: embedded.folder,
    }),
  ]
  if (freeSwitchProgram === undefined) return switches
  const folder = mkdtempSync(join(tmpdir(), 'bench-peer-'))
  const recordings = join(folder, 'recordings')
  mkdirSync(recordings)
  const freeSwitch = await startFreeSwitch({
    mediaDir: folder,
    serverUrl: NO_SERVER,
    normalPriority: true,
  })
  const end = async () => {
    await freeSwitch.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const { url, ports } = freeSwitch
  switches.push(
    await drive('FreeSWITCH', {
      pid: freeSwitch.pid(),
      sipPort: ports.trunk,
      url,
      recordings,
      end,
    }),
  )
  return switches
}

async function drive(
  name: SwitchName,
  started: Omit<PeerSwitch, 'name' | 'telephony'> & { readonly url: string },
): Promise<PeerSwitch> {
  const telephony = createTelephony({
    url: started.url,
    nodeName: name,
    clock: Date,
    log: { info() {}, warn() {}, error: (fields, message) => console.error(message, fields) },
  })
  await connected(telephony)
  return {
    name,
    pid: started.pid,
    sipPort: started.sipPort,
    recordings: started.recordings,
    telephony,
    async end() {
      telephony.close()
      await started.end()
    },
  }
}
