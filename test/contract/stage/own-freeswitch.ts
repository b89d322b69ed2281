// A FreeSWITCH of the suite's own, from the program HOTLINE_TEST_FREESWITCH names, with the configuration of deploy/freeswitch. The server
// it would ask for phones is a few lines here.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bannedDocument,
  NOT_FOUND,
  phoneDocument,
  trunksDocument,
} from '../../../server/web/directory-xml.ts'
import { startFreeSwitch } from '../../fixtures/freeswitch.ts'
import { makeToneWav } from '../../fixtures/sound.ts'
import { TONES } from './ears.ts'
import { NUMBER, PASSWORD, REALM, USERS } from './embedded.ts'
import type { FreeSwitchSettings } from './freeswitch.ts'

const secret = (user: string) =>
  createHash('md5').update(`${user}:${REALM}:${PASSWORD}`).digest('hex')

/** What mod_xml_curl is answered: phones by their number, no trunks, nobody banned. */
async function startDirectory() {
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', piece => (text += piece))
    request.on('end', () => {
      const asked = new URLSearchParams(text)
      const user = asked.get('user') ?? asked.get('dialed_user') ?? ''
      const domain = asked.get('domain') ?? asked.get('key_value') ?? ''
      response.setHeader('content-type', 'text/xml')
      if (domain === 'trunks') response.end(trunksDocument([]))
      else if (domain === 'banned') response.end(bannedDocument([]))
      else if (USERS.includes(user))
        response.end(phoneDocument({ user, realm: REALM, ha1: secret(user) }))
      else response.end(NOT_FOUND)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

export async function startOwnFreeSwitch(
  program: string,
): Promise<{ settings: FreeSwitchSettings; log(): string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-contract-'))
  const mediaFolder = join(folder, 'media')
  mkdirSync(join(mediaFolder, 'switch'), { recursive: true })
  makeToneWav(join(mediaFolder, 'switch/music.wav'), TONES.music, 5)
  makeToneWav(join(mediaFolder, 'switch/apology.wav'), TONES.apology, 2)
  const directory = await startDirectory()
  const running = await startFreeSwitch({
    program,
    mediaDir: mediaFolder,
    serverUrl: directory.url,
  })
  const { ports } = running

  return {
    settings: {
      url: running.url,
      trunk: `127.0.0.1:${ports.trunk}`,
      agents: `127.0.0.1:${ports.phone}`,
      ws: `ws://127.0.0.1:${ports.ws}`,
      realm: REALM,
      number: NUMBER,
      password: PASSWORD,
      mediaFolder,
    },
    log: () => running.log(),
    async close() {
      await running.close()
      directory.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
