import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readSpeech } from '../../server/config-speech.ts'
import { readConfig } from '../../server/config.ts'

const funasr = { name: 'funasr', kind: 'funasr', url: 'ws://127.0.0.1:10095' }

t.test('without a file there is espeak-ng, and pocketsphinx where a model is named', async t => {
  const path = join(t.testdir(), 'speech.json')
  t.same(readSpeech({ path, isNamed: false }, t.fail), {
    recognisers: [],
    synthesisers: [],
    hotwords: {},
  })
  const { recognisers } = readSpeech({ path, isNamed: false, model: '/opt/zh' }, t.fail)
  t.match(recognisers, [{ kind: 'pocketsphinx', model: '/opt/zh', for: ['flow'] }])
})

t.test('the order of the file is kept, and what is left out has a default', async t => {
  const path = join(t.testdir(), 'speech.json')
  const second = {
    name: 'cloud',
    kind: 'aliyun',
    appKey: 'a',
    keyId: 'k',
    keySecret: 's',
    for: ['talk'],
  }
  writeFileSync(path, JSON.stringify({ recognisers: [funasr, second] }), { mode: 0o600 })
  const { recognisers } = readSpeech({ path, isNamed: true }, t.fail)
  t.match(recognisers, [
    { name: 'funasr', for: ['talk', 'flow'] },
    { name: 'cloud', for: ['talk'], url: /^wss:/ },
  ])
})

t.test('a file that others may read is warned of, and its keys are not told', async t => {
  const path = join(t.testdir(), 'speech.json')
  writeFileSync(path, '{"recognisers":[]}')
  chmodSync(path, 0o644)
  const sentences: string[] = []
  readSpeech({ path, isNamed: true }, sentence => sentences.push(sentence))
  t.match(sentences, [/may be read by others/])
})

const bad: [name: string, content: string, sentence: RegExp][] = [
  ['no JSON', '{"keySecret":"verysecret"', /it is not JSON/],
  ['no such kind', '{"recognisers":[{"name":"a","kind":"verysecret"}]}', /recognisers\.0\.kind/],
  [
    'an address of another kind',
    '{"recognisers":[{"name":"a","kind":"funasr","url":"verysecret"}]}',
    /recognisers\.0\.url: an address that begins with ws:\/\//,
  ],
  ['two of one name', JSON.stringify({ recognisers: [funasr, funasr] }), /the same name/],
  [
    'a key of the wrong type',
    '{"recognisers":[{"name":"a","kind":"aliyun","appKey":["verysecret"]}]}',
    /recognisers\.0\.appKey/,
  ],
]
for (const [name, content, sentence] of bad)
  t.test(`a wrong file is one sentence without its keys: ${name}`, async t => {
    const path = join(t.testdir(), 'speech.json')
    writeFileSync(path, content, { mode: 0o600 })
    t.throws(() => readSpeech({ path, isNamed: true }, t.fail), { message: sentence })
    t.throws(() => readSpeech({ path, isNamed: true }, t.fail), { message: /^(?!.*verysecret)/s })
  })

t.test('a file that was named must be there', async t => {
  const path = join(t.testdir(), 'none.json')
  t.throws(() => readSpeech({ path, isNamed: true }, t.fail), { message: /can't be read: ENOENT/ })
  t.match(readConfig({ HOTLINE_SPEECH_FILE: path }).speech, { path, isNamed: true })
  t.match(readConfig({ HOTLINE_DATA_DIR: '/srv/h' }).speech.path, '/srv/h/speech.json')
})
