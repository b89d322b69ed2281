// The recogniser with the real library; with the real model where shared/speech is there.
import { copyFileSync, cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createVoice } from '../../fixtures/voice.ts'
import {
  createPocketsphinx,
  type PocketsphinxOptions,
} from '../../../asr-tts/engines/pocketsphinx.ts'
import { readWav } from '../../../asr-tts/audio.ts'
import { DIGITS, YES_NO } from '../../../asr-tts/recognition/phrase.ts'
import type { Phrase, RecognitionEvent, Recogniser } from '../../../asr-tts/recogniser.ts'
import { createSilero } from '../../../asr-tts/silero.ts'
import type { VoiceDetector } from '../../../asr-tts/voice-detector.ts'
import { ABSENT, MODEL, SAID, sampleOf } from '../../fixtures/speech/model.ts'
import { HOTLINE_PHRASES, INTENTS } from '../../fixtures/speech/phrases.ts'
import {
  dtmf,
  joined,
  music,
  packets,
  pinkNoise,
  silence,
  toInt16,
  whiteNoise,
} from '../../fixtures/speech/sounds.ts'

const BUSY_MACHINE_MS = 120_000
const AFTER_MS = 1000
t.setTimeout(300_000)
const silero = createSilero()
t.teardown(() => silero.close())

function start(t: Test, options: Partial<PocketsphinxOptions> = {}) {
  const recogniser = createPocketsphinx({
    folder: MODEL ?? '/nowhere',
    voice: silero,
    limitMs: BUSY_MACHINE_MS,
    niceness: 0,
    ...options,
  })
  t.teardown(() => recogniser.close())
  return recogniser
}

function hear(recogniser: Recogniser, sound: Int16Array, grammar: readonly Phrase[]) {
  return new Promise<RecognitionEvent[]>(resolve => {
    const events: RecognitionEvent[] = []
    const listening = recogniser.listen({ rateHz: 8000, grammar }, event => {
      events.push(event)
      if (event.type === 'ended') resolve(events)
    })
    for (const packet of packets(joined(sound, silence(AFTER_MS)))) listening.write(packet)
    listening.finish()
  })
}

const typesOf = (events: readonly RecognitionEvent[]) => events.map(({ type }) => type)

const asPhrases = (texts: readonly string[]): Phrase[] =>
  texts.map(text => ({ id: text, texts: [text] }))

const HUMAN: readonly Phrase[] = asPhrases([SAID.fa0.text, SAID.aishell.text])

t.test('a model that could not even be tried is told in words', async t => {
  const recogniser = start(t, { folder: '/no\0where' })
  recogniser.warm()
  t.match(await recogniser.check(YES_NO), /could not be tried/)
})

t.test('people are understood in the grammar, and rejected out of it', async t => {
  const [fa0, aishell] = [sampleOf('fa0'), sampleOf('aishell')]
  if (!MODEL || !fa0 || !aishell) return void t.pass(ABSENT)
  const recogniser = start(t)
  const others = asPhrases(HOTLINE_PHRASES)
  const inGrammar = [...others, ...HUMAN]
  const [first, second, ...outside] = await Promise.all([
    hear(recogniser, fa0, inGrammar),
    hear(recogniser, aishell, inGrammar),
    hear(recogniser, aishell, others),
    hear(recogniser, joined(fa0.subarray(7000, 18_000), silence(300)), [...YES_NO]),
    hear(recogniser, joined(aishell.subarray(6000, 16_000), silence(300)), [...YES_NO]),
  ])
  for (const [events, { text, toMs }] of [
    [first!, SAID.fa0],
    [second!, SAID.aishell],
  ] as const) {
    t.same(typesOf(events), ['started', 'speech-began', 'final', 'ended'], text)
    const final = events.find(event => event.type === 'final')
    t.match(final, { phrase: text, text, confidence: Number })
    t.ok(final!.confidence! > 0.5)
    t.ok(Math.abs(final!.endMs - toMs) <= 50, `it ended at ${final!.endMs}`)
    t.equal(final!.words.map(word => word.text).join(''), text)
    t.ok(final!.words.every(({ startMs, endMs }) => startMs < endMs && endMs <= toMs + 200))
  }
  for (const events of outside)
    t.same(typesOf(events), ['started', 'speech-began', 'rejected', 'ended'])
})

