// W-ASR-1, W-VR-1: words of the trade are put right by their sound, and nothing else is.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { createCorrector } from '../../../asr-tts/text/correction.ts'
import { hotwordsOf, INDUSTRY_WORDS } from '../../../asr-tts/text/hotword.ts'

const linesOf = (name: string) =>
  readFileSync(new URL(`../cases/correction/${name}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
const corrector = createCorrector(INDUSTRY_WORDS)

t.test('W-ASR-1: words that were misheard', async t => {
  const rows = linesOf('pairs.tsv').map(row => row.split('\t'))
  t.ok(rows.length >= 40, `${rows.length} pairs`)
  for (const [heard = '', meant = ''] of rows) {
    t.equal(corrector.correct(heard), meant)
    t.equal(corrector.correct(meant), meant, 'what is right stays')
  }
})

t.test('W-ASR-1: no ordinary sentence is changed', async t => {
  const sentences = linesOf('ordinary.txt')
  t.ok(sentences.length >= 100, `${sentences.length} sentences`)
  for (const sentence of sentences) t.same(corrector.find(sentence), [])
})

t.test('words keep their times; a dialect’s n is an l', async t => {
  const words = [...'办移地就医'].map((text, at) => ({
    text,
    startMs: at * 100,
    endMs: at * 100 + 90,
  }))
  t.same(corrector.correctWords(words), [
    words[0],
    { text: '异', startMs: 100, endMs: 190 },
    ...words.slice(2),
  ])
  t.equal(corrector.correct('养脑保险'), '养老保险')
  const local = createCorrector([{ word: '单洲卡', reading: 'shan4 zhou1 ka3' }])
  t.equal(local.correct('我的山州卡'), '我的单洲卡')
})

t.test('hotwords of a call: everybody’s, and over them those of its area', async t => {
  const words = [
    { word: '医保', weight: 20 },
    { word: '汉家保', weight: 60, area: '武汉' },
    { word: '龙江惠民保', weight: 60, area: '哈尔滨' },
    { word: '医保', weight: 50, area: '武汉' },
    { word: '重庆', reading: 'chong2 qing4' },
  ]
  t.same(hotwordsOf(words, '武汉'), { 医保: 50, 汉家保: 60 })
  t.same(hotwordsOf(words), { 医保: 20 })
  t.equal(hotwordsOf(INDUSTRY_WORDS)['异地就医'], 40)
})
