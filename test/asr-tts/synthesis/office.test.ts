import { setTimeout } from 'node:timers/promises'
import { readdir } from 'node:fs/promises'
import t from 'tap'
import {
  createSynthesis,
  createWordBook,
  SynthesisFailed,
  type SynthesisEngine,
  type SynthesisOptions,
} from '../../../asr-tts/index.ts'
import { createVoice } from '../../fixtures/voice.ts'

const HELLO = '您好，欢迎拨打医保热线。'
const faultOf = (error: SynthesisFailed) => error.fault

/** An engine that speaks a tone when it is let. */
function puppet(name = 'puppet') {
  const waiting: (() => void)[] = []
  const heard: string[] = []
  const control = { isHeld: false, isBroken: false, heard, waiting, mostAtOnce: 0 }
  let now = 0
  const engine: SynthesisEngine = {
    name,
    kind: name,
    wordingOf: ({ text }) => text,
    async speak({ text }) {
      now += 1
      control.mostAtOnce = Math.max(control.mostAtOnce, now)
      heard.push(text)
      if (control.isHeld) await new Promise<void>(resolve => waiting.push(resolve))
      now -= 1
      if (control.isBroken) throw new SynthesisFailed('unreachable', 'away')
      return {
        sampleRateHz: 8000,
        samples: Float32Array.from({ length: 800 }, (_, i) => Math.sin(i)),
      }
    },
  }
  return { engine, control }
}
const openOffice = (
  t: Tap,
  engines: readonly SynthesisEngine[],
  options: Partial<SynthesisOptions> = {},
) => createSynthesis({ folder: t.testdir(), engines, tools: { bed: async () => '' }, ...options })
type Tap = { testdir(): string }

t.test(
  'five speak at once, callers go before what is made ahead, and nobody waits for ever',
  async t => {
    const { engine, control } = puppet()
    control.isHeld = true
    const office = openOffice(t, [engine], { channels: { waitMs: 1500, maxWaiting: 3 } })
    const five = ['一', '二', '三', '四', '五'].map(text => office.make(text))
    while (control.waiting.length < 5) await setTimeout(1)
    const late = office.make('六').catch(faultOf)
    const wait = async (count: number) => {
      while (office.figures().waiting < count) await setTimeout(1)
    }
    await wait(1)
    t.match(office.figures(), {
      used: 5,
      limit: 5,
      waiting: 1,
      engines: [{ state: 'up', inUse: 5 }],
    })
    t.equal(await late, 'no-channel', 'a caller is told in time')
    const ahead = office.make('七', { isAhead: true })
    await wait(1)
    const caller = office.make('八')
    await wait(2)
    const another = office.make('九', { isAhead: true })
    await wait(3)
    t.equal(await office.make('十').catch(faultOf), 'no-channel', 'too many wait')
    control.isHeld = false
    control.waiting[0]?.()
    await Promise.all([ahead, caller, another])
    t.same(control.heard.slice(5), ['八', '七', '九'])
    control.waiting.forEach(go => go())
    await Promise.all(five)
    t.equal(control.mostAtOnce, 5)
    t.match(office.figures(), { used: 0, waiting: 0 })
  },
)

t.test('the site sets how many speak at once, while they speak', async t => {
  const { engine, control } = puppet()
  control.isHeld = true
  const office = openOffice(t, [engine])
  office.setLimit(1)
  const all = ['一', '二', '三'].map(text => office.make(text))
  while (control.waiting.length < 1 || office.figures().waiting < 2) await setTimeout(1)
  t.match(office.figures(), { used: 1, limit: 1, waiting: 2 })
  office.setLimit(2)
  while (control.waiting.length < 2) await setTimeout(1)
  t.match(office.figures(), { used: 2, limit: 2, waiting: 1 }, 'one more is let in at once')
  office.setLimit(1)
  control.waiting[0]?.()
  await all[0]
  t.match(
    office.figures(),
    { used: 1, waiting: 1 },
    'with fewer, who spoke goes on and none follows',
  )
  t.equal(control.waiting.length, 2)
  control.isHeld = false
  control.waiting[1]?.()
  await Promise.all(all)
  t.match(office.figures(), { used: 0, limit: 1, waiting: 0 })
})