t.test('our own synthesiser is understood, 40 phrases and 250 intents', async t => {
  if (!MODEL) return void t.pass(ABSENT)
  const recogniser = start(t, { rejectBelow: null })
  const espeak = createVoice({ folder: t.testdir() })
  const wrong: string[] = []
  const heard = async (text: string, grammar: readonly Phrase[]) => {
    const sound = readWav(readFileSync(await espeak.fileFor(text)))
    const events = await hear(recogniser, toInt16(sound!.samples), grammar)
    const phrases = events.flatMap(event => (event.type === 'final' ? [event.phrase] : []))
    if (phrases.join() !== text) wrong.push(`${text} was heard as ${phrases.join() || 'nothing'}`)
  }
  const grammar = asPhrases(HOTLINE_PHRASES)
  t.equal(grammar.length, 40)
  for (const text of HOTLINE_PHRASES) await heard(text, grammar)
  t.ok(wrong.length <= 2, `${40 - wrong.length} of 40: ${wrong.join('; ')}`)

  wrong.length = 0
  const intents = asPhrases(INTENTS)
  t.equal(intents.length, 250)
  for (const text of [0, 60, 120, 180, 249].map(i => INTENTS[i]!)) await heard(text, intents)
  t.ok(wrong.length <= 1, `of 250 intents: ${wrong.join('; ')}`)

  const yes = readWav(readFileSync(await espeak.fileFor('是的')))
  const four = readWav(readFileSync(await espeak.fileFor('一 二 三 四')))
  const [answer] = (await hear(recogniser, toInt16(yes!.samples), YES_NO)).filter(
    event => event.type === 'final',
  )
  t.match(answer, { phrase: 'yes' })
  const [digits] = (
    await hear(recogniser, toInt16(four!.samples), [{ ...DIGITS, texts: ['{digits:4}'] }])
  ).filter(event => event.type === 'final')
  t.match(digits, { phrase: 'digits', text: /^[零一幺二三四五六七八九]{4}$/ })
})

/** Takes everything for speech: what a detector lets through by mistake. */
const credulous: VoiceDetector = {
  name: 'credulous',
  open({ rateHz }, onChange) {
    let count = 0
    return {
      push(samples) {
        if (count === 0) onChange({ type: 'began', atMs: 0 })
        count += samples.length
      },
      heardMs: () => (count * 1000) / rateHz,
      finish: () => Promise.resolve(onChange({ type: 'ended', atMs: (count * 1000) / rateHz })),
    }
  },
}

t.test('what is no speech says nothing, even to a detector that believes it', async t => {
  if (!MODEL) return void t.pass(ABSENT)
  const recogniser = start(t, { voice: credulous })
  const grammar = asPhrases(HOTLINE_PHRASES)
  const sounds: [name: string, sound: Int16Array][] = [
    ['silence', silence(1500)],
    ['white noise', whiteNoise(1500, -25)],
    ['pink noise', pinkNoise(1500, -25)],
    ['music', (await music()).subarray(8000, 20_000)],
    ['keys', dtmf('12393')],
  ]
  for (const [name, sound] of sounds) {
    const events = await hear(recogniser, sound, [...grammar, ...YES_NO])
    t.notOk(
      events.some(({ type }) => type === 'final'),
      `${name}: ${typesOf(events)}`,
    )
    t.match(events.at(-1), { type: 'ended', cause: 'finished' }, name)
  }
})

