import t from 'tap'
import {
  createAliyunToken,
  createSynthesis,
  createSynthesisEngines,
  createWordBook,
  type SynthesisFailed,
} from '../../../asr-tts/index.ts'
import { createAliyunVoice, toAliyunText } from '../../../asr-tts/engines/aliyun-voice.ts'
import { LINE_CHARACTERS } from '../../../asr-tts/synthesis/engine.ts'
import { toScript } from '../../../asr-tts/synthesis/script.ts'
import { createSiteWords } from '../../../asr-tts/text/site-word.ts'
import { APP_KEY, KEY_ID, KEY_SECRET } from '../../fixtures/speech/aliyun-token-door.ts'
import { startAliyunVoiceServer } from '../../fixtures/speech/aliyun-voice-server.ts'

const VOICES = { female: 'xiaoyun', male: 'xiaogang' }
const linesOf = (text: string, words = createSiteWords([])) =>
  toScript(text, {}, words).flatMap(step => (step.type === 'line' ? [step.line] : []))
const lineOf = (text: string) => linesOf(text)[0]!

async function open(t: Tap, keySecret = KEY_SECRET) {
  const server = await startAliyunVoiceServer(t)
  const { endpoint, url } = server
  const token = createAliyunToken({ endpoint, keyId: KEY_ID, keySecret, now: Date.now })
  const engine = createAliyunVoice({ url, appKey: APP_KEY, token, voices: VOICES, limitMs: 700 })
  const faultOf = (text = '您好') =>
    engine.speak(lineOf(text), AbortSignal.timeout(10_000)).then(
      () => 'spoken',
      (error: SynthesisFailed) => error.fault,
    )
  return { server, engine, token, faultOf }
}
type Tap = { teardown(end: () => unknown): void }

t.test('a line is spoken in one order; one token for many lines', async t => {
  const { server, engine } = await open(t)
  for (const text of ['您的余额是1234.56元', '请拨打12393。']) {
    const { samples, sampleRateHz } = await engine.speak(lineOf(text), AbortSignal.timeout(10_000))
    t.equal(sampleRateHz, 8000)
    t.ok(samples.length > 8000)
  }
  t.same(server.texts, ['您的余额是一千二百三十四点五六元', '请拨打幺二三九三。'])
  t.equal(server.tokens(), 1)
  t.same(server.complaints, [])
})

t.test('tempo and readings arrive in the form that the service wants', async t => {
  const { server, engine } = await open(t)
  const words = createSiteWords([{ word: '典当行', reading: 'dian3 dang4 hang2' }])
  const [line] = linesOf(
    '<speak>去典当行<phoneme alphabet="pinyin" ph="chong2">重</phoneme>来</speak>',
    words,
  )
  t.equal(
    toAliyunText(line!),
    '<speak>去<phoneme alphabet="py" ph="dian3 dang4 hang2 chong2">典当行重</phoneme>来</speak>',
  )
  const said = async (tempo: number) =>
    (
      await engine.speak(
        { ...line!, manner: { voice: 'male', tempo, pitch: -2 } },
        AbortSignal.timeout(10_000),
      )
    ).samples.length / 8000
  t.ok(Math.abs((await said(1)) - 1.2) < 0.01)
  t.ok(Math.abs((await said(2)) - 0.6) < 0.01)
  t.ok(Math.abs((await said(0.5)) - 2.4) < 0.01)
  t.same(server.complaints, [])
  for (const one of linesOf('参保人可以办理异地就医备案，请您留意。'.repeat(300)))
    t.ok([...one.text].length <= LINE_CHARACTERS)
})

t.test('a token that is worth nothing any more is renewed within the line', async t => {
  const { server, faultOf } = await open(t)
  t.equal(await faultOf(), 'spoken')
  server.revoke()
  t.equal(await faultOf(), 'spoken')
  t.equal(server.tokens(), 2)
})

t.test('whatever the service does has a name', async t => {
  const { server, faultOf } = await open(t)
  const cases = [
    ['busy', 'quota'],
    ['broken', 'broken-off'],
    ['closing', 'broken-off'],
    ['hanging', 'slow'],
    ['nonsense', 'nonsense'],
  ] as const
  for (const [mood, fault] of cases) {
    server.become(mood)
    t.equal(await faultOf('您好，欢迎拨打医保热线'), fault, mood)
  }
  t.equal(await (await open(t, 'wrong')).faultOf(), 'wrong-key')
  const token = createAliyunToken({
    endpoint: 'http://127.0.0.1:1',
    keyId: KEY_ID,
    keySecret: KEY_SECRET,
    now: Date.now,
  })
  const away = createAliyunVoice({
    url: 'ws://127.0.0.1:1',
    appKey: APP_KEY,
    token,
    voices: VOICES,
  })
  const error = await away.speak(lineOf('您好'), AbortSignal.timeout(10_000)).catch(one => one)
  t.match(error, { fault: 'unreachable' })
})

t.test('while the service is away espeak-ng speaks, within the same prompt', async t => {
  const { server } = await open(t)
  const events: string[] = []
  const now = { ms: 1_000_000 }
  const voice = createSynthesis({
    folder: t.testdir(),
    engines: createSynthesisEngines(
      [
        {
          kind: 'aliyun',
          name: 'aliyun-nls',
          url: server.url,
          tokenUrl: server.endpoint,
          appKey: APP_KEY,
          keyId: KEY_ID,
          keySecret: KEY_SECRET,
          voices: VOICES,
          limitMs: 2000,
        },
        { kind: 'espeak', name: 'espeak-ng', program: 'espeak-ng', limitMs: 10_000 },
      ],
      Date.now,
    ),
    words: createWordBook(),
    tools: { bed: async () => '' },
    now: () => now.ms,
    onEvent: event => events.push(event.type === 'engine-failed' ? event.error.fault : event.type),
  })
  t.match(await voice.make('第一句'), { engine: 'aliyun-nls', isFound: false })
  server.become('broken')
  t.match(await voice.make('第二句'), { engine: 'espeak-ng' })
  t.match(voice.figures().engines, [{ state: 'suspect', cause: 'broken-off' }, { state: 'up' }])
  t.match(
    await voice.make('第一句'),
    { engine: 'aliyun-nls', isFound: true },
    'its old prompts stay',
  )
  server.become('well')
  t.match(await voice.make('第三句'), { engine: 'espeak-ng' }, 'it is left alone for a while')
  now.ms += 2000
  t.match(await voice.make('第二句'), { engine: 'aliyun-nls' }, 'then it is asked again')
  t.match(voice.figures().engines, [{ state: 'up' }, { state: 'up' }])
  server.become('silent')
  t.match(await voice.make('第四句'), { engine: 'espeak-ng' })
  t.same(events, [
    'spoken',
    'broken-off',
    'spoken',
    'found',
    'spoken',
    'spoken',
    'nonsense',
    'spoken',
  ])
  t.same(server.complaints, [])
})
