import t from 'tap'
import { withSandhi } from '../../../asr-tts/text/sandhi.ts'
import { toTokens } from '../../../asr-tts/text/syllable.ts'

const said = (text: string) =>
  withSandhi(toTokens(text))
    .flatMap(token => (token.type === 'syllable' ? token.pinyin : []))
    .join(' ')

t.test('W-TTS-1: 一 and 不 in a sentence', async t => {
  for (const [text, wanted] of [
    ['1个', 'yi2 ge4'],
    ['100元', 'yi4 bai3 yuan2'],
    ['10000元', 'yi2 wan4 yuan2'],
    ['第1个', 'di4 yi1 ge4'],
    ['11位', 'shi2 yi1 wei4'],
    ['1月1日', 'yi1 yue4 yi1 ri4'],
    ['按1', 'an4 yi1'],
    ['不是', 'bu2 shi4'],
    ['不行', 'bu4 xing2'],
    ['不', 'bu4'],
    ['一起', 'yi4 qi3'],
    ['周一', 'zhou1 yi1'],
  ] as const)
    t.equal(said(text), wanted, text)
})
