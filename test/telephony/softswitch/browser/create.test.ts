import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import type { BrowserLegId } from '../../../../telephony/softswitch/browser/browser.ts'
import { startBrowserFloor } from '../../../fixtures/browser-floor.ts'
import { onPhone } from '../../../fixtures/chromium.ts'

const { media, legs, lost, openPhone, openPort, connect, bridgeToTelephone, hearsTone } =
  await startBrowserFloor(t, 17_400)

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

t.test('a browser that closes its side is lost', async t => {
  const page = await openPhone(t)
  const { rtpPort } = await openPort(t)
  const offered = await legs.offer({ audioRtpPort: rtpPort })
  await legs.complete(offered.leg, await onPhone<string>(page, 'answer', offered.sdp))
  for (let i = 0; i < 200 && (await page.evaluate('peer.connectionState')) !== 'connected'; i++)
    await new Promise(resolve => setTimeout(resolve, 20))
  await onPhone(page, 'close')
  for (let i = 0; i < 500 && !lost.includes(offered.leg); i++)
    await new Promise(resolve => setTimeout(resolve, 10))
  t.ok(lost.includes(offered.leg))
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
