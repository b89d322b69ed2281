// What a FreeSWITCH 1.11 with mod_unimrcp says was written down from a real one; see test/scenarios/mrcp.ts for the live run.
import t from 'tap'
import type { Test } from 'tap'
import type { CallEvent } from '../../../telephony/call/event.ts'
import { detectId, legId, playId } from '../../../telephony/call/id.ts'
import type { DetectSpeech } from '../../../telephony/call/detection.ts'
import { createTelephony, type TelephonyStatus } from '../../../telephony/index.ts'
import { collector } from '../../fixtures/collector.ts'
import { fakeSwitch, type FakeSwitch, type Headers } from '../../fixtures/fake-switch.ts'

t.setTimeout(60_000)

const caller = legId('5f8c3c1e-7f0e-4c46-8b0c-0123456789ab')
const NOW = 1_766_360_000_000
const inUs = (afterMs: number) => `${NOW + afterMs}000`
const LISTENS =
  '<media-bugs>\n <media-bug>\n  <function>detect_speech</function>\n  <target>unimrcp:hall/(null)/(null)/(null)</target>\n' +
  '  <thread-locked>0</thread-locked>\n </media-bug>\n</media-bugs>\n'
const detect = (id: string, more: Partial<DetectSpeech> = {}): DetectSpeech => ({
  type: 'detect-speech',
  legId: caller,
  detectId: detectId(id),
  profile: 'hall',
  language: 'zh-CN',
  grammar: { kind: 'phrases', phrases: [{ id: 'agent', texts: ['人工'] }] },
  endSilenceMs: 700,
  maxSpeechMs: 8000,
  ...more,
})
const nlsml = (tag: string, text: string) =>
  `<?xml version="1.0"?>\n<result>\n<interpretation grammar="session:d1" confidence="0.9"><instance>${tag}</instance><input mode="speech">${text}</input></interpretation>\n</result>`

async function start(t: Test) {
  const fake = await fakeSwitch(t)
  fake.answer('uuid_buglist', LISTENS)
  const events = collector<CallEvent>()
  const statuses = collector<TelephonyStatus>()
  const telephony = createTelephony({
    url: fake.url,
    nodeName: 'sw1',
    clock: { now: () => NOW },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    timing: { reconcileEveryMs: 60_000, probeEveryMs: 60_000 },
  })
  telephony.onEvent(events.add)
  telephony.onStatus(statuses.add)
  t.teardown(() => telephony.close())
  await statuses.until(({ state }) => state === 'connected')
  const outcomes = () =>
    events.items.flatMap(event =>
      event.type === 'speech-detected' ? [[event.detectId, event.outcome] as const] : [],
    )
  const detected = (id: string) =>
    events.until(event => event.type === 'speech-detected' && event.detectId === id)

  return { fake, telephony, events, outcomes, detected }
}

const executed = (fake: FakeSwitch, id: string, atMs: number) => {
  for (const name of ['CHANNEL_EXECUTE', 'CHANNEL_EXECUTE_COMPLETE'])
    fake.emit({
      'Event-Name': name,
      'Unique-ID': caller,
      'Event-Date-Timestamp': inUs(atMs),
      Application: 'detect_speech',
      'Application-UUID': id,
    })
}
/** FreeSWITCH tells each twice. */
const says = (fake: FakeSwitch, type: string, atMs: number, more: Headers = {}, body = '') => {
  for (let time = 0; time < 2; time++)
    fake.emit(
      {
        'Event-Name': 'DETECTED_SPEECH',
        'Speech-Type': type,
        'Unique-ID': caller,
        'Event-Date-Timestamp': inUs(atMs),
        ...more,
      },
      body,
    )
}

t.test(
  'An utterance is asked for, begins once, ends once, and its recogniser is let go',
  async t => {
    const { fake, telephony, events, outcomes, detected } = await start(t)
    await telephony.perform(detect('d1'))
    t.match(
      fake.received.filter(text => text.includes(caller)),
      [
        `api uuid_setvar ${caller} fire_asr_events true`,
        /execute-app-name: detect_speech\nexecute-app-arg: unimrcp:hall \{start-input-timers=false,speech-complete-timeout=700,speech-incomplete-timeout=700,recognition-timeout=8000,speech-language=zh-CN\}inline:<\?xml\\sversion="1\.0"[^\n ]*<item>人工<tag>p0<\/tag><\/item>[^\n ]* d1\nEvent-UUID: d1$/,
      ],
    )
    executed(fake, 'd1', 10)
    says(fake, 'begin-speaking', 500)
    says(fake, 'detected-speech', 2000, { 'ASR-Completion-Cause': 0 }, nlsml('p0', '人工'))
    t.match(await detected('d1'), {
      at: NOW + 2000,
      outcome: { type: 'understood', phrase: 'agent', text: '人工', confidence: 0.9 },
    })
    await fake.command('execute-app-arg: stop')
    says(fake, 'closed', 2010)
    await telephony.perform({ type: 'stop-play', legId: caller })
    t.equal(events.items.filter(({ type }) => type === 'speech-began').length, 1)
    t.equal(outcomes().length, 1)
  },
)