t.test('a phrase that cannot be listened for is named', async t => {
  if (!MODEL) return void t.pass(ABSENT)
  const recogniser = start(t)
  const grammar = [{ id: 'x', texts: ['人工', '转囍'] }]
  t.same(await hear(recogniser, silence(100), grammar), [
    { type: 'ended', cause: 'refused', detail: 'the dictionary has no “囍”, which is in “转囍”' },
  ])
  t.match(await recogniser.check(grammar), /囍/)
  t.equal(await recogniser.check(YES_NO), undefined)
})

t.test('it decodes beneath everything else, and leaves nothing behind', async t => {
  const fa0 = sampleOf('fa0')
  if (!MODEL || !fa0) return void t.pass(ABSENT)
  const recogniser = start(t, { niceness: 10 })
  t.equal(await recogniser.check(YES_NO), undefined)
  const [thread] = recogniser.threadIds()
  const stat = () => readFileSync(`/proc/self/task/${thread}/stat`, 'latin1')
  // proc(5): the name in brackets is field 2, nice is field 19.
  t.equal(stat().split(') ')[1]!.split(' ')[16], '10', 'of the thread alone')
  t.equal(readFileSync(`/proc/self/stat`, 'latin1').split(') ')[1]!.split(' ')[16], '0')

  const ended = new Promise(resolve => {
    const listening = recogniser.listen({ rateHz: 8000, grammar: HUMAN }, event => {
      if (event.type === 'speech-began') void recogniser.close()
      if (event.type === 'ended') resolve(event)
    })
    for (const packet of packets(fa0)) listening.write(packet)
  })
  t.match(await ended, { type: 'ended', cause: 'cancelled' }, 'in the middle of a sentence')
  await recogniser.close()
  t.throws(stat, { code: 'ENOENT' })
  t.match(await hear(recogniser, fa0, HUMAN), [{ type: 'ended', cause: 'refused' }])
})

t.test('a model that is none, or is damaged, is unreachable with one sentence', async t => {
  const folder = t.testdir()
  const cases: [name: string, folder: string, detail: RegExp][] = [
    ['nowhere', join(folder, 'nowhere'), /there is no model folder/],
    ['empty', t.testdir({}), /no dictionary/],
  ]
  const nonsense = join(folder, 'nonsense')
  mkdirSync(join(nonsense, 'tdt'), { recursive: true })
  writeFileSync(join(nonsense, 'x.dic'), '是\tsh ib\n')
  cases.push(['a file is missing', nonsense, /no file feat.params/])
  const garbage = join(folder, 'garbage')
  cpSync(nonsense, garbage, { recursive: true })
  for (const name of ['mdef', 'means', 'noisedict', 'transition_matrices', 'variances', 'sendump'])
    writeFileSync(join(garbage, 'tdt', name), 'nonsense\n')
  writeFileSync(join(garbage, 'tdt/feat.params'), '-nfilt 20\n')
  cases.push(['files of nonsense', garbage, /\S/])
  if (MODEL) {
    const cut = join(folder, 'cut')
    cpSync(join(MODEL, 'tdt'), join(cut, 'tdt'), { recursive: true })
    copyFileSync(join(MODEL, 'mandarin_notone.dic'), join(cut, 'mandarin.dic'))
    truncateSync(join(cut, 'tdt/means'), 1000)
    cases.push(['a file that was cut off', cut, /\S/])
  }
  for (const [name, path, detail] of cases) {
    const recogniser = start(t, { folder: path })
    const events = await hear(recogniser, silence(100), YES_NO)
    t.match(events, [{ type: 'ended', cause: 'unreachable', detail }], name)
    t.comment(`${name}: ${JSON.stringify(events[0])}`)
  }
})

t.test('what it cannot do is refused', async t => {
  const recogniser = start(t)
  t.match(await hear(recogniser, silence(100), []), [{ type: 'ended', cause: 'refused' }])
  const refused = new Promise(resolve => {
    recogniser.listen({ rateHz: 16000, grammar: YES_NO }, resolve)
  })
  t.match(await refused, { type: 'ended', cause: 'refused', detail: /8000 Hz, not 16000/ })
})
