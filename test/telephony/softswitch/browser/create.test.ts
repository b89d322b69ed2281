import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type {
  Agreed,
  BrowserLegId,
  RelayPorts,
} from '../../../../telephony/softswitch/browser/browser.ts'
import { createBrowserLegs } from '../../../../telephony/softswitch/browser/create.ts'
import { createMedia } from '../../../../telephony/softswitch/media/create.ts'
import type { PortId } from '../../../../telephony/softswitch/media/media.ts'
import { onPhone, startChromium } from '../../../fixtures/chromium.ts'
import { createFarEnd, type FarEnd } from '../../../fixtures/far-end.ts'
import { goertzel, makeToneWav, rms } from '../../../fixtures/sound.ts'

const folder = mkdtempSync(join(tmpdir(), 'browser-legs-'))
const bindAddress = '127.0.0.1'
const [media, legs, chromium] = await Promise.all([
  createMedia({ bindAddress, rtpPorts: { first: 17_600, last: 17_699 }, silentAfterMs: 60_000 }),
  createBrowserLegs({ bindAddress, ports: { first: 17_700, last: 17_799 }, iceServers: [] }),
  startChromium(makeToneWav(join(folder, 'microphone.wav'), 440, 1, 48_000)),
])
const lost: BrowserLegId[] = []
legs.onLost(leg => lost.push(leg))
t.teardown(async () => {
  await chromium.close()
  await legs.closeAll()
  await media.closeAll()
  rmSync(folder, { recursive: true })
})

const openPhone = async (t: Test, options = {}): Promise<Page> => {
  const page = await chromium.newPage()
  t.teardown(() => page.close())
  await onPhone(page, 'open', options)
  return page
}

const openPort = async (t: Test) => {
  const opened = await media.openPort('audio')
  t.teardown(() => media.close(opened.port).catch(() => undefined))
  return opened
}

const connect = (port: PortId, { relayRtpPort }: RelayPorts, { codec, digitPayloadType }: Agreed) =>
  media.connect(
    port,
    { address: bindAddress, port: relayRtpPort, rtcpPort: relayRtpPort + 1 },
    {
      codec,
      direction: 'sendrecv',
      ...(digitPayloadType === undefined ? {} : { digitPayloadType }),
    },
  )

/** A plain telephone on the other side of the media plane, that sings 1000 Hz. */
const bridgeToTelephone = async (t: Test, port: PortId): Promise<FarEnd> => {
  const end = await createFarEnd()
  t.teardown(() => end.close())
  const plain = await openPort(t)
  media.connect(
    plain.port,
    { address: bindAddress, port: end.port, rtcpPort: end.rtcpPort },
    { codec: 'PCMA', digitPayloadType: 101, direction: 'sendrecv' },
  )
  media.bridge(port, plain.port)
  end.speak(plain.rtpPort, 1000)
  return end
}

