// Agents' phones in headless Chromium, with sip.js over the switch's WebSocket: a tone for a microphone, and what is heard kept as samples.
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { makeToneWav } from '../../fixtures/sound.ts'
import { until } from '../../fixtures/until.ts'
import { TONES, type Voice, voicesIn } from './ears.ts'
import type { Subject } from './subject.ts'

export interface BrowserPhone {
  readonly user: string
  /** Calls that have come in or gone out so far. */
  count(): Promise<number>
  header(call: number, name: string): Promise<string>
  state(call: number): Promise<string>
  /** Waits for the next call that comes in; its number. */
  rings(count?: number): Promise<number>
  answer(call: number): Promise<void>
  /** Gives the number of the call. */
  call(number: string): Promise<number>
  hangUp(call: number): Promise<void>
  press(call: number, keys: string): Promise<void>
  direction(call: number): Promise<string>
  hears(voices: readonly Voice[]): Promise<void>
  unregister(): Promise<void>
  close(): Promise<void>
}

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
]
const SIP_JS = fileURLToPath(new URL('../../../node_modules/sip.js/lib/', import.meta.url))
const PAGE = fileURLToPath(new URL('./browser-phone.html', import.meta.url))
const EAR = fileURLToPath(new URL('../../fixtures/browser-ear.js', import.meta.url))
/** As in browser-ear.js. */
const RATE_HZ = 16_000
const WINDOW_MS = 600
const LIMIT_MS = 30_000

async function servePage() {
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    const isScript = path.startsWith('/sip.js/')
    const file = isScript ? join(SIP_JS, normalize(path.slice('/sip.js'.length))) : PAGE
    readFile(file).then(
      text => {
        response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
        response.end(text)
      },
      () => response.writeHead(404).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

export interface Browsers {
  phone(user: string): Promise<BrowserPhone>
  close(): Promise<void>
}

/** One Chromium, begun when first wanted, with a tab for each phone; all speak with one voice. */
export function createBrowsers(subject: Subject, voice: Voice): Browsers {
  let begun: ReturnType<typeof launch> | undefined

  return {
    async phone(user) {
      begun ??= launch(voice)
      const { browser, url } = await begun

      return await openPhone(browser, url, subject, user)
    },
    async close() {
      const running = await begun?.catch(() => undefined)
      await running?.close()
    },
  }
}

async function launch(voice: Voice) {
  const folder = mkdtempSync(join(tmpdir(), 'hotline-contract-browser-'))
  const microphone = makeToneWav(join(folder, 'microphone.wav'), TONES[voice], 10, 48_000)
  const page = await servePage()
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...FLAGS, `--use-file-for-fake-audio-capture=${microphone}`],
  })

  return {
    browser,
    url: page.url,
    async close() {
      await browser.close()
      page.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function openPhone(
  browser: Browser,
  url: string,
  subject: Subject,
  user: string,
): Promise<BrowserPhone> {
  const context = await browser.newContext({ permissions: ['microphone'] })
  const tab = await context.newPage()
  tab.setDefaultTimeout(LIMIT_MS)
  await tab.addInitScript({ path: EAR })
  await tab.goto(url)
  await tab.waitForFunction('window.phone !== undefined')
  const ask = <T>(name: string, ...values: unknown[]): Promise<T> =>
    tab.evaluate(`phone.${name}(${values.map(value => JSON.stringify(value)).join(', ')})`)
  const { wsUrl: ws, realm, password } = subject
  await ask('start', { user, password, realm, ws })

  const heard = async () => {
    const count = await tab.evaluate<number>('heardSamples.count')
    const wanted = Math.round((WINDOW_MS * RATE_HZ) / 1000)
    if (count < wanted) return []
    const text = await tab.evaluate<string>(`heardSamples.read(${count - wanted}, ${wanted})`)
    const bytes = Buffer.from(text, 'base64')

    return voicesIn(
      new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2).slice(),
      RATE_HZ,
    )
  }
  const phone: BrowserPhone = {
    user,
    count: () => ask('count'),
    header: (call, name) => ask('header', call, name),
    state: call => ask('state', call),
    async rings(count = 1) {
      await until(
        `call ${count} at the browser`,
        async () => (await phone.count()) >= count,
        LIMIT_MS,
      )

      return count - 1
    },
    async answer(call) {
      await ask('answer', call)
      await until(
        'the browser to talk',
        async () => (await phone.state(call)) === 'Established',
        LIMIT_MS,
      )
    },
    call: number => ask('call', number, realm),
    hangUp: call => ask('hangUp', call),
    press: (call, keys) => ask('press', call, keys),
    direction: call => ask('direction', call),
    async hears(voices) {
      const wanted = [...voices].sort().join(' ')
      let last = ''
      await until(
        'voices',
        async () => {
          last = (await heard()).join(' ')

          return last === wanted
        },
        LIMIT_MS,
      ).catch(() => {
        throw new Error(`the browser should hear [${wanted}], heard [${last}]`)
      })
    },
    unregister: () => ask('unregister'),
    close: () => context.close(),
  }

  return phone
}
