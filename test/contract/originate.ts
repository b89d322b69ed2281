// Legs that we ring: what the far end sees, what the events tell, and who answers when several phones ring.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import type { Order, Scene } from './stage/scene.ts'
import { headerOf, methodOf } from './stage/text.ts'

type Originate = Extract<Order, { type: 'originate-leg' }>

async function ring(scene: Scene, wanted: Partial<Originate> & Pick<Originate, 'to'>) {
  const uuid = scene.newId()
  const call = scene.newId()
  scene.defer(() => scene.api(`uuid_kill ${uuid}`))
  await scene.perform({
    type: 'originate-leg',
    legId: uuid,
    callId: call,
    callerNumber: '13800009999',
    timeoutMs: 20_000,
    autoAnswer: false,
    ...wanted,
  })

  return { uuid, call }
}

const agent = (agentId: string) => ({ kind: 'agent', agentId }) as const

export const ORIGINATE: readonly Behaviour[] = [
  {
    name: 'an agent’s leg has the id we chose, carries our variables, rings, is answered and parked',
    requirement: 'W-TEL-2',
    async run(scene) {
      const phone = await scene.phone({ manner: 'ring' })
      const { uuid, call } = await ring(scene, {
        to: agent(phone.user),
        callerName: 'Zhang San',
      })
      const talk = await phone.next()
      assert.equal(headerOf(talk.invite, 'X-Hotline-Call'), call)
      assert.match(headerOf(talk.invite, 'From'), /^"?Zhang_San"? <sip:13800009999@/)
      assert.equal(headerOf(talk.invite, 'Call-Info'), '')
      assert.equal((await scene.fact(uuid, 'leg-created')).callId, call)
      await scene.fact(uuid, 'leg-rang')
      talk.answer()
      await scene.fact(uuid, 'leg-parked')
      const told = scene.facts(uuid).map(fact => fact.type)
      assert.deepEqual(told, ['leg-created', 'leg-rang', 'leg-answered', 'leg-parked'])
      for (const event of scene.eventsOf(uuid).filter(({ name }) => name !== 'CHANNEL_STATE')) {
        if (event.get('variable_hotline_call') !== undefined)
          assert.equal(event.get('variable_hotline_call'), call)
      }
      const created = await scene.event(uuid, 'CHANNEL_CREATE')
      assert.equal(created.get('Call-Direction'), 'outbound')
      assert.equal(created.get('variable_hotline_call'), call)
      const job = await scene.esl.wait(
        'the job',
        event => event.name === 'BACKGROUND_JOB' && event.get('Job-UUID') === uuid,
      )
      assert.equal(job.body, `+OK ${uuid}\n`)
      assert.equal(job.get('Job-Command'), 'originate')
    },
  },
  {
    name: 'a phone that shall answer by itself is told so, and a resumed talk as well',
    async run(scene) {
      const phone = await scene.phone({ manner: 'ring' })
      await ring(scene, { to: agent(phone.user), autoAnswer: true, resumes: true })
      const talk = await phone.next()
      assert.match(headerOf(talk.invite, 'Call-Info'), /answer-after=0/)
      assert.equal(headerOf(talk.invite, 'X-Hotline-Resume'), '1')
    },
  },
  {
    name: 'a number outside is dialled at the trunk’s address, with our number shown',
    async run(scene) {
      const carrier = await scene.carrier({ voice: 'third' })
      const { uuid } = await ring(scene, {
        to: { kind: 'address', number: '013911112222', address: `127.0.0.1:${carrier.port}` },
        callerNumber: '12393',
      })
      const talk = await carrier.next()
      assert.match(talk.invite, /^INVITE sip:013911112222@127\.0\.0\.1:\d+/)
      assert.match(headerOf(talk.invite, 'From'), /sip:12393@/)
      assert.equal(headerOf(talk.invite, 'X-Hotline-Call'), '')
      await scene.fact(uuid, 'leg-parked')
      const created = await scene.fact(uuid, 'leg-created')
      assert.equal(created.direction, 'outbound')
      assert.equal(created.calledNumber, '013911112222'.slice(1))
    },
  },
  {
    name: 'early media of a phone does not end the ringing',
    async run(scene) {
      const phone = await scene.phone({ manner: 'silent' })
      const { uuid } = await ring(scene, { to: agent(phone.user) })
      const talk = await phone.next()
      talk.ring('183 Session Progress', [], talk.sdp())
      await scene.fact(uuid, 'leg-rang')
      await new Promise(resolve => setTimeout(resolve, 700))
      assert.equal(
        scene.facts(uuid).some(({ type }) => type === 'leg-parked'),
        false,
      )
      assert.equal(
        scene.facts(uuid).some(({ type }) => type === 'leg-answered'),
        false,
      )
      talk.answer()
      await scene.fact(uuid, 'leg-parked')
      await scene.fact(uuid, 'leg-answered')
    },
  },
  {
    name: 'two phones of one agent ring, the one that answers is the leg we named, the other is cancelled',
    async run(scene) {
      const first = await scene.phone({ manner: 'ring' })
      const second = await scene.secondPhone(first, { manner: 'ring', voice: 'third' })
      for (const [answering, left] of [
        [first, second],
        [second, first],
      ] as const) {
        const { uuid } = await ring(scene, { to: agent(first.user) })
        const [talk, other] = [await answering.next(), await left.next()]
        talk.answer()
        await other.requested('CANCEL')
        await scene.fact(uuid, 'leg-parked')
        const told = scene.facts(uuid).map(fact => fact.type)
        assert.deepEqual(
          told.filter(type => type !== 'leg-rang'),
          ['leg-created', 'leg-answered', 'leg-parked'],
        )
        await scene.perform({ type: 'hang-up-leg', legId: uuid, cause: 'normal' })
        await talk.requested('BYE')
        await scene.fact(uuid, 'leg-ended')
        assert.equal(scene.facts(uuid).filter(({ type }) => type === 'leg-ended').length, 1)
      }
    },
  },
  {
    name: 'one phone of two declines, and the other still rings and answers',
    async run(scene) {
      const first = await scene.phone({ manner: 'ring' })
      const second = await scene.secondPhone(first, { manner: 'ring', voice: 'third' })
      for (const [declining, answering] of [
        [first, second],
        [second, first],
      ] as const) {
        const { uuid } = await ring(scene, { to: agent(first.user) })
        const [refused, talk] = [await declining.next(), await answering.next()]
        await scene.fact(uuid, 'leg-rang')
        refused.refuse(486)
        await new Promise(resolve => setTimeout(resolve, 500))
        assert.equal(
          scene.facts(uuid).some(({ type }) => type === 'leg-ended'),
          false,
        )
        talk.answer()
        await scene.fact(uuid, 'leg-parked')
        await scene.perform({ type: 'hang-up-leg', legId: uuid, cause: 'normal' })
        await talk.requested('BYE')
        await scene.fact(uuid, 'leg-ended')
      }
    },
  },
  {
    name: 'both phones of an agent decline, and the leg ends once, as busy',
    async run(scene) {
      const first = await scene.phone({ manner: 486 })
      await scene.secondPhone(first, { manner: 486, voice: 'third' })
      const { uuid } = await ring(scene, { to: agent(first.user) })
      const ended = await scene.fact(uuid, 'leg-ended')
      assert.equal(ended.cause, 'busy')
      await scene.esl.wait(
        'the job',
        event => event.name === 'BACKGROUND_JOB' && event.get('Job-UUID') === uuid,
      )
      assert.equal(scene.facts(uuid).filter(({ type }) => type === 'leg-ended').length, 1)
    },
  },
  {
    name: 'a leg of two ringing phones that we end is cancelled at both',
    async run(scene) {
      const first = await scene.phone({ manner: 'ring' })
      const second = await scene.secondPhone(first, { manner: 'ring', voice: 'third' })
      const { uuid } = await ring(scene, { to: agent(first.user) })
      const talks = [await first.next(), await second.next()]
      await scene.fact(uuid, 'leg-rang')
      await scene.perform({ type: 'hang-up-leg', legId: uuid, cause: 'cancelled' })
      for (const talk of talks) await talk.requested('CANCEL')
      assert.equal((await scene.fact(uuid, 'leg-ended')).cause, 'cancelled')
    },
  },
  {
    name: 'a phone that sends the call elsewhere (302) is refused, and nothing else is rung',
    requirement: 'W-SEC-1',
    async run(scene) {
      const elsewhere = await scene.carrier({ manner: 'answer' })
      const phone = await scene.phone({ manner: 'silent' })
      const { uuid } = await ring(scene, { to: agent(phone.user) })
      const talk = await phone.next()
      talk.refuse(302, [`Contact: <sip:0085290000000@127.0.0.1:${elsewhere.port}>`])
      await scene.fact(uuid, 'leg-ended')
      await new Promise(resolve => setTimeout(resolve, 300))
      assert.equal(elsewhere.incoming.length, 0)
    },
  },
  {
    name: 'a phone that answers with a codec we did not offer ends its leg',
    async run(scene) {
      const phone = await scene.phone({ manner: 'ring' })
      const { uuid } = await ring(scene, { to: agent(phone.user) })
      const talk = await phone.next()
      talk.answer(
        [],
        'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n',
      )
      assert.equal((await scene.fact(uuid, 'leg-ended')).cause, 'no-codec')
      await talk.requested('BYE')
    },
  },
  {
    name: 'execute_on_answer runs when the phone is picked up',
    async run(scene) {
      const phone = await scene.phone({ manner: 'ring' })
      const uuid = scene.newId()
      scene.defer(() => scene.api(`uuid_kill ${uuid}`))
      await scene.esl.reply(
        `bgapi originate {origination_uuid=${uuid},execute_on_answer='set hotline_picked=up'}user/${phone.user} &park()`,
      )
      const talk = await phone.next()
      assert.equal(await scene.api(`uuid_getvar ${uuid} hotline_picked`), '_undef_')
      talk.answer()
      await scene.until(
        'the variable',
        async () => (await scene.api(`uuid_getvar ${uuid} hotline_picked`)) === 'up',
      )
    },
  },
  {
    name: 'a leg id that lives already is not given twice',
    async run(scene) {
      const { uuid } = await scene.agent()
      const phone = await scene.phone({ manner: 'ring' })
      await scene.api(
        `originate {origination_uuid=${uuid},originate_timeout=2}user/${phone.user} &park()`,
      )
      assert.equal(await scene.api(`uuid_exists ${uuid}`), 'true')
      assert.equal(
        scene.facts(uuid).some(({ type }) => type === 'leg-ended'),
        false,
      )
      for (const talk of phone.incoming)
        await scene.until(
          'its end',
          () => talk.requests.some(m => methodOf(m) === 'CANCEL') || talk.isEnded,
        )
    },
  },
]
