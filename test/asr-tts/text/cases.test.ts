// W-TTS-1: numbers and polyphones are read right, by the cases that were written before the code.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { toTokens } from '../../../asr-tts/text/syllable.ts'

const folder = new URL('../cases/reading/', import.meta.url)
/** W-TTS-1 asks for 95 %. */
const LEAST = 0.98

const said = (text: string) =>
  toTokens(text)
    .flatMap(token =>
      token.type === 'syllable' ? token.pinyin : token.type === 'letter' ? token.letter : [],
    )
    .join(' ')

for (const name of readdirSync(fileURLToPath(folder)).sort())
  t.test(`W-TTS-1: ${name.replace('.tsv', '')}`, async t => {
    const rows = readFileSync(new URL(name, folder), 'utf8').trim().split('\n')
    t.ok(rows.length >= 20, `${rows.length} cases`)
    const wrong = rows.flatMap(row => {
      const [text = '', wanted = ''] = row.split('\t')
      return said(text) === wanted ? [] : [`${text}\n  said   ${said(text)}\n  wanted ${wanted}`]
    })
    t.ok(wrong.length <= rows.length * (1 - LEAST), wrong.join('\n'))
    for (const one of wrong) t.comment(one)
  })
