// Phones that sign in and off.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import type { Scene } from './stage/scene.ts'
import { headerOf, statusOf } from './stage/text.ts'

async function registered(scene: Scene, user: string): Promise<number> {
  const shown = JSON.parse(await scene.api('show registrations as json')) as {
    rows?: Record<string, string>[]
  }

  return (shown.rows ?? []).filter(row => row['reg_user'] === user).length
}

export const REGISTERING: readonly Behaviour[] = [
  {
    name: 'a phone signs in with digest: the event, the row, and the driver’s word for it',
    requirement: 'W-TEL-7',
    async run(scene) {
      const after = scene.mark()
      const phone = await scene.phone()
      const event = await scene.esl.wait(
        'the event',
        one =>
          one.get('Event-Subclass') === 'sofia::register' && one.get('from-user') === phone.user,
        after,
      )
      assert.match(event.get('contact') ?? '', new RegExp(`127\\.0\\.0\\.1:${phone.port}`))
      assert.ok(Number(event.get('expires')) > 0)
      await scene.until('its row', async () => (await registered(scene, phone.user)) === 1)
      await scene.until('the driver’s word', () =>
        scene.news().some(fact => fact.type === 'phone-registered' && fact.agentId === phone.user),
      )
    },
  },
  {
    name: 'a phone signs off: the row goes, and the driver says so',
    async run(scene) {
      const phone = await scene.phone()
      await scene.until('its row', async () => (await registered(scene, phone.user)) === 1)
      const after = scene.mark()
      assert.equal(statusOf(await phone.register(0)), 200)
      await scene.esl.wait(
        'the event',
        one =>
          one.get('Event-Subclass') === 'sofia::unregister' && one.get('from-user') === phone.user,
        after,
      )
      await scene.until('no row', async () => (await registered(scene, phone.user)) === 0)
      await scene.until('the driver’s word', () =>
        scene
          .news()
          .some(fact => fact.type === 'phone-unregistered' && fact.agentId === phone.user),
      )
    },
  },
  {
    name: 'a wrong password is refused, and nobody is registered',
    requirement: 'N-5',
    async run(scene) {
      const phone = await scene.phone()
      await phone.register(0)
      await scene.until('no row', async () => (await registered(scene, phone.user)) === 0)
      const answer = statusOf(await phone.register(3600, 'guess'))
      assert.ok(answer === 401 || answer === 403, String(answer))
      assert.equal(await registered(scene, phone.user), 0)
    },
  },
  {
    name: 'of two phones of an agent one signs off, and the agent still has a phone',
    async run(scene) {
      const first = await scene.phone()
      const second = await scene.secondPhone(first, { voice: 'third' })
      for (const leaving of [second, first]) {
        const before = scene.news().length
        assert.equal(statusOf(await leaving.register(0)), 200)
        await new Promise(resolve => setTimeout(resolve, 2500))
        assert.deepEqual(
          scene
            .news()
            .slice(before)
            .filter(fact => fact.type === 'phone-unregistered' && fact.agentId === first.user),
          [],
        )
        assert.equal(statusOf(await leaving.register()), 200)
      }
    },
  },
  {
    name: 'a registration’s answer says for how long it holds',
    async run(scene) {
      const phone = await scene.phone()
      const answer = await phone.register(300)
      const expires =
        /expires=(\d+)/.exec(headerOf(answer, 'Contact'))?.[1] ?? headerOf(answer, 'Expires')
      assert.ok(Number(expires) > 0 && Number(expires) <= 300, expires)
    },
  },
]