const hearsTone = async (t: Test, page: Page, end: FarEnd, title: string) => {
  const from = end.packets.length
  const isTone = () => {
    if (end.packets.length < from + 15) return false
    const samples = end.sound(end.packets.length - 15)
    return rms(samples) > 50 && goertzel(samples, 8000, 440) > 0.8
  }
  await end.until('440 Hz of the microphone', isTone, 15_000)
  t.pass(`${title}: the telephone hears the microphone`)
  for (let i = 0; i < 300; i++) {
    const peakHz = await onPhone<number>(page, 'peakHz')
    if (Math.abs(peakHz - 1000) < 15) return t.pass(`${title}: the page hears the telephone`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  t.fail(`${title}: the page hears nothing`)
}

t.test('a browser answers our offer, is heard, hears, is held and retrieved', async t => {
  const page = await openPhone(t)
  const { port, rtpPort } = await openPort(t)
  const offered = await legs.offer({ audioRtpPort: rtpPort })
  const agreed = await legs.complete(
    offered.leg,
    await onPhone<string>(page, 'answer', offered.sdp),
  )
  t.match(agreed, { codec: 'PCMA', digitPayloadType: 101 })
  connect(port, offered, agreed)
  const end = await bridgeToTelephone(t, port)
  await hearsTone(t, page, end, 'first')

  const held = await legs.reoffer(offered.leg, 'inactive')
  t.match(await legs.complete(offered.leg, await onPhone<string>(page, 'answer', held)), agreed)
  await end.until(
    'the microphone to fall silent',
    () => performance.now() - end.packets.at(-1)!.atMs > 300,
  )
  const retrieved = await legs.reoffer(offered.leg, 'sendrecv')
  await legs.complete(offered.leg, await onPhone<string>(page, 'answer', retrieved))
  await hearsTone(t, page, end, 'retrieved')
  t.match(
    lineOf(retrieved, 'a=ice-ufrag'),
    lineOf(offered.sdp, 'a=ice-ufrag'),
    'the transport stays',
  )
  t.equal(versionOf(retrieved), versionOf(offered.sdp) + 2)
  legs.close(offered.leg)
})

const lineOf = (sdp: string, start: string) =>
  sdp.split('\r\n').find(line => line.startsWith(start))
const versionOf = (sdp: string) => Number(lineOf(sdp, 'o=')!.split(' ')[2])

t.test('a browser calls, holds by itself, and presses a key', async t => {
  const page = await openPhone(t)
  const { port, rtpPort } = await openPort(t)
  const answered = await legs.answer(await onPhone<string>(page, 'offer'), {
    audioRtpPort: rtpPort,
  })
  t.match(answered, { codec: 'PCMA', digitPayloadType: Number })
  t.notMatch(answered.sdp, /opus|G722/i)
  await onPhone(page, 'accept', answered.sdp)
  connect(port, answered, answered)
  const end = await bridgeToTelephone(t, port)
  await hearsTone(t, page, end, 'first')

  const digits: string[] = []
  media.onEvent(
    event => void (event.type === 'digit' && event.port === port && digits.push(event.digit)),
  )
  await onPhone(page, 'press', '5#')
  await end.until('two digits', () => digits.length === 2)
  t.same(digits, ['5', '#'])
  t.ok(
    end.packets.some(packet => packet.payloadType === 101),
    'the telephone is told as well',
  )

  await onPhone(page, 'direct', 'inactive')
  const held = await legs.reanswer(answered.leg, await onPhone<string>(page, 'offer'))
  t.match(held, /a=inactive/)
  await onPhone(page, 'accept', held)
  await end.until(
    'the microphone to fall silent',
    () => performance.now() - end.packets.at(-1)!.atMs > 300,
  )
  await onPhone(page, 'direct', 'sendrecv')
  await onPhone(
    page,
    'accept',
    await legs.reanswer(answered.leg, await onPhone<string>(page, 'offer')),
  )
  await hearsTone(t, page, end, 'retrieved')

  await onPhone(page, 'restartIce')
  const restarted = await legs.reanswer(answered.leg, await onPhone<string>(page, 'offer'))
  t.not(lineOf(restarted, 'a=ice-ufrag'), lineOf(answered.sdp, 'a=ice-ufrag'))
  await onPhone(page, 'accept', restarted)
  await hearsTone(t, page, end, 'after a restart of ICE')
  legs.close(answered.leg)
})

t.test('what cannot be agreed is refused by name', async t => {
  await t.rejects(legs.answer('hello', { audioRtpPort: 17_698 }), { code: 'SDP_NOT_ACCEPTABLE' })
  await t.rejects(legs.reoffer('nobody' as BrowserLegId, 'inactive'), {
    code: 'BROWSER_LEG_UNKNOWN',
  })
})

t.test('when the process dies its legs are lost, and new ones find a new process', async t => {
  const page = await openPhone(t)
  const { rtpPort } = await openPort(t)
  const offered = await legs.offer({ audioRtpPort: rtpPort })
  await legs.complete(offered.leg, await onPhone<string>(page, 'answer', offered.sdp))
  process.kill(childOf('browser/process.ts'), 'SIGKILL')
  for (let i = 0; i < 500 && !lost.includes(offered.leg); i++)
    await new Promise(resolve => setTimeout(resolve, 10))
  t.ok(lost.includes(offered.leg))
  t.match(await legs.offer({ audioRtpPort: rtpPort }), { sdp: /m=audio/ })
})

/** Our own child that runs this file. */
const childOf = (file: string): number => {
  const children = readdirSync('/proc/self/task').flatMap(task =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '),
  )
  return Number(
    children.find(pid => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(file)),
  )
}
