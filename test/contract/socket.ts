// The event socket itself: log-in, formats, filters, jobs, several clients.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import { openEventSocket } from './stage/event-socket.ts'
import type { Scene } from './stage/scene.ts'

async function another(scene: Scene, events?: string) {
  const client = await openEventSocket(scene.subject.eslUrl, events)
  scene.defer(() => client.close())

  return client
}

export const SOCKET: readonly Behaviour[] = [
  {
    name: 'a wrong password is refused and the connection closed',
    async run(scene) {
      const url = new URL(scene.subject.eslUrl)
      url.password = ''
      const client = await openEventSocket(url.href)
      scene.defer(() => client.close())
      assert.equal(await client.reply('auth wrong'), '-ERR invalid')
      await scene.until('the end', () => client.isClosed)
    },
  },
  {
    name: 'plain and JSON events carry the same headers',
    async run(scene) {
      const client = await another(scene)
      assert.match(
        await client.reply('event plain CHANNEL_ANSWER'),
        /^\+OK event listener enabled plain/,
      )
      const { uuid } = await scene.caller({ headers: ['X-Hotline-Mark: 50% of a=b;c'] })
      const plain = await client.wait('the event', event => event.uuid === uuid)
      const json = await scene.event(uuid, 'CHANNEL_ANSWER')
      for (const header of [
        'Event-Name',
        'Unique-ID',
        'Event-Date-Timestamp',
        'Caller-Caller-ID-Number',
        'variable_sip_h_X-Hotline-Mark',
        'variable_sip_call_id',
      ])
        assert.equal(plain.get(header), json.get(header), header)
      assert.equal(plain.get('variable_sip_h_X-Hotline-Mark'), '50% of a=b;c')
    },
  },
  {
    name: 'two clients are told the same, each only what it asked for',
    async run(scene) {
      const [hangups, all] = [await another(scene, 'CHANNEL_HANGUP'), await another(scene, 'ALL')]
      const { uuid, talk } = await scene.caller()
      await talk.hangUp()
      await hangups.wait('the end', event => event.uuid === uuid)
      await all.wait('the end', event => event.uuid === uuid && event.name === 'CHANNEL_HANGUP')
      assert.ok(hangups.events.every(event => event.name === 'CHANNEL_HANGUP'))
      assert.ok(all.events.some(event => event.uuid === uuid && event.name === 'CHANNEL_CREATE'))
    },
  },
  {
    name: 'a filter lets through what fits, and nothing else',
    async run(scene) {
      const { uuid } = await scene.caller()
      const client = await another(scene, 'CHANNEL_HANGUP CHANNEL_CREATE')
      assert.match(await client.reply(`filter Unique-ID ${uuid}`), /^\+OK filter added/)
      const other = await scene.caller()
      await other.talk.hangUp()
      await scene.event(other.uuid, 'CHANNEL_DESTROY')
      await scene.api(`uuid_kill ${uuid}`)
      await client.wait('its end', event => event.uuid === uuid)
      assert.ok(client.events.every(event => event.uuid === uuid))
    },
  },
  {
    name: 'CUSTOM events come by their subclass, and nixevent ends one kind',
    async run(scene) {
      const client = await another(scene, 'CHANNEL_CREATE CHANNEL_ANSWER CUSTOM sofia::register')
      const phone = await scene.phone()
      await client.wait(
        'the registration',
        event =>
          event.get('Event-Subclass') === 'sofia::register' &&
          event.get('from-user') === phone.user,
      )
      assert.match(await client.reply('nixevent CHANNEL_CREATE'), /^\+OK/)
      const from = client.events.length
      const { uuid } = await scene.caller()
      await client.wait('the answer', event => event.uuid === uuid, from)
      assert.ok(client.events.slice(from).every(event => event.name !== 'CHANNEL_CREATE'))
    },
  },
  {
    name: 'a job of bgapi is told with the id we gave and what the command printed',
    async run(scene) {
      const job = scene.newId()
      const reply = await scene.esl.reply(`bgapi create_uuid\nJob-UUID: ${job}`)
      assert.match(reply, new RegExp(`^\\+OK Job-UUID: ${job}`))
      const done = await scene.esl.wait(
        'the job',
        event => event.name === 'BACKGROUND_JOB' && event.get('Job-UUID') === job,
      )
      assert.equal(done.get('Job-Command'), 'create_uuid')
      assert.match(done.body, /^[0-9a-f-]{36}/)
    },
  },
  {
    name: 'commands of one connection are answered in their order while jobs run beside',
    async run(scene) {
      const client = await another(scene)
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, i) => client.api(`echo ${i}`)),
      )
      assert.deepEqual(
        replies.map(reply => reply.trim()),
        Array.from({ length: 50 }, (_, i) => String(i)),
      )
    },
  },
  {
    name: 'exit says goodbye and closes',
    async run(scene) {
      const client = await another(scene)
      assert.match(await client.reply('exit'), /^\+OK bye/)
      await scene.until('the end', () => client.isClosed)
    },
  },
]
