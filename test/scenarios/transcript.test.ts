// W-ASR-1, H-AI-2: what both sides of a talk say is on the agent's screen while they say it, kept with its times, and no engine harms a call.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { watchChannel } from '../fixtures/channel-watcher.ts'
import { startDemo } from '../fixtures/demo.ts'
import { openHall, talk } from '../fixtures/hall.ts'
import { goertzel, parseWav, rms } from '../fixtures/sound.ts'
import { startFunasrServer } from '../fixtures/speech/funasr-server.ts'
import { until } from '../fixtures/until.ts'

const WINDOW_MS = 100
/** What a reader may be shown beside the sound. */
const CLOSE_MS = 100
const WORDS = { 440: '我要查医保余额。', 880: '您好，工号1001为您服务。' }

const first = await startFunasrServer(t, WORDS)
const second = await startFunasrServer(t, WORDS)
const file = join(mkdtempSync(join(tmpdir(), 'office-')), 'speech.json')
writeFileSync(
  file,
  JSON.stringify({
    recognisers: [
      { name: 'first', kind: 'funasr', url: first.url },
      { name: 'second', kind: 'funasr', url: second.url, for: ['talk'] },
    ],
  }),
  { mode: 0o600 },
)
const demo = await startDemo(t, { env: { HOTLINE_SPEECH_FILE: file } })
const hall = await openHall(t, demo)
const phone = await hall.phone('1001', 880)

const { id, caller, agentLeg } = await talk(hall, phone)
const channel = `transcript:${id}`
await hall.fact(id, 'transcription-changed', { state: 'on', engine: 'first' })
const desk = await watchChannel(t, demo, '1001', channel)
const sentences = () =>
  [...desk.values].flatMap(([key, value]) => (key.startsWith('sentence/') ? [value] : []))
const speakAgain = async (side: string, count: number) => {
  caller.speak(440)
  await until(`a partial of the ${side}`, () => desk.values.get(`partial/${side}`))
  caller.end.silence()
  return until(`sentence ${count}`, () => sentences().length === count && sentences().at(-1))
}

t.test('both sides are on the screen of the agent, word by word and then whole', async t => {
  await until('words of the caller', () => desk.values.get('partial/caller')?.text.length > 2)
  await until('words of the agent', () => desk.values.get('partial/agent')?.text.length > 2)
  caller.end.silence()
  agentLeg.end.silence()
  await until('both sentences', () => sentences().length === 2)
  const [said, heard] = ['caller', 'agent'].map(side => sentences().find(one => one.side === side))
  t.match([said?.text, heard?.text], [WORDS[440], WORDS[880]])
  t.ok(said.words.length > 3 && said.words[0][1] >= said.startMs, 'with the time of each word')
  await until('no partial any more', () => !desk.values.has('partial/caller'))
  t.match(desk.values.get('state'), { state: 'on', engine: 'first' })
  t.match(desk.values.get('agents'), ['1001'])
})

t.test('only those of the call and their leads may look on', async t => {
  t.equal((await watchChannel(t, demo, '1002', channel)).refused, 'FORBIDDEN')
  const lead = await watchChannel(t, demo, '2001', channel)
  t.ok(lead.values.has('state'), 'whoever comes later gets all that was said')
  t.equal([...lead.values.keys()].filter(key => key.startsWith('sentence/')).length, 2)
})

t.test(
  'an engine that breaks off in mid-sentence is followed by another, and nothing is said twice',
  async t => {
    first.behave('closing')
    const sentence = await speakAgain('caller', 3)
    t.match(sentence, { side: 'caller', text: WORDS[440] })
    t.match(await hall.fact(id, 'transcription-changed', { engine: 'second' }), {
      data: { state: 'on', cause: 'broken-off' },
    })
  },
)

t.test('a server that is killed goes on with the transcript where it was', async t => {
  await demo.kill9()
  await demo.restart()
  const again = await watchChannel(t, demo, '2001', channel)
  await until('what was said before', () => {
    const kept = [...again.values.keys()].filter(key => key.startsWith('sentence/'))
    return kept.length === 3
  })
  first.behave('well')
  caller.speak(440)
  await until('new words', () => again.values.get('partial/caller'))
  caller.end.silence()
  await until('the fourth', () => {
    const kept = [...again.values.keys()].filter(key => key.startsWith('sentence/'))
    return kept.length === 4
  })
})

t.test('without any engine the transcript has failed, and the call goes on unharmed', async t => {
  await first.close()
  await second.close()
  await hall.fact(id, 'transcription-changed', { state: 'failed' })
  const from = agentLeg.end.packets.length
  caller.speak(1200)
  const sound = await agentLeg.end.hear(500, from)
  t.ok(rms(sound) > 200, 'they still hear each other')
  await caller.hangUp()
  const record = await hall.ended(id)
  t.equal(record.result, 'answered')
})

t.test('the record gives it back, in step with the recording', async t => {
  const { state, items } = await demo.done(`/api/calls/${id}/transcript`)
  t.equal(state, 'off')
  t.equal(items.length, 4)
  const wav = await until('the recording', async () => {
    const { status, bytes } = await demo.api(`/api/calls/${id}/recording`)
    return status === 200 && bytes
  })
  const { rateHz, channels } = parseWav(wav)
  const callerItems = items.filter((one: { side: string }) => one.side === 'caller')
  const starts = startsOf(channels[0]!, rateHz, 440)
  // The first was being said before anybody listened.
  for (const { startMs } of callerItems.slice(1)) {
    const awayMs = starts
      .map(at => Math.round(startMs - at))
      .reduce((a, b) => (Math.abs(a) < Math.abs(b) ? a : b), Infinity)
    t.comment(`sentence at ${startMs} ms, ${awayMs} ms from its sound`)
    // The stand-in hears in steps of 100 ms, from the beginning of the step.
    t.ok(awayMs >= -WINDOW_MS - CLOSE_MS && awayMs <= CLOSE_MS, `in step at ${startMs} ms`)
  }
})

/** Where a tone begins, in ms. */
function startsOf(samples: Int16Array, rateHz: number, hz: number): number[] {
  const size = rateHz / 50
  const isOn = (at: number) => {
    const window = samples.subarray(at, at + size)
    return rms(window) > 200 && goertzel(window, rateHz, hz) > 0.5
  }
  const starts: number[] = []
  let silent = 25
  for (let at = 0; at + size <= samples.length; at += size) {
    if (!isOn(at)) silent++
    else {
      if (silent >= 25) starts.push((at * 1000) / rateHz)
      silent = 0
    }
  }
  return starts
}
