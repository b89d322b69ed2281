import t from 'tap'
import type { AddressInfo } from 'node:net'
import { summarise } from '../../../server/records/index.ts'
import type { Fact } from '../../../server/ledger/fact.ts'
import { openTestSite, type TestSite } from '../../fixtures/site/site.ts'
import { play, wholeCall } from '../../fixtures/facts.ts'
import { until } from '../../fixtures/until.ts'

let site: TestSite
const at = Date.now() - 3_600_000

t.before(async () => {
  site = await openTestSite()
  const call = wholeCall('talk-1', at)
  const heard = play(
    'talk-1',
    at,
    [14, 'transcription-changed', { state: 'on', engine: 'first' }],
    [
      22,
      'sentence-heard',
      {
        side: 'agent',
        text: '您的号码是13912345678吗？',
        saidAt: at + 20_000,
        startMs: 7000,
        endMs: 9000,
        words: [
          ['您', 7000, 7100],
          ['1391234', 7100, 8000],
          ['5678', 8000, 8600],
        ],
        engine: 'first',
      },
    ],
    [23, 'transcription-changed', { state: 'on', engine: 'second', cause: 'broken-off' }],
    [
      24,
      'sentence-heard',
      {
        side: 'caller',
        text: '是的，我要查医保余额。',
        saidAt: at + 16_000,
        startMs: 3000,
        endMs: 6000,
        engine: 'second',
      },
    ],
    [40, 'voice-turn', { node: 'n', engine: 'second', delayMs: 900, speechEndedAt: at }],
    [41, 'voice-turn', { node: 'n', engine: 'second', delayMs: 1100, speechEndedAt: at }],
    [42, 'transcription-changed', { state: 'off' }],
  ).map((fact, index) => ({ ...fact, seq: call.length + index }) as Fact)
  await site.repositories.facts.record([...call, ...heard], summarise)
  await site.app.listen({ host: '127.0.0.1', port: 0 })
})
t.after(() => site.close())

const get = async (url: string, as: string) =>
  site.app.inject({ url, headers: { authorization: `Bearer ${await site.tokenOf(as)}` } })

t.test('a transcript comes in the order in which it was said', async t => {
  const reply = await get('/api/calls/talk-1/transcript', '2001')
  t.equal(reply.statusCode, 200, reply.body)
  const { state, engine, items } = reply.json()
  t.match({ state, engine }, { state: 'off', engine: 'second' })
  t.match(items, [
    { side: 'caller', text: '是的，我要查医保余额。', startMs: 3000, words: [] },
    { side: 'agent', text: /13912345678/, words: [['您', 7000, 7100], [], []] },
  ])
  t.match(items[0].at, /^\d{4}-.*\+08:00$/)
})

t.test('whoever may not see numbers finds them neither in the text nor in its words', async t => {
  await site.repositories.settings.set('site/maskForSupervisors', true)
  await site.app.inject({
    method: 'PUT',
    url: '/api/settings',
    headers: { authorization: `Bearer ${await site.tokenOf('admin')}` },
    payload: { maskForSupervisors: true },
  })
  const reply = await get('/api/calls/talk-1/transcript', '2001')
  t.notMatch(reply.body, /13912345678|"1391234"/)
  t.match(reply.json().items[1].text, /\*\*\*\*/)
  const search = await get(`/api/calls?said=${encodeURIComponent('139')}`, '2001')
  t.equal(search.statusCode, 400, 'and does not find them out digit by digit')
  await site.app.inject({
    method: 'PUT',
    url: '/api/settings',
    headers: { authorization: `Bearer ${await site.tokenOf('admin')}` },
    payload: { maskForSupervisors: false },
  })
})

t.test('an agent reads its own calls only', async t => {
  const own = wholeCall('talk-1', at).find(fact => fact.type === 'talk-began')
  t.equal((await get('/api/calls/talk-1/transcript', '1005')).statusCode, 404)
  const agent = (own?.data as { agent: string }).agent
  t.equal((await get('/api/calls/talk-1/transcript', agent)).statusCode, 200)
})

t.test('as text it has times and speakers, and is noted in the audit', async t => {
  const reply = await get('/api/calls/talk-1/transcript.txt', '2001')
  t.match(reply.body, /^\[00:03\] 来电人：是的，我要查医保余额。\n\[00:07\] 座席.*：您的号码是/)
  const audit = (await get('/api/audit?action=transcript-exported', 'admin')).json()
  t.match(audit.items, [{ target: 'talk-1' }])
})

