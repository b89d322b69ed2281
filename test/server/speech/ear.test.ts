import t, { type Test } from 'tap'
import { createFunasr, createSilero } from '../../../asr-tts/index.ts'
import { legId, callId } from '../../../telephony/call/id.ts'
import type { TapOptions } from '../../../telephony/call/tap.ts'
import type { Heard, ListenRequest } from '../../../server/control/port.ts'
import { createEars } from '../../../server/speech/ears.ts'
import { createPool } from '../../../server/speech/pool.ts'
import { startFunasrServer } from '../../fixtures/speech/funasr-server.ts'
import { joined, packets, pinkNoise, silence } from '../../fixtures/speech/sounds.ts'
import { spoken } from '../../fixtures/speech/spoken.ts'
import { until } from '../../fixtures/until.ts'

t.setTimeout(180_000)
const LIMIT_MS = 20_000
const PACKET_MS = 20
const silero = createSilero()
t.teardown(() => silero.close())
const words = await spoken(t.testdir(), '我要查询缴费记录')

// The model is read before anything is measured.
const first = silero.open({ rateHz: 8000, endSilenceMs: 500, minSpeechMs: 200 }, () => undefined)
first.push(silence(64))
await first.finish()

const REQUEST: ListenRequest = {
  node: 'ask',
  callId: callId('call'),
  switchName: 'switch',
  legId: legId('leg'),
  grammar: [
    { id: 'agent', texts: ['人工服务'] },
    { id: 'pay', texts: ['缴费记录'] },
  ],
  endSilenceMs: 500,
  maxSpeechMs: 8000,
}

interface Site {
  readonly heard: Heard[]
  readonly isTapped: () => boolean
  /** Both sides, as fast as they are spoken. */
  play(said: Int16Array, heard?: Int16Array): Promise<void>
  tells(type: Heard['type']): Promise<Heard>
  stop(): void
}

/** Ears on a leg that says what the test plays. */
function listen(
  t: Pick<Test, 'ok' | 'teardown'>,
  url: string,
  request: Partial<ListenRequest> = {},
  recognitionLimit = 5,
): Site {
  const heard: Heard[] = []
  let options: TapOptions | undefined
  let atMs = 0
  const engine = {
    name: 'standin',
    kind: 'funasr',
    recogniser: createFunasr({ url }),
    purposes: ['flow'] as const,
    hotwords: {},
    canBeTried: false,
  }
  const pool = createPool({ engines: [engine], recognitionLimit, now: Date.now })
  const ears = createEars({
    detector: silero,
    pool,
    now: Date.now,
    openTap: (_, wanted) => {
      options = wanted
      return { way: 'stream', mask: () => undefined, stop: () => (options = undefined) }
    },
  })
  t.teardown(() => (ears.close(), pool.close()))
  t.ok(ears.isOpen())
  const listening = ears.listen({ ...REQUEST, ...request }, one => heard.push(one))
  return {
    heard,
    isTapped: () => options !== undefined,
    async play(said, other = silence(0)) {
      const others = [...packets(other)]
      const both = [...packets(said)].map((piece, index) => ({
        said: piece,
        heard: joined(others[index] ?? new Int16Array(), silence(PACKET_MS)).subarray(
          0,
          piece.length,
        ),
      }))
      const startedMs = performance.now()
      for (const [index, piece] of both.entries()) {
        options?.onSound({ ...piece, atMs })
        atMs += piece.said.length / 8
        const aheadMs = index * PACKET_MS - (performance.now() - startedMs)
        if (aheadMs > 0) await new Promise(resolve => setTimeout(resolve, aheadMs))
      }
    },
    tells: type => until(type, () => heard.find(one => one.type === type), LIMIT_MS),
    stop: listening.stop,
  }
}
const typesOf = (site: Site) => site.heard.map(({ type }) => type)

t.test('what was said is a phrase of the grammar, and the reply is measured', async t => {
  const { url } = await startFunasrServer(t, { 0: '我要查缴费记录' })
  const site = listen(t, url)
  const said = joined(silence(500), words, silence(4000))
  const reply = joined(silence(words.length / 8 + 2500), words)
  await site.play(said, reply)
  t.match(await site.tells('understood'), { phrase: 'pay', engine: 'standin' })
  const replied = await site.tells('replied')
  t.match(replied, { engine: 'standin' })
  const delayMs = replied.type === 'replied' ? replied.delayMs : NaN
  t.ok(Math.abs(delayMs - 2000) < 100, `2000 ms, measured ${delayMs}`)
  t.same(typesOf(site), ['speech-began', 'understood', 'replied'])
  await until('the tap to be closed', () => !site.isTapped())
})

t.test('a whole phrase is understood before the caller falls silent', async t => {
  const { url } = await startFunasrServer(t, { 0: '人工服务' })
  const site = listen(t, url)
  await site.play(joined(silence(300), words))
  t.match(await site.tells('understood'), { phrase: 'agent', text: '人工服务' })
  site.stop()
})

t.test('words outside the grammar are told without a phrase, digits as digits', async t => {
  const { url } = await startFunasrServer(t, { 0: '今天天气' })
  const site = listen(t, url)
  await site.play(joined(silence(300), words, silence(1500)))
  const heard = await site.tells('understood')
  t.notOk('phrase' in heard)
  site.stop()
  const other = await startFunasrServer(t, { 0: '幺二三九三' })
  const digits = listen(t, other.url, { digits: { min: 4, max: 6 } })
  await digits.play(joined(silence(300), words, silence(1500)))
  t.match(await digits.tells('understood'), { text: '12393' })
  digits.stop()
})

t.test('silence, noise and a cough are nothing', async t => {
  const { url, greetings } = await startFunasrServer(t, { 0: '人工服务' })
  const site = listen(t, url)
  await site.play(joined(silence(500), pinkNoise(1500, -25), silence(300), words.subarray(0, 800)))
  await site.play(silence(1500))
  t.same(typesOf(site), [])
  t.equal(greetings.length, 0, 'no channel was taken')
  site.stop()
  t.notOk(site.isTapped())
})

t.test('an engine that is away, silent, or has no channel left is told with its cause', async t => {
  const server = await startFunasrServer(t, { 0: '人工服务' })
  const full = listen(t, server.url, {}, 0)
  await full.play(joined(silence(300), words))
  t.match(await full.tells('failed'), { cause: 'no-channel' })
  server.behave('deaf')
  const deaf = listen(t, server.url)
  await deaf.play(joined(silence(300), words, silence(1200)))
  t.match(await deaf.tells('failed'), { type: 'failed' }, 'within three seconds')
  await server.close()
  const away = listen(t, server.url)
  await away.play(joined(silence(300), words, silence(500)))
  t.match(await away.tells('failed'), { cause: 'unreachable' })
  t.notOk(away.isTapped())
})

t.test('speech without an end is understood as far as it goes', async t => {
  const { url } = await startFunasrServer(t, { 0: '我要查缴费记录' })
  const site = listen(t, url, { maxSpeechMs: 1000, grammar: [{ id: 'pay', texts: ['缴费'] }] })
  await site.play(joined(silence(300), words, words))
  t.match(await site.tells('understood'), { phrase: 'pay' })
  site.stop()
})
