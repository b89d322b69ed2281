import t from 'tap'
import { openTestSite, type TestSite } from '../../fixtures/site/site.ts'
import { hotwordsOf, problemsOf } from '../../../server/speech/words.ts'

// Passwords are hashed with care, and a busy machine takes its time.
t.setTimeout(120_000)
let site: TestSite
t.before(async () => {
  site = await openTestSite()
})
t.after(() => site.close())

async function ask(method: 'GET' | 'PUT' | 'POST', url: string, as: string, body?: object) {
  return site.app.inject({
    method,
    url: `/api${url}`,
    headers: { authorization: `Bearer ${await site.tokenOf(as)}` },
    ...(body && { payload: body }),
  })
}
const WORDS = [
  { id: 'a', word: '典当行', reading: 'dian3 dang4 hang2', weight: 30, note: '常读错' },
  { id: 'b', word: 'DRG', say: '按病组付费', area: '重庆' },
  { id: 'c', word: '医保', weight: 20 },
  { id: 'd', word: '医保', weight: 60, area: '重庆' },
]

t.test('supervisors keep the list of words; agents do not see it', async t => {
  t.same((await ask('GET', '/speech-words', '2001')).json(), { items: [] })
  const saved = await ask('PUT', '/speech-words', '2001', { items: WORDS })
  t.equal(saved.statusCode, 200)
  t.same((await ask('GET', '/speech-words', 'admin')).json(), { items: WORDS })
  t.equal((await ask('GET', '/speech-words', '1001')).statusCode, 403)
  t.equal((await ask('PUT', '/speech-words', '1001', { items: [] })).statusCode, 403)
  const { items: notes } = await site.repositories.audit.list({ limit: 20 })
  t.match(
    notes.find(({ action }) => action === 'speech-words-saved'),
    { actor: 'user-2001', detail: { count: 4 } },
  )
})

t.test('a list with a wrong entry is refused as a whole, and says which one', async t => {
  const wrong = [
    [{ id: 'a', word: '重庆', reading: 'chong2' }, '/items/0/reading', /2 syllables/],
    [{ id: 'a', word: '重庆', reading: 'chong2 qing9' }, '/items/0/reading', /2 syllables/],
    [{ id: 'a', word: 'DRG', reading: 'di4' }, '/items/0/reading', /Chinese characters/],
    [{ id: 'a', word: '重庆' }, '/items/0/word', /needs/],
    [
      { id: 'a', word: '重庆', reading: 'chong2 qing4', say: '山城' },
      '/items/0/reading',
      /not both/,
    ],
    [{ id: 'a', word: '<b>', say: '粗' }, '/items/0/word', /cannot be spoken/],
  ] as const
  for (const [entry, field, problem] of wrong) {
    const answer = await ask('PUT', '/speech-words', 'admin', { items: [entry] })
    t.equal(answer.statusCode, 400, JSON.stringify(entry))
    t.match(answer.json(), { code: 'BAD_REQUEST', details: [{ field, problem }] })
  }
  t.equal((await ask('PUT', '/speech-words', 'admin', { items: [{ word: '无' }] })).statusCode, 400)
  t.match(problemsOf([WORDS[0]!, { ...WORDS[1]!, id: 'a' }]), [{ field: '/items/1/id' }])
  t.match(problemsOf([WORDS[2]!, { ...WORDS[2]!, id: 'z' }]), [{ field: '/items/1/word' }])
  t.same(
    (await ask('GET', '/speech-words', 'admin')).json(),
    { items: WORDS },
    'the old list stays',
  )
})

t.test('weights are for recognisers, those of the area first', async t => {
  t.same(hotwordsOf(WORDS), { 典当行: 30, 医保: 20 })
  t.same(hotwordsOf(WORDS, '重庆'), { 典当行: 30, 医保: 60 })
})

t.test('a text is tried in any voice, style, effect and format', async t => {
  const answer = await ask('POST', '/speech/try', '2001', { text: '您好，12393为您服务。' })
  t.equal(answer.statusCode, 200)
  t.match(answer.headers, {
    'content-type': 'audio/wav',
    'x-speech-engine': 'espeak-ng',
    'x-speech-ms': /^\d+$/,
    'x-speech-effect': 'none',
    'cache-control': 'no-store',
  })
  t.equal(answer.rawPayload.toString('latin1', 0, 4), 'RIFF')
  const other = await ask('POST', '/speech/try', 'admin', {
    text: '您好',
    voice: 'male',
    style: 'elder',
    effect: 'robot',
    format: 'mp3',
  })
  t.match(other.headers, { 'content-type': 'audio/mpeg', 'x-speech-effect': 'robot' })
  t.ok(other.rawPayload.length > 1000)
})

t.test('a text that cannot be spoken, or may not be tried, is refused by name', async t => {
  const rows = [
    [
      '2001',
      { text: '<speak>您好' },
      422,
      { code: 'TEXT_NOT_SPOKEN', details: { fault: 'wrong-markup' } },
    ],
    ['2001', { text: '😀' }, 422, { code: 'TEXT_NOT_SPOKEN', details: { fault: 'no-words' } }],
    ['2001', { text: '好'.repeat(1001) }, 400, { code: 'BAD_REQUEST' }],
    ['2001', { text: '好', voice: 'robot' }, 400, { code: 'BAD_REQUEST' }],
    ['2001', { text: '好'.repeat(20_000) }, 413, { code: 'BAD_REQUEST' }],
    ['1001', { text: '好' }, 403, { code: 'FORBIDDEN' }],
  ] as const
  for (const [as, body, status, wanted] of rows) {
    const answer = await ask('POST', '/speech/try', as, body)
    t.equal(answer.statusCode, status)
    t.match(answer.json(), wanted)
  }
})

// The last test has been told; without this the site is kept open until the limit.
t.end()