t.test('calls are found by what was said in them', async t => {
  const find = async (said: string) =>
    (await get(`/api/calls?said=${encodeURIComponent(said)}`, '2001'))
      .json()
      .items.map((call: { id: string }) => call.id)
  t.same(await find('医保余额'), ['talk-1'])
  t.same(await find('100%'), [], 'a sign of patterns is a character')
  t.same(await find('%'), [])
})

t.test('the page of speech has channels, engines, delays by hour, and outcomes', async t => {
  const reply = await get('/api/speech', '2001')
  t.equal(reply.statusCode, 200, reply.body)
  t.match(reply.json(), {
    recognition: { used: 2, limit: 5, waiting: 0 },
    engines: [{ name: 'funasr', state: 'suspect', cause: 'slow' }],
    delays: [{ engine: 'second', count: 2, p50Ms: 1000, p95Ms: 1090 }],
    outcomes: { sentences: 2, failOvers: 1, understood: 0 },
  })
  t.equal((await get('/api/speech', '1001')).statusCode, 403)
})

t.test('captions are read by whoever has the link, and by nobody else', async t => {
  const share = async (as: string) =>
    site.app.inject({
      method: 'POST',
      url: '/api/calls/live-call/captions',
      headers: { authorization: `Bearer ${await site.tokenOf(as)}` },
    })
  t.equal((await share('1001')).statusCode, 404, 'not a call of theirs')
  const { url, token } = (await share('1002')).json()
  t.equal(url, `/captions/${token}`)
  t.match(token, /^[\w-]{43}$/)

  const channel = 'transcript:live-call'
  site.hub.publish(channel, {
    agents: ['1002'],
    state: { state: 'on', engine: 'secret-engine' },
    'sentence/7': { side: 'caller', text: '你好。', at: 5, startMs: 1, endMs: 2, words: [] },
    'partial/agent': { text: '您', at: 6 },
  })
  const { port } = site.app.server.address() as AddressInfo
  const leave = new AbortController()
  t.teardown(() => leave.abort())
  const reply = await fetch(`http://127.0.0.1:${port}/api/captions/${token}/stream`, {
    signal: leave.signal,
  })
  t.equal(reply.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  let text = ''
  const reader = reply.body!.getReader()
  const decoder = new TextDecoder()
  const events = () =>
    text
      .split('\n\n')
      .flatMap(part => (part.startsWith('data: ') ? [JSON.parse(part.slice(6))] : []))
  const reading = (async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      text += decoder.decode(value, { stream: true })
    }
  })()
  await until('the snapshot', () => events().length === 1)
  t.same(events()[0], {
    type: 'snapshot',
    sentences: [{ seq: 7, side: 'caller', text: '你好。', at: 5 }],
    partials: { agent: '您' },
    state: 'on',
  })
  site.hub.publish(
    channel,
    { 'sentence/8': { side: 'agent', text: '您好。', at: 9, startMs: 3, endMs: 4 } },
    ['partial/agent'],
  )
  await until('the sentence', () => events().length === 3)
  t.match(events().slice(1), [
    { type: 'sentence', seq: 8, side: 'agent', text: '您好。' },
    { type: 'partial', side: 'agent', text: '' },
  ])
  t.notMatch(text, /secret-engine|1002/, 'and nothing else of the call')
  site.hub.forget(channel)
  await reading
  t.same(events().at(-1), { type: 'ended' })
  t.same(
    [...site.hub.names()].filter(name => name === channel),
    [],
    'the channel is freed',
  )
})

t.test('a link that nobody has given is refused, and guessing is', async t => {
  const guess = (index: number) =>
    site.app.inject({ url: `/api/captions/${String(index).padStart(43, 'A')}/stream` })
  t.equal((await guess(0)).statusCode, 404)
  t.equal((await site.app.inject({ url: '/api/captions/short/stream' })).statusCode, 400)
  let last = 0
  for (let index = 1; index <= 31; index++) last = (await guess(index)).statusCode
  t.equal(last, 429)
})

// A server that listens would keep the process from noticing that it is done.
t.end()
