// From what an engine understood to what people read.
import t from 'tap'
import { sentenceOf, type Understood } from '../../../server/speech/sentence.ts'
import { createVocabulary } from '../../../server/speech/vocabulary.ts'

const understood = (text: string): Understood => ({
  side: 'caller',
  engine: 'one',
  text,
  startMs: 1000,
  endMs: 2000,
  words: [...text].map((one, at) => ({ text: one, startMs: at * 100, endMs: at * 100 + 100 })),
})

t.test('W-ASR-1: words of the trade are put right, in the text and in the words', async t => {
  const words = createVocabulary()
  const said = '移地就医报百分之七十'
  const sentence = sentenceOf(understood(said), { tapAt: 10_000 }, words.corrector())
  t.match(sentence, { text: '异地就医报70%。', spoken: said, saidAt: 11_000 })
  t.same(sentence?.words?.slice(0, 2), [
    ['异', 0, 100],
    ['地', 100, 200],
  ])
  t.equal(sentenceOf(understood('嗯'), { tapAt: 0 }), undefined, 'a pause that is filled')
})

t.test('words of the site are hot, and right from then on', async t => {
  const words = createVocabulary()
  t.equal(words.hotwords()['异地就医'], 40)
  t.equal(words.corrector().correct('龙江汇民保'), '龙江汇民保')
  words.set([
    { word: '龙江惠民保', weight: 60 },
    { word: '重庆', reading: 'chong2 qing4' },
    { word: '武汉惠医保', weight: 70, area: '武汉' },
  ])
  t.match(words.hotwords(), { 龙江惠民保: 60, 异地就医: 40, 重庆: undefined })
  t.equal(words.hotwords('武汉')['武汉惠医保'], 70)
  t.equal(words.corrector().correct('龙江汇民保'), '龙江惠民保')
})
