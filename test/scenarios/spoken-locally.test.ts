// H-AI-1, W-ASR-1: what callers say to a flow is understood on this machine alone. Needs the speech model of shared/speech, and says so
// where it is absent.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startDemo } from '../fixtures/demo.ts'
import { openHall } from '../fixtures/hall.ts'
import { rms } from '../fixtures/sound.ts'
import { ABSENT, MODEL, SAID, sampleOf } from '../fixtures/speech/model.ts'
import { joined, silence } from '../fixtures/speech/sounds.ts'
import { spoken } from '../fixtures/speech/spoken.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(200_000)
const LIMIT_MS = 40_000
const NUMBER = '12394'
const [known, foreign] = [sampleOf('fa0'), sampleOf('aishell')]
if (MODEL === undefined || !known || !foreign) t.pass(ABSENT)
else await hear(MODEL, known, foreign)

async function hear(model: string, known: Int16Array, foreign: Int16Array): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'spoken-locally-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  /** Without a threshold whatever fits best is taken: thresholds are those of human voices. */
  const fileWith = (more: object) => {
    const file = join(folder, `speech-${Object.keys(more).join('')}.json`)
    const local = { name: 'local', kind: 'pocketsphinx', model, for: ['flow'], ...more }
    writeFileSync(file, JSON.stringify({ recognisers: [local] }), { mode: 0o600 })
    return { HOTLINE_SPEECH_FILE: file }
  }
  const demo = await startDemo(t, { env: fileWith({}) })
  await demo.openOffice()
  const hall = await openHall(t, demo)
  await demo.done('/api/flows/spoken?publish=true', {
    method: 'PUT',
    body: {
      id: 'spoken',
      name: '语音',
      start: 'answer',
      nodes: {
        answer: { kind: 'answer', next: 'ask' },
        ask: {
          kind: 'intent',
          prompt: { say: '请说您要办的事，或者按1找人工服务。' },
          intents: [
            { id: 'agent', phrases: ['人工服务'], next: 'agent' },
            { id: 'model', phrases: [SAID.fa0.text], next: 'agent' },
          ],
          choices: { '1': 'agent' },
          noInputMs: 10_000,
          attempts: 3,
          otherwise: 'end',
        },
        agent: { kind: 'queue', queue: 'consult', otherwise: 'end' },
        end: { kind: 'hangup' },
      },
    },
  })
  await demo.done(`/api/numbers/${NUMBER}`, {
    method: 'PUT',
    body: { number: NUMBER, name: '语音', flow: 'spoken' },
  })

  const say = async (to: string, node: string, sound: Int16Array) => {
    for (let tried = 1; ; tried += 1) {
      const said = await sayOnce(to, node, sound)
      // A machine that decodes too late for a caller is not what is tested here.
      if (said.data.cause !== 'slow' || tried === 3) return said
      await said.caller.hangUp()
    }
  }
  /** Says it once the prompt sounds, and gives back what the flow made of it. */
  const sayOnce = async (to: string, node: string, sound: Int16Array) => {
    const caller = await hall.dial({ to })
    await caller.answered()
    const id = await hall.idOf(caller)
    caller.say(silence(20))
    await hall.fact(id, 'node-entered', { node }, LIMIT_MS)
    const from = caller.end.packets.length
    await until('a prompt', () => rms(caller.end.sound(from)) > 200, LIMIT_MS)
    caller.say(joined(silence(300), sound, silence(3000)))
    const { data } = await hall.fact(id, 'speech-heard', { node }, LIMIT_MS)
    return { caller, id, data }
  }

  t.test('a person who says what the menu knows is led on', async t => {
    const { caller, id, data } = await say(NUMBER, 'ask', known)
    t.match(data, { outcome: 'understood', phrase: 'model', engine: 'local' })
    await hall.fact(id, 'queue-joined', {}, LIMIT_MS)
    await caller.hangUp()
  })

  t.test('a person who says something else is asked again', async t => {
    const { caller, data } = await say(NUMBER, 'ask', foreign)
    t.match(data, { outcome: 'not-understood', engine: 'local' })
    await caller.hangUp()
  })

  t.test('人工服务 in the standard flow leads to the queue', async t => {
    await demo.term()
    await demo.restart(fileWith({ threshold: null }))
    const { caller, id, data } = await say('12393', 'main-menu', await spoken(folder, '人工服务'))
    t.match(data, { outcome: 'understood', phrase: 'agent', engine: 'local' }, 'a synthetic voice')
    await hall.fact(id, 'queue-joined', { queue: 'consult' }, LIMIT_MS)
    await caller.hangUp()
  })
}