t.test('What the one before it said late is not taken for the next one', async t => {
  const { fake, telephony, events, detected } = await start(t)
  await telephony.perform(detect('d1'))
  executed(fake, 'd1', 10)
  await telephony.perform(detect('d2'))
  t.match(await detected('d1'), { outcome: { type: 'failed', fault: 'cancelled' } })
  says(fake, 'detected-speech', 90, { 'ASR-Completion-Cause': 0 }, nlsml('p0', '人工'))
  executed(fake, 'd2', 100)
  says(fake, 'begin-speaking', 80)
  says(fake, 'closed', 95)
  says(fake, 'detected-speech', 5000, { 'ASR-Completion-Cause': 2 }, 'Completion-Cause: 002')
  t.match(await detected('d2'), { outcome: { type: 'no-input' } })
  t.notOk(events.items.some(({ type }) => type === 'speech-began'))
})

t.test('A switch without the recogniser, the profile or its server refuses it', async t => {
  const { fake, telephony, detected } = await start(t)
  fake.answer('uuid_buglist', '<media-bugs>\n</media-bugs>\n')
  await telephony.perform(detect('d1'))
  executed(fake, 'd1', 10)
  t.match(await detected('d1'), { outcome: { type: 'failed', fault: 'refused' } })
})

t.test('What cannot be asked for is refused without a word to the switch', async t => {
  const { fake, telephony, events, detected } = await start(t)
  await telephony.perform(detect('d1', { profile: 'hall inline:x' }))
  await telephony.perform(detect('d2', { grammar: { kind: 'phrases', phrases: [] } }))
  await telephony.perform(detect('d3', { grammar: { kind: 'named', uri: 'file:///etc/passwd' } }))
  for (const id of ['d1', 'd2', 'd3'])
    t.match(await detected(id), { outcome: { type: 'failed', fault: 'not-asked' } })
  t.equal(events.items.filter(({ type }) => type === 'command-failed').length, 3)
  t.notOk(fake.received.some(text => text.includes('detect_speech')))
})

t.test('A caller who hung up just before is no fault of the recogniser', async t => {
  const { fake, telephony, detected } = await start(t)
  fake.answer('uuid_setvar', '-ERR No such channel!\n')
  await telephony.perform(detect('d1'))
  t.match(await detected('d1'), { outcome: { type: 'failed', fault: 'not-asked' } })
})

t.test('The recogniser falls away, we stop it, the leg ends: each is its end', async t => {
  const { fake, telephony, detected, events } = await start(t)
  await telephony.perform(detect('d1'))
  executed(fake, 'd1', 10)
  says(fake, 'closed', 300)
  t.match(await detected('d1'), { outcome: { type: 'failed', fault: 'broken-off' } })

  await telephony.perform(detect('d2'))
  executed(fake, 'd2', 400)
  await telephony.perform({ type: 'stop-detecting', legId: caller, detectId: detectId('d2') })
  t.match(await detected('d2'), { outcome: { type: 'failed', fault: 'cancelled' } })

  await telephony.perform(detect('d3'))
  fake.emit({
    'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
    'Unique-ID': caller,
    'Event-Date-Timestamp': inUs(900),
    'Hangup-Cause': 'NORMAL_CLEARING',
  })
  t.match(await detected('d3'), { outcome: { type: 'failed', fault: 'cancelled' } })
  await events.until(({ type }) => type === 'leg-ended')
})

t.test('An emptied queue does not lose what waits in it, and a prompt comes after it', async t => {
  const { fake, telephony } = await start(t)
  const asked = telephony.perform(detect('d1'))
  const stopped = telephony.perform({ type: 'stop-play', legId: caller })
  const played = telephony.perform({
    type: 'play',
    legId: caller,
    playId: playId('p1'),
    files: ['/a.wav'],
    loop: false,
  })
  await Promise.all([asked, stopped, played])
  const sent = fake.received.flatMap(
    text => /uuid_break|execute-app-name: (?:detect_speech|playback)/.exec(text)?.[0] ?? [],
  )
  t.same(sent, [
    'execute-app-name: detect_speech',
    'uuid_break',
    'execute-app-name: detect_speech',
    'execute-app-name: playback',
  ])
  executed(fake, 'd1', 10)
})
