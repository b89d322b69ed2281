// A browser as the agent's phone: SIP over WebSocket as text, WebRTC by Chromium, the switch as its real process parts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createBrowserLegs } from '../../../../telephony/softswitch/browser/create.ts'
import { switchConfigSchema } from '../../../../telephony/softswitch/config.ts'
import { createSwitch } from '../../../../telephony/softswitch/core/switch.ts'
import { createEventSocket } from '../../../../telephony/softswitch/esl/server.ts'
import { createMedia } from '../../../../telephony/softswitch/media/create.ts'
import { createSipStack } from '../../../../telephony/softswitch/sip/create.ts'
import { headerLine } from '../../../../telephony/softswitch/sip/message/message.ts'
import { digestSecret } from '../../../../telephony/softswitch/sip/registrar/digest.ts'
import { onPhone, startChromium } from '../../../fixtures/chromium.ts'
import { connectEsl } from '../../../fixtures/softswitch/esl-client.ts'
import { runSipp, SCENARIOS } from '../../../fixtures/softswitch/sipp.ts'
import { quietLog } from '../../../fixtures/softswitch/switch.ts'
import { containsTone, makeToneWav, readWav, toG711, toneSamples } from '../../../fixtures/sound.ts'
import { answerTo, authorize, request, wsPeer } from '../sip/peer.ts'

const folder = mkdtempSync(join(tmpdir(), 'browser-call-'))
const bindAddress = '127.0.0.1'
writeFileSync(join(folder, '440.alaw'), toG711('PCMA', toneSamples(440, 20, 8000)))
makeToneWav(join(folder, 'music.wav'), 1500, 2, 8000)
makeToneWav(join(folder, 'comfort.wav'), 700, 2, 8000)

const config = switchConfigSchema.parse({
  sip: { host: bindAddress, port: 0, webSocketPort: 0 },
  rtpPorts: { first: 41_000, last: 41_199 },
  eventSocket: { port: 0, password: 'x' },
  publishedNumbers: ['12393'],
  users: { '1001': digestSecret('1001', 'hotline', 'secret') },
  musicFile: join(folder, 'music.wav'),
  comfortFile: join(folder, 'comfort.wav'),
})
const [media, browsers, chromium] = await Promise.all([
  createMedia({ bindAddress, rtpPorts: { first: 41_000, last: 41_099 }, silentAfterMs: 60_000 }),
  createBrowserLegs({ bindAddress, ports: { first: 41_100, last: 41_199 }, iceServers: [] }),
  startChromium(makeToneWav(join(folder, 'microphone.wav'), 1000, 1, 48_000)),
])
const errors: object[] = []
const embedded = await createSwitch({
  config,
  media,
  browsers,
  log: {
    ...quietLog,
    warn: (fields, message) => t.comment(message, fields),
    error: fields => void errors.push(fields),
  },
  createSip: options =>
    createSipStack({
      ...options,
      bindAddress,
      sipPort: 0,
      webSocketPort: 0,
      userAgent: 'Hotline',
      log: quietLog,
    }),
  readConfig: async () => config,
  onShutDown: () => undefined,
})
const door = await createEventSocket({
  host: bindAddress,
  port: 0,
  password: 'x',
  door: embedded.door,
  log: quietLog,
})
const esl = await connectEsl(door.port, 'x')
await esl.send('event json ALL')
t.teardown(async () => {
  esl.close()
  await embedded.close()
  await door.close()
  await chromium.close()
  rmSync(folder, { recursive: true, force: true })
})

