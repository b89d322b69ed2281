// Questions to the switch: what it shows, and what it says to what it does not know.
import assert from 'node:assert/strict'
import type { Behaviour } from './stage/behaviour.ts'
import type { Scene } from './stage/scene.ts'

async function rows(scene: Scene, what: string): Promise<Record<string, string>[]> {
  const shown = JSON.parse(await scene.api(`show ${what} as json`)) as {
    row_count: number
    rows?: Record<string, string>[]
  }
  assert.equal(shown.row_count, shown.rows?.length ?? 0)

  return shown.rows ?? []
}

export const ASKING: readonly Behaviour[] = [
  {
    name: 'show channels: a parked caller with numbers, states and direction, and gone when it ended',
    async run(scene) {
      const { uuid, talk } = await scene.caller({ from: '13955556666' })
      const row = await scene.until('its row', async () =>
        (await rows(scene, 'channels')).find(
          one => one['uuid'] === uuid && one['callstate'] === 'ACTIVE',
        ),
      )
      assert.equal(row['direction'], 'inbound')
      assert.equal(row['cid_num'], '13955556666')
      assert.equal(row['dest'], scene.subject.number)
      assert.equal(row['application'], 'park')
      await talk.hangUp()
      await scene.until(
        'no row',
        async () => !(await rows(scene, 'channels')).some(one => one['uuid'] === uuid),
      )
    },
  },
  {
    name: 'show calls: a bridge is one row with both legs',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
      await scene.bridge(caller, agent)
      const row = await scene.until('its row', async () =>
        (await rows(scene, 'calls')).find(
          one =>
            [one['uuid'], one['b_uuid']].sort().join() === [caller.uuid, agent.uuid].sort().join(),
        ),
      )
      assert.ok(row)
      await scene.perform({ type: 'park-legs', legId: caller.uuid })
      await scene.until('no row', async () =>
        (await rows(scene, 'calls')).every(
          one =>
            [one['uuid'], one['b_uuid']].sort().join() !== [caller.uuid, agent.uuid].sort().join(),
        ),
      )
    },
  },
  {
    name: 'uuid_dump json: the channel with its variables, and an error for one that is gone',
    async run(scene) {
      const { uuid } = await scene.caller()
      await scene.api(`uuid_setvar ${uuid} hotline_note a b`)
      const dump = JSON.parse(await scene.api(`uuid_dump ${uuid} json`)) as Record<string, string>
      assert.equal(dump['Unique-ID'], uuid)
      assert.equal(dump['Call-Direction'], 'inbound')
      assert.equal(dump['variable_hotline_note'], 'a b')
      assert.equal(dump['variable_hotline_call'], uuid)
      assert.equal(dump['Caller-Destination-Number'], scene.subject.number)
      assert.ok(Number(dump['Caller-Channel-Answered-Time']) > 0)
      assert.match(await scene.api(`uuid_dump ${scene.newId()} json`), /^-ERR/)
    },
  },
  {
    name: 'the driver’s picture of a leg is what the events told',
    async run(scene) {
      const [caller, agent] = await Promise.all([scene.caller(), scene.agent()])
      await scene.bridge(caller, agent)
      const legs = await scene.until('both legs bridged', async () => {
        const live = await scene.liveLegs()
        const [a, b] = [caller, agent].map(({ uuid }) => live.find(leg => leg.legId === uuid))

        return a?.state === 'bridged' && b?.state === 'bridged' ? { a, b } : undefined
      })
      assert.equal(legs.a.bridgedTo, agent.uuid)
      assert.equal(legs.b.bridgedTo, caller.uuid)
      assert.equal(legs.a.direction, 'inbound')
      assert.equal(legs.b.direction, 'outbound')
      assert.ok(legs.a.answeredAt !== undefined && legs.b.answeredAt !== undefined)
      const told = await scene.fact(agent.uuid, 'leg-created')
      assert.equal(legs.b.callId, told.callId)
    },
  },
  {
    name: 'uptime is seconds that grow, version and status say what it is',
    async run(scene) {
      const first = Number(await scene.api('uptime'))
      assert.ok(Number.isInteger(first) && first >= 0)
      await new Promise(resolve => setTimeout(resolve, 1100))
      assert.ok(Number(await scene.api('uptime')) > first)
      assert.equal((await scene.api('version short')).trim(), scene.subject.version)
      assert.match(await scene.api('status'), /^UP 0 years, 0 days,/)
    },
  },
  {
    name: 'variables are set, read, unset and unknown',
    async run(scene) {
      const { uuid } = await scene.caller()
      assert.equal(await scene.api(`uuid_setvar ${uuid} hotline_x y`), '+OK\n')
      assert.equal(await scene.api(`uuid_getvar ${uuid} hotline_x`), 'y')
      assert.equal(await scene.api(`uuid_setvar ${uuid} hotline_x`), '+OK\n')
      assert.equal(await scene.api(`uuid_getvar ${uuid} hotline_x`), '_undef_')
    },
  },
  {
    name: 'what is asked of a leg that is gone is refused in words that begin with -ERR',
    async run(scene) {
      const gone = scene.newId()
      for (const command of [
        `uuid_kill ${gone}`,
        `uuid_setvar ${gone} a b`,
        `uuid_getvar ${gone} a`,
        `uuid_break ${gone} all`,
        `uuid_transfer ${gone} -both park inline`,
        `uuid_record ${gone} start /tmp/x.wav`,
        `uuid_send_dtmf ${gone} 1`,
        `uuid_audio ${gone} stop`,
        `sched_transfer +60 ${gone} orphan`,
      ])
        assert.match(await scene.api(command), /^-ERR/, command)
      assert.equal(await scene.api(`uuid_exists ${gone}`), 'false')
      assert.match(await scene.execute(gone, 'playback', '/tmp/x.wav'), /^-ERR invalid session id/)
    },
  },
  {
    name: 'wrong words are answered with -ERR or -USAGE',
    async run(scene) {
      assert.equal(await scene.api('nonsense'), '-ERR nonsense Command not found!\n')
      for (const command of [
        'originate',
        'uuid_bridge',
        'uuid_setvar',
        'uuid_transfer x',
        'uuid_record x',
      ])
        assert.match(await scene.api(command), /^-(USAGE|ERR)/, command)
      assert.match(await scene.api('originate user/3999@nowhere.invalid &park()'), /^-ERR [A-Z_]+/)
    },
  },
]
