// H-AI-1, W-IVR: callers speak to the flow, and keys work beside speech. The voice is espeak-ng's, as the telephone carries it; what it
// says is understood by a server of FunASR's protocol that takes any sound for its one sentence.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startBaresip } from '../fixtures/baresip.ts'
import { startDemo } from '../fixtures/demo.ts'
import { openHall } from '../fixtures/hall.ts'
import { rms } from '../fixtures/sound.ts'
import { startFunasrServer } from '../fixtures/speech/funasr-server.ts'
import { joined, pinkNoise, silence } from '../fixtures/speech/sounds.ts'
import { spoken } from '../fixtures/speech/spoken.ts'
import { until } from '../fixtures/until.ts'

t.setTimeout(280_000)
const LIMIT_MS = 40_000
const NUMBER = '12394'
const folder = mkdtempSync(join(tmpdir(), 'voice-menu-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
/** What the server understands from now on, whatever is said. */
const understands: Record<number, string> = { 0: '人工服务' }
const engine = await startFunasrServer(t, understands)
const file = join(folder, 'speech.json')
writeFileSync(
  file,
  JSON.stringify({
    recognisers: [{ name: 'standin', kind: 'funasr', url: engine.url, for: ['flow'] }],
  }),
  { mode: 0o600 },
)
const demo = await startDemo(t, { env: { HOTLINE_SPEECH_FILE: file } })
await demo.openOffice()
const hall = await openHall(t, demo)
const person = await spoken(folder, '人工服务')
const words = await spoken(folder, '今天天气不错')

/** The whole flow is one question, and a number to say. */
await demo.done('/api/flows/spoken?publish=true', {
  method: 'PUT',
  body: {
    id: 'spoken',
    name: '语音',
    start: 'answer',
    fastLane: { next: 'agent' },
    nodes: {
      answer: { kind: 'answer', next: 'ask' },
      ask: {
        kind: 'intent',
        prompt: {
          say: '请说您要办的事，比如查询进度、参保登记、异地就医备案，或者按1找人工服务。',
        },
        keysPrompt: { say: '人工服务请按1。' },
        noInput: { say: '没听到。' },
        noMatch: { say: '没听清。' },
        intents: [
          { id: 'progress', phrases: ['查询进度'], next: 'number' },
          { id: 'agent', phrases: ['人工服务'], next: 'agent' },
        ],
        choices: { '1': 'agent' },
        noInputMs: 1500,
        attempts: 3,
        otherwise: 'end',
      },
      number: {
        kind: 'listen',
        what: 'digits',
        prompt: { say: '请说身份证号码。' },
        variable: 'id',
        maxDigits: 18,
        next: 'end',
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
const call = async () => {
  const caller = await hall.dial({ to: NUMBER })
  await caller.answered()
  const id = await hall.idOf(caller)
  caller.say(silence(20))
  await hall.fact(id, 'node-entered', { node: 'ask' }, LIMIT_MS)
  return { caller, id }
}
const isHeard = (caller: {
  end: { sound(from?: number): Int16Array; packets: readonly unknown[] }
}) => {
  const from = caller.end.packets.length
  return until('a prompt', () => rms(caller.end.sound(from)) > 200, LIMIT_MS)
}

t.test('baresip says 人工服务 to the standard flow, and waits for a person', async t => {
  const phrase = joined(silence(2500), person, silence(1500))
  const phone = await startBaresip({
    sipPort: demo.sipPort,
    toneHz: 0,
    // Said again and again: when the menu is reached depends on the machine.
    says: joined(silence(6000), ...Array.from({ length: 12 }, () => phrase)),
  })
  t.teardown(() => phone.close())
  await phone.dial('12393')
  const { id } = await until(
    'the call',
    async () => (await demo.done('/api/calls?caller=13800002222')).items[0],
    LIMIT_MS,
  )
  const heard = await hall.fact(id, 'speech-heard', { node: 'main-menu' }, LIMIT_MS)
  t.match(heard.data, {
    outcome: 'understood',
    text: '人工服务',
    phrase: 'agent',
    engine: 'standin',
  })
  await hall.fact(id, 'queue-joined', { queue: 'consult' }, LIMIT_MS)
  const turn = await hall.fact(id, 'voice-turn', { node: 'main-menu' }, LIMIT_MS)
  t.ok(turn.data['delayMs'] >= 0 && turn.data['delayMs'] < 10_000, 'measured from the sound')
  t.comment(`replied after ${turn.data['delayMs']} ms`)
  await phone.hangUp()
})

t.test(
  'who speaks into the prompt ends it; a wish for a person at a number takes the fast lane',
  async t => {
    const agent = await hall.phone('1001', 880)
    await hall.setState('1001', 'idle')
    understands[0] = '查询进度'
    const { caller, id } = await call()
    await isHeard(caller)
    caller.say(words)
    await hall.fact(id, 'speech-heard', { node: 'ask', phrase: 'progress' }, LIMIT_MS)
    understands[0] = '帮我转人工'
    // The question that follows sounds, and what was said before it has ended.
    await hall.fact(id, 'voice-turn', { node: 'ask' }, LIMIT_MS)
    caller.say(words)
    const lane = await hall.fact(id, 'fast-lane-taken', {}, LIMIT_MS)
    t.match(lane.data, { node: 'number', reason: 'asked-for-person' })
    await hall.fact(id, 'agent-offered', {}, LIMIT_MS)
    const shown = await until(
      'the card',
      async () => (await hall.agent('1001')).callId === id,
      LIMIT_MS,
    )
    t.ok(shown)
    await caller.hangUp()
    void agent
  },
)

t.test('silence and noise are asked again, and then a person takes over', async t => {
  const { caller, id } = await call()
  await hall.fact(id, 'no-input', { attempt: '1' }, LIMIT_MS)
  caller.say(pinkNoise(20_000, -25))
  const lane = await hall.fact(id, 'fast-lane-taken', {}, LIMIT_MS)
  t.equal(lane.data['reason'], 'failures')
  await caller.hangUp()
})

t.test('words of another kind are asked again; a key works all the same', async t => {
  understands[0] = '今天天气不错'
  const { caller, id } = await call()
  await isHeard(caller)
  caller.say(words)
  await hall.fact(id, 'speech-heard', { outcome: 'not-understood' }, LIMIT_MS)
  await caller.press('1')
  await hall.fact(id, 'choice-made', { digit: '1' }, LIMIT_MS)
  await hall.fact(id, 'queue-joined', {}, LIMIT_MS)
  await caller.hangUp()
})

t.test('an engine that is down leaves the keys', async t => {
  await engine.close()
  const { caller, id } = await call()
  await isHeard(caller)
  caller.say(words)
  const heard = await hall.fact(id, 'speech-heard', { outcome: 'failed' }, LIMIT_MS)
  t.match(heard.data, { cause: 'unreachable' })
  await caller.press('1')
  await hall.fact(id, 'queue-joined', {}, LIMIT_MS)
  await caller.hangUp()
})
