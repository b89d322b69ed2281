// Agents in browsers: SIP over WebSocket, sound over WebRTC.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import type { BrowserPhone } from './stage/browser-phone.ts'
import { hears } from './stage/ears.ts'
import { voicesOf } from './stage/recorded.ts'
import type { Scene } from './stage/scene.ts'

async function ring(scene: Scene, browser: BrowserPhone) {
  const [uuid, call] = [scene.newId(), scene.newId()]
  scene.defer(() => scene.api(`uuid_kill ${uuid}`))
  await scene.perform({
    type: 'originate-leg',
    legId: uuid,
    callId: call,
    to: { kind: 'agent', agentId: browser.user },
    callerNumber: '13800009999',
    timeoutMs: 30_000,
    autoAnswer: true,
  })

  return { uuid, call }
}

/** A caller and a browser that talk. */
async function talking(scene: Scene) {
  const [caller, browser] = await Promise.all([scene.caller(), scene.browser()])
  const { uuid, call } = await ring(scene, browser)
  const number = await browser.rings()
  assert.equal(await browser.header(number, 'X-Hotline-Call'), call)
  assert.match(await browser.header(number, 'Call-Info'), /answer-after=0/)
  await browser.answer(number)
  await scene.fact(uuid, 'leg-parked')
  await scene.perform({ type: 'bridge-legs', legId: caller.uuid, otherLegId: uuid })
  await Promise.all([hears(caller.talk.ear, ['agent']), browser.hears(['caller'])])

  return { caller, browser, uuid, number }
}

export const BROWSERS: readonly Behaviour[] = [
  {
    name: 'a browser registers, is rung with our headers, answers, and both hear each other',
    requirement: 'W-TEL-7',
    async run(scene) {
      const { uuid, browser } = await talking(scene)
      const told = scene
        .news()
        .findLast(fact => fact.type === 'phone-registered' && fact.agentId === browser.user)
      assert.match(told?.type === 'phone-registered' ? told.transport : '', /^wss?$/)
      const types = scene
        .facts(uuid)
        .map(({ type }) => type)
        .filter(type => type !== 'leg-quality')
      assert.deepEqual(types.slice(0, 4), ['leg-created', 'leg-rang', 'leg-answered', 'leg-parked'])
    },
  },
  {
    name: 'a browser is held and retrieved, and the caller hears music meanwhile',
    requirement: 'W-TEL-4',
    async run(scene) {
      const { caller, browser, uuid, number } = await talking(scene)
      await scene.perform({ type: 'hold-leg', legId: uuid })
      await Promise.all([hears(caller.talk.ear, ['music']), browser.hears([])])
      await scene.until(
        'the direction',
        async () => (await browser.direction(number)) !== 'sendrecv',
      )
      await scene.perform({ type: 'retrieve-leg', legId: uuid })
      await Promise.all([hears(caller.talk.ear, ['agent']), browser.hears(['caller'])])
      assert.equal(await browser.direction(number), 'sendrecv')
    },
  },
  {
    name: 'a browser’s leg is tapped like any other',
    async run(scene) {
      const { uuid } = await talking(scene)
      const tap = scene.tap(uuid)
      await tap.hears(['agent'], ['caller'])
      tap.isWhole()
    },
  },
  {
    name: 'keys pressed in a browser are told',
    async run(scene) {
      const { browser, uuid, number } = await talking(scene)
      await browser.press(number, '5#')
      await scene.fact(uuid, 'digit-pressed', fact => fact.digit === '5')
      await scene.fact(uuid, 'digit-pressed', fact => fact.digit === '#')
    },
  },
  {
    name: 'a browser hangs up: the caller is parked again',
    async run(scene) {
      const { caller, browser, uuid, number } = await talking(scene)
      const after = scene.mark()
      await browser.hangUp(number)
      await scene.event(caller.uuid, 'CHANNEL_PARK', { after })
      const ended = await scene.fact(uuid, 'leg-ended')
      assert.equal(ended.cause, 'normal')
      assert.equal(ended.endedBy, 'far-end')
      assert.ok((ended.quality?.packetsIn ?? 0) > 20)
    },
  },
  {
    name: 'a browser in a recorded talk is on the right side',
    requirement: 'W-REC-1',
    async run(scene) {
      const { caller } = await talking(scene)
      const path = scene.newFile()
      await scene.perform({ type: 'start-recording', legId: caller.uuid, path })
      await new Promise(resolve => setTimeout(resolve, 2500))
      await scene.perform({ type: 'stop-recording', legId: caller.uuid, path })
      await scene.fact(caller.uuid, 'recording-stopped')
      assert.deepEqual(voicesOf(path), [['caller'], ['agent']])
    },
  },
  {
    name: 'a browser calls: its user is named, it is parked, and hears what is played',
    requirement: 'W-TEL-2',
    async run(scene) {
      const browser = await scene.browser()
      const after = scene.mark()
      await browser.call('013900001111')
      const created = await scene.esl.wait(
        'the leg',
        event =>
          event.name === 'CHANNEL_CREATE' &&
          event.get('Call-Direction') === 'inbound' &&
          event.get('variable_user_name') === browser.user,
        after,
      )
      scene.defer(() => scene.api(`uuid_kill ${created.uuid}`))
      await scene.event(created.uuid, 'CHANNEL_PARK')
      await scene.perform({
        type: 'guard-leg',
        legId: created.uuid,
        callId: created.uuid,
        forMs: 60_000,
      })
      await scene.perform({ type: 'answer-leg', legId: created.uuid })
      await scene.fact(created.uuid, 'leg-answered')
      await scene.perform({
        type: 'play',
        legId: created.uuid,
        playId: scene.newId(),
        files: [scene.tone('prompt', 10)],
        loop: false,
      })
      await browser.hears(['prompt'])
    },
  },
  {
    name: 'a browser that goes away is no phone any more',
    async run(scene) {
      const browser = await scene.browser()
      const before = scene.news().length
      await browser.close()
      await scene.until('the driver’s word', () =>
        scene
          .news()
          .slice(before)
          .some(fact => fact.type === 'phone-unregistered' && fact.agentId === browser.user),
      )
    },
  },
]
