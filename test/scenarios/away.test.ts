// The desktop on another machine: TLS with a certificate made for the address, SIP over a secure WebSocket, sound over the cable.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { once } from 'node:events'
import t from 'tap'
import { startAgentBrowser } from '../fixtures/browser.ts'
import { startDemo } from '../fixtures/demo.ts'
import { createOtherMachine } from '../fixtures/netns.ts'
import {
  AGENT_HZ,
  answer,
  atAgent,
  atCaller,
  beReady,
  CALLER_HZ,
  callIdOf,
  dialToMenu,
  hearsOnly,
  recordOf,
  stepsOf,
} from '../fixtures/story.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(240_000)
const step = stepsOf(t)
const machine = await createOtherMachine()
t.teardown(() => machine.close())
const demo = await startDemo(t, {
  host: machine.here,
  env: {
    HOTLINE_HOST: '0.0.0.0',
    HOTLINE_SIP_HOST: '0.0.0.0',
    HOTLINE_PUBLIC_ADDRESS: machine.here,
  },
})
await demo.openOffice()

await step('the certificate is made for the address', async t => {
  const ca = readFileSync(join(demo.dataDir, 'tls/cert.pem'), 'utf8')
  const socket = connect({ host: machine.here, port: demo.ports.http, ca })
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  t.ok(socket.authorized, 'who trusts it is content')
  t.match(socket.getPeerCertificate().subjectaltname, machine.here)
})

await step('an agent at the other machine answers a caller, and both hear each other', async t => {
  const browser = await startAgentBrowser({
    url: demo.url,
    microphoneHz: AGENT_HZ,
    executablePath: machine.wrap('/usr/bin/chromium'),
  })
  t.teardown(() => browser.close())
  const desk = await browser.login({ username: '1001', password: demo.passwordOf('1001') })
  t.equal(await desk.page.evaluate('isSecureContext'), true)
  t.match(await demo.done('/api/phone', { as: '1001' }), {
    webSocketUrl: `wss://${machine.here}:${demo.ports.http}/sip`,
  })
  await beReady(desk, demo, '1001')
  const caller = await dialToMenu(t, demo)
  const id = await callIdOf(demo, caller)
  await caller.press('1')
  await answer(desk)
  await atAgent(desk, 500)
  const [agent, far] = await Promise.all([atAgent(desk, 2000), atCaller(caller, 2000)])
  hearsOnly(t, 'the agent', agent, { of: CALLER_HZ, not: AGENT_HZ })
  hearsOnly(t, 'the caller', far, { of: AGENT_HZ, not: CALLER_HZ })
  const pair = await desk.page.evaluate<string>('heardSamples.addresses()')
  t.match(pair, `${machine.there} → ${machine.here}`)
  await desk.press('Escape')
  await desk.press('Escape')
  await desk.sees('话后处理')
  await caller.hangUp()
  const record = await until('the record', async () => {
    const found = await recordOf(demo, id)
    return found.endedAt !== null && found
  })
  t.match(record, { result: 'answered', agent: '1001', recordingFault: null })
})