t.test(
  'an engine that fails is left for the next one, for longer each time, and never for good',
  async t => {
    const [first, second] = [puppet('first'), puppet('second')]
    let now = 0
    const office = openOffice(t, [first.engine, second.engine], { now: () => now })
    const speaker = async (text: string) => (await office.make(text)).engine
    first.control.isBroken = true
    for (const [text, waitMs] of [
      ['一', 2000],
      ['二', 4000],
      ['三', 8000],
    ] as const) {
      t.equal(await speaker(text), 'second')
      t.equal(await speaker(`${text}百`), 'second', 'not asked again at once')
      now += waitMs
    }
    t.same(first.control.heard, ['一', '二', '三'])
    t.match(office.figures().engines, [{ state: 'down', cause: 'unreachable' }, { state: 'up' }])
    second.control.isBroken = true
    now += 1
    t.equal(await office.make('四').catch(faultOf), 'unreachable')
    second.control.isBroken = first.control.isBroken = false
    t.equal(await speaker('五'), 'first', 'when all have failed they are asked all the same')
    const none = openOffice(t, [])
    t.equal(await none.make('一').catch(faultOf), 'missing')
  },
)

t.test('a word that changes makes anew only the prompts that hold it', async t => {
  const words = createWordBook()
  const { engine, control } = puppet()
  const office = openOffice(t, [engine], { words })
  await Promise.all([office.make('朝阳医院'), office.make('医保中心'), office.make('DRG付费')])
  words.set([
    { word: '中心', say: '服务中心' },
    { word: 'DRG', say: '病组' },
  ])
  for (const text of ['朝阳医院', '医保中心', 'DRG付费']) await office.make(text)
  t.same(control.heard.slice(3), ['医保服务中心', '病组付费'])
  const folder = t.testdir()
  const book = createWordBook()
  const voice = createVoice({ folder, words: book })
  const before = await voice.fileFor('朝阳医院')
  const other = await voice.fileFor('您好')
  book.set([{ word: '朝阳', reading: 'zhao1 yang2' }])
  t.not(await voice.fileFor('朝阳医院'), before)
  t.equal(await voice.fileFor('您好'), other)
})

t.test('what is asked for twice is spoken once; what was made is found', async t => {
  const { engine, control } = puppet()
  const seen: string[] = []
  const office = openOffice(t, [engine], { onEvent: ({ type }) => seen.push(type) })
  const made = await Promise.all([1, 2, 3].map(() => office.make(HELLO)))
  t.equal(new Set(made.map(({ path }) => path)).size, 1)
  t.match(await office.make(HELLO), { isFound: true })
  t.equal(control.heard.length, 1)
  t.same(seen, ['spoken', 'found'])
})

t.test(
  'without sox a caller hears the voice without its effect; whoever wants MP3 is told',
  async t => {
    const folder = t.testdir()
    const seen: string[] = []
    const voice = createVoice({
      folder,
      tools: { sox: `${folder}/nowhere`, ffmpeg: `${folder}/nowhere`, bed: async () => '' },
      onEvent: ({ type }) => seen.push(type),
    })
    const { path, isBare } = await voice.make(HELLO, { effect: 'echo' })
    t.equal(isBare, true)
    t.equal(path, await voice.fileFor(HELLO))
    t.equal(await voice.make(HELLO, { format: 'mp3' }).catch(faultOf), 'missing')
    t.ok(seen.includes('effect-failed'))
    t.match(voice.figures().engines, [{ state: 'up' }], 'no fault of the engine')
    t.same(
      (await readdir(folder)).filter(name => name.endsWith('.part')),
      [],
    )
  },
)

t.test('a fault in an engine’s code is that engine’s failure', async t => {
  const { engine } = puppet()
  const broken: SynthesisEngine = {
    ...engine,
    name: 'broken',
    speak: async () => {
      throw new TypeError('undefined is not a function')
    },
  }
  const office = openOffice(t, [broken, engine])
  t.match(await office.make(HELLO), { engine: 'puppet' })
})
