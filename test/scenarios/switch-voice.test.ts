// A site whose prompts are to be said by an MRCP server behind the switch, on a switch that has none.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startDemo } from '../fixtures/demo.ts'
import { dial } from '../fixtures/rtp-caller.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(240_000)

t.test(
  'Callers hear their prompts from the next synthesiser, and the flow goes on without ears',
  async t => {
    const folder = mkdtempSync(join(tmpdir(), 'hotline-switch-voice-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'speech.json')
    const speech = {
      recognisers: [{ name: 'hall', kind: 'mrcp', profile: 'hall' }],
      synthesisers: [
        { kind: 'mrcp', profile: 'hall', voices: { female: 'anna', male: 'bert' } },
        { kind: 'espeak' },
      ],
    }
    writeFileSync(file, JSON.stringify(speech), { mode: 0o600 })
    const demo = await startDemo(t, { env: { HOTLINE_SPEECH_FILE: file } })
    await demo.openOffice()
    const caller = await dial({ sipPort: demo.sipPort })
    t.teardown(() => caller.close())
    await caller.answered()
    const isLoud = () => caller.end.sound().some(sample => Math.abs(sample) > 2000)
    await caller.end.until('the greeting', isLoud, 20_000)
    const [call] = (await demo.done('/api/calls?limit=1')).items
    const heard = await until(
      'the menu to have no ears',
      async () => {
        const { items } = await demo.done(`/api/calls/${call.id}/timeline`)
        return items.find(({ type }: { type: string }) => type === 'speech-heard')
      },
      20_000,
    )
    t.match(heard.data, { outcome: 'failed', cause: 'refused' })
    const menuBegan = caller.end.packets.length
    await caller.end.until(
      'the menu to be said all the same',
      () => caller.end.sound(menuBegan).some(sample => Math.abs(sample) > 2000),
      20_000,
    )
    await caller.press('1')
    const queued = await until(
      'the caller to wait for a person',
      async () => {
        const { items } = await demo.done(`/api/calls/${call.id}/timeline`)
        return items.find(({ type }: { type: string }) => type === 'queue-joined')
      },
      20_000,
    )
    t.match(queued.data, { queue: 'consult' }, 'a key works without ears')
    t.match(demo.logs(), 'the switch cannot speak', 'the operator can read why')
  },
)
