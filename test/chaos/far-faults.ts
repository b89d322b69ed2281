// Faults outside the servers and their stores: the browsers of agents, and the network behind the main trunk.
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../fixtures/until.ts'
import { type Fault, nothing } from './faults.ts'
import type { World } from './world.ts'

const WHOLE_MS = 60_000

/** Page, floor and caller agree that agent and caller talk. */
const isWhole = ({ browser }: World): Promise<boolean> =>
  until(
    'the talk with the browser to be whole',
    async () =>
      browser?.caller() !== undefined && (await browser.wrong().catch(() => ['?'])).length === 0,
    WHOLE_MS,
    50,
  ).catch(() => false)

const freezing = (howLong: string, ms: number): Fault => ({
  name: `the browser of an agent stands still for ${howLong}`,
  weight: 1,
  async strike(world) {
    const { browser, tally } = world
    if (!browser) throw new Error('no browser in this world')
    await browser.stand()
    browser.freeze()
    await pause(ms)
    browser.thaw()
    const atMs = performance.now()
    const whole = await isWhole(world)
    tally.count('browser', whole, `frozen: ${(await browser.wrong()).join('; ')}`)
    tally.time('frozen browser', performance.now() - atMs)
    return { atMs: performance.now(), back: 'same', heal: nothing }
  },
})
export const freezeBrowser = freezing('five seconds', 5000)
/** Longer than its connections are waited for. */
export const freezeBrowserLong = freezing('forty seconds', 40_000)

export const killBrowser: Fault = {
  name: 'kill -9 of the browser of an agent, opened again at once',
  weight: 2,
  async strike(world) {
    const { browser, tally } = world
    if (!browser) throw new Error('no browser in this world')
    await browser.stand()
    const atMs = performance.now()
    await browser.kill()
    await browser.reopen()
    const whole = await isWhole(world)
    tally.count('browser', whole, `killed: ${(await browser.wrong()).join('; ')}`)
    tally.time('killed browser', performance.now() - atMs)
    return { atMs: performance.now(), back: 'same', heal: nothing }
  },
}

/** The next call out, the one after it, and one that comes in. */
export const loseTrunk: Fault = {
  name: 'the main trunk falls silent',
  weight: 2,
  async strike({ trunks, tally }) {
    if (!trunks) throw new Error('no trunks in this world')
    await trunks.loseMain()
    for (const name of ['next call', 'call after the next']) {
      const { trunk, tookMs } = await trunks.dialOut()
      tally.count('trunk', trunk === 'standby', `${name}: carried by ${trunk ?? 'nobody'}`)
      tally.time(`trunk, ${name}`, tookMs)
    }
    tally.count('trunk', await trunks.callIn(), 'the call in by the standby was not carried')
    await trunks.mainAgain()
    const { trunk } = await trunks.dialOut()
    tally.count('main again', trunk === 'main', `carried by ${trunk ?? 'nobody'}`)
    return { atMs: performance.now(), back: 'same', heal: nothing }
  },
}
