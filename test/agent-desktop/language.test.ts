import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { en } from '../../agent-desktop/src/language/en/index.ts'
import { zhCn } from '../../agent-desktop/src/language/zh-cn/index.ts'
import { CALL_RESULTS } from '../../agent-desktop/src/state/record-filter.ts'
import { ERRORS } from '../../server/errors.ts'
import { RESULTS } from '../../server/ledger/fact.ts'
import { CAUSES } from '../../telephony/call/cause.ts'

const source = new URL('../../agent-desktop/src', import.meta.url).pathname
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  name => /\.(vue|ts)$/.test(name) && !name.startsWith('language'),
)
const read = (name: string) => readFileSync(join(source, name), 'utf8')

const flatten = (words: object, prefix = ''): [string, string][] =>
  Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[prefix + key, value] as [string, string]]
      : flatten(value as object, `${prefix}${key}.`),
  )
const chinese = new Map(flatten(zhCn))
const english = new Map(flatten(en))

t.test('both languages say the same things with the same values', async t => {
  t.same([...english.keys()].toSorted(), [...chinese.keys()].toSorted())
  const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(match => match[1]).toSorted()
  for (const [key, text] of chinese) t.same(holes(english.get(key) ?? ''), holes(text), key)
})

t.test('nothing is left in the other language', async t => {
  for (const [key, text] of english)
    if (key !== 'frame.otherLanguage') t.notMatch(text, /[\u4e00-\u9fff]/, key)
  for (const [key, text] of chinese)
    if (!['frame.otherLanguage', 'fact.other'].includes(key)) t.match(text, /[\u4e00-\u9fff%]/, key)
})

t.test('every text asked for by its full name exists', async t => {
  for (const name of files)
    for (const [, key = ''] of read(name).matchAll(/\bt\(\s*'([\w.-]+)'/g))
      t.ok(chinese.has(key), `${key} in ${name}`)
})

t.test('no component speaks by itself', async t => {
  for (const name of files.filter(file => file.endsWith('.vue')))
    t.notMatch(
      read(name)
        .replaceAll(/<!--.*?-->|\/\/.*|\/\*[\s\S]*?\*\//g, '')
        .replaceAll(/[：，、“”–]/g, ''),
      /[\u4e00-\u9fff]/,
      name,
    )
})

t.test('every code of the server has its words', async t => {
  for (const code of Object.keys(ERRORS)) t.ok(chinese.has(`error.${code}`), code)
  for (const cause of Object.keys(CAUSES)) t.ok(chinese.has(`cause.${cause}`), cause)
  for (const result of RESULTS) t.ok(chinese.has(`result.${result}`), result)
  t.same([...CALL_RESULTS], [...RESULTS])
})