async function eventually(look: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const until = Date.now() + 15_000
  while (!(await look())) {
    if (Date.now() > until) throw new Error(`never true: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

t.test(
  'a browser registers, is rung, talks, is held, and when it dies its caller stays',
  async t => {
    const page = await chromium.newPage()
    await onPhone(page, 'open', {})
    const hears = (hz: number) =>
      eventually(
        async () => Math.abs((await onPhone<number>(page, 'peakHz')) - hz) < 30,
        `the browser hears ${hz} Hz`,
      )
    const phone = await wsPeer(embedded.sip)
    t.teardown(() => phone.close())
    const uri = 'sip:hotline'
    const register = {
      method: 'REGISTER',
      uri,
      from: '<sip:1001@hotline>;tag=r1',
      to: '<sip:1001@hotline>',
      callId: 'r1',
      contact: '<sip:1001@abc.invalid;transport=ws>',
    }
    phone.send(request(phone, register))
    const challenge = headerLine(await phone.answer(401), 'WWW-Authenticate') ?? ''
    phone.send(
      request(phone, {
        ...register,
        cseq: 2,
        extra: [authorize(challenge, 'REGISTER', uri, '1001', 'secret')],
      }),
    )
    await phone.answer(200)
    t.match((await esl.next('CUSTOM')).headers, {
      'Event-Subclass': 'sofia::register',
      'from-user': '1001',
      'network-proto': 'ws',
    })

    const caller = runSipp(SCENARIOS.caller('13800000001', join(folder, '440.alaw')), {
      remotePort: embedded.sip.sipPort,
      localPort: 19_340,
      mediaPort: 42_920,
    })
    t.teardown(() => caller.stop())
    const a = (await esl.next('CHANNEL_PARK')).headers['Unique-ID'] ?? ''
    await esl.api(`uuid_answer ${a}`)
    const recording = join(folder, 'talk.wav')
    await esl.send('bgapi originate {origination_uuid=b}user/1001 &park()')
    const invite = await phone.request('INVITE')
    const answer = await onPhone<string>(page, 'answer', invite.body.toString())
    const contact = '<sip:1001@abc.invalid;transport=ws>'
    phone.send(answerTo(invite, 200, { tag: 'b1', contact, body: answer }))
    await phone.request('ACK')
    await esl.next('CHANNEL_PARK', e => e.headers['Unique-ID'] === 'b')
    await esl.api(`uuid_record ${a} start ${recording}`)
    t.equal(await esl.api(`uuid_bridge ${a} b`), '+OK b\n')
    await hears(440)
    await new Promise(resolve => setTimeout(resolve, 700))
    await esl.api(`uuid_record ${a} stop ${recording}`)
    await esl.next('RECORD_STOP')
    const wav = readWav(recording)
    const [left, right] = wav.channels
    if (left === undefined || right === undefined) throw new Error('not stereo')
    t.ok(containsTone(left, wav.rateHz, 440), 'the caller on the left')
    t.ok(
      containsTone(right.subarray(right.length / 2), wav.rateHz, 1000),
      'the browser on the right',
    )

    t.equal(await esl.api('uuid_hold b'), '+OK Success\n')
    const hold = await phone.request('INVITE')
    t.match(hold.body.toString(), /a=sendonly/)
    phone.send(
      answerTo(hold, 200, {
        tag: 'b1',
        contact,
        body: await onPhone<string>(page, 'answer', hold.body.toString()),
      }),
    )
    await phone.request('ACK')
    t.equal(await esl.api('uuid_hold off b'), '+OK Success\n')
    const retrieve = await phone.request('INVITE')
    phone.send(
      answerTo(retrieve, 200, {
        tag: 'b1',
        contact,
        body: await onPhone<string>(page, 'answer', retrieve.body.toString()),
      }),
    )
    await phone.request('ACK')
    await hears(440)

    await onPhone(page, 'close')
    await esl.next('CHANNEL_HANGUP', e => e.headers['Unique-ID'] === 'b')
    await esl.next('CHANNEL_PARK', e => e.headers['Unique-ID'] === a)
    t.match((await esl.next('PLAYBACK_START')).headers, {
      'Playback-File-Path': config.comfortFile,
    })
    await esl.api(`uuid_kill ${a}`)
    t.match(await caller.ended, { code: 0 })
    t.same(errors, [])
  },
)
