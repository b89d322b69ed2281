import t from 'tap'
import type { SynthesisFailed } from '../../../asr-tts/index.ts'
import { LINE_CHARACTERS } from '../../../asr-tts/synthesis/engine.ts'
import { toScript } from '../../../asr-tts/synthesis/script.ts'
import { createSiteWords, createWordBook } from '../../../asr-tts/text/site-word.ts'
import type { SpeechOptions } from '../../../asr-tts/synthesizer.ts'

const NONE = createSiteWords([])
const linesOf = (text: string, words = NONE, options: SpeechOptions = {}) =>
  toScript(text, options, words).flatMap(step => (step.type === 'line' ? [step] : []))
const pinyinOf = (text: string, words = NONE) =>
  linesOf(text, words)
    .flatMap(({ line }) => line.tokens)
    .map(token =>
      token.type === 'syllable' ? token.pinyin : token.type === 'letter' ? token.letter : '',
    )
    .filter(Boolean)
    .join(' ')
const saidOf = (text: string, words = NONE) =>
  linesOf(text, words)
    .map(({ line }) => line.text)
    .join('|')

t.test('say-as tells what a piece of text is', async t => {
  const rows: [kind: string, content: string, said: string][] = [
    ['digits', '12393', '一二三九三'],
    ['telephone', '12393', '幺二三九三'],
    ['telephone', '023-63651234', '零二三，六三六五幺二三四'],
    ['ordinal', '2', '第二'],
    ['cardinal', '12000', '一万二千'],
    ['cardinal', '-3.5', '负三点五'],
    ['date', '2026-11-22', '二零二六年十一月二十二日'],
    ['date', '20261122', '二零二六年十一月二十二日'],
    ['date', '11-22', '十一月二十二日'],
    ['time', '08:05', '八点零五分'],
    ['time', '1430', '十四点三十分'],
    ['currency', '1234.50', '一千二百三十四点五元'],
    ['currency', 'USD 20', '二十美元'],
    ['characters', 'A1B', 'A一B'],
    ['telephone', '转人工', '转人工'],
    ['date', '2026-13-45', '二零二六年十三月四十五日'],
  ]
  for (const [kind, content, said] of rows)
    t.equal(
      saidOf(`<speak><say-as interpret-as="${kind}">${content}</say-as></speak>`),
      said,
      `${kind} ${content}`,
    )
  t.equal(
    pinyinOf('<speak><say-as interpret-as="name">单雄信</say-as></speak>'),
    'shan4 xiong2 xin4',
  )
  t.equal(pinyinOf('<speak><say-as interpret-as="name">曾国藩</say-as></speak>'), 'zeng1 guo2 fan1')
})

t.test('phoneme, sub, prosody, voice, break, p and s', async t => {
  t.equal(
    pinyinOf(
      '<speak>有2<phoneme alphabet="pinyin" ph="ge5">个</phoneme>人，<phoneme alphabet="py" ph="lǚ3"> 旅 </phoneme></speak>'.replace(
        'lǚ3',
        'lü3',
      ),
    ),
    'you3 liang3 ge5 ren2 lv3',
    'a number sees what it counts',
  )
  t.equal(
    saidOf('<speak>找<sub alias="人力资源和社会保障局">人社局</sub></speak>'),
    '找人力资源和社会保障局',
  )
  const [one, two, three] = linesOf(
    '<speak>一<prosody rate="slow" pitch="+2st" volume="loud">二<prosody rate="50%">三</prosody></prosody></speak>',
  )
  t.match(one, { volumeDb: 0, line: { manner: { tempo: 1, pitch: 0, voice: 'female' } } })
  t.match(two, { volumeDb: 4, line: { manner: { tempo: 0.75, pitch: 2 } } })
  t.match(three, { line: { manner: { tempo: 0.5 } } }, 'no slower than half')
  t.match(
    linesOf(
      '<speak>您好<voice gender="male">我是</voice><voice name="female">她是</voice></speak>',
    ),
    [
      { line: { manner: { voice: 'female' } } },
      { line: { manner: { voice: 'male' } } },
      { line: { manner: { voice: 'female' } } },
    ],
  )
  const pauses = (text: string) =>
    toScript(text, {}, NONE).flatMap(step => (step.type === 'pause' ? [step.ms] : []))
  t.ok(pauses('<speak>一<break time="1.5s"/>二</speak>').includes(1500))
  t.ok(pauses('<speak>一<break strength="strong"/>二</speak>').includes(700))
  t.ok(pauses('<speak><p>一</p><p>二</p></speak>').includes(700))
  t.ok(pauses('<speak><s>一</s><s>二</s></speak>').includes(300))
  t.match(linesOf('您好', NONE, { style: 'elder' }), [
    { volumeDb: 3, line: { manner: { tempo: 0.75 } } },
  ])
})

t.test('bad markup and bad text end as a named failure or in a reading', async t => {
  const faultOf = (text: string) => {
    try {
      return saidOf(text)
    } catch (error) {
      return `${(error as SynthesisFailed).fault}: ${(error as SynthesisFailed).message}`
    }
  }
  const rows: [text: string, wanted: string | RegExp][] = [
    ['<speak>您好', /^wrong-markup: character 1: <speak> is never closed/],
    ['<speak><p>您好</speak>', /^wrong-markup: character 13: <\/speak> where <\/p> is due/],
    ['<speak><audio src="x"/>好</speak>', /^wrong-markup: character 8: <audio> is unknown/],
    ['<speak>好<break time="60s"/></speak>', /^wrong-markup/],
    ['<speak>好<break length="1s"/></speak>', /no attribute length/],
    ['<speak><say-as interpret-as="spell">好</say-as></speak>', /known are digits/],
    ['<speak><phoneme alphabet="ipa" ph="x">好</phoneme></speak>', /known is pinyin/],
    [
      '<speak><phoneme alphabet="pinyin" ph="hao9">好</phoneme></speak>',
      /a syllable with its tone/,
    ],
    [
      '<speak><phoneme alphabet="pinyin" ph="hao3 ma5">好</phoneme></speak>',
      /for each Chinese character/,
    ],
    ['<speak><prosody rate="900%">好</prosody></speak>', /too much/],
    ['<speak>&nbsp;好</speak>', /is no entity/],
    ['<speak>一 & 二</speak>', /written &amp;/],
    ['<speak><!-- x -->好</speak>', /no proper tag/],
    ['<speak><speak>好</speak></speak>', /inside of <speak>/],
    [`<speak>${'<p>'.repeat(20)}`, /deeper than/],
    [`<speak>${'<break/>'.repeat(2001)}</speak>`, /more than 2000/],
    [`<speak>好${'<break time="10s"/>'.repeat(7)}</speak>`, /pauses of more than 60 s/],
    ['<speak/>', /^no-words/],
    ['😀🎉……', /^no-words/],
    ['', /^no-words/],
    ['好'.repeat(20_001), /^too-long/],
    ['请😀按1\u0000键\u200b\ud800', '请按一键'],
    ['您好\r\n再见', '您好。再见'],
    ['<speak>A&amp;B &lt;1</speak>', 'A和B一'],
    ['年龄<60岁', '年龄六十岁'],
  ]
  for (const [text, wanted] of rows)
    if (typeof wanted === 'string') t.equal(faultOf(text), wanted)
    else t.match(faultOf(text), wanted, text.slice(0, 60))
})

t.test('a long text is cut at its sentences and nothing is lost', async t => {
  const sentence = '参保人员可以在线办理异地就医备案，也可以到就近的经办机构办理。'
  const lines = linesOf(sentence.repeat(300)).map(({ line }) => line)
  t.equal(lines.map(({ text }) => text).join(''), sentence.repeat(300))
  t.ok(lines.every(({ text }) => text.length <= LINE_CHARACTERS && text.endsWith('。')))
  const endless = linesOf('好'.repeat(10_000)).map(({ line }) => line)
  t.equal(endless.length, 10_000 / LINE_CHARACTERS)
})

t.test('words of the site: another text, a reading, an area', async t => {
  const book = createWordBook()
  book.set([
    { word: 'DRG', say: '按病组付费' },
    { word: '12345', say: '幺二三四五热线' },
    { word: '朝阳', reading: 'zhao1 yang2' },
    { word: '朝阳', reading: 'chao2 yang2', area: '北京' },
    { word: '居保', say: '城乡居民医保' },
    { word: '坏', reading: 'huai9' },
  ])
  t.equal(saidOf('DRG和MyDRGs', book.of()), '按病组付费和MYDRGS', 'not in a longer word')
  t.equal(saidOf('12345，123456元', book.of()), '幺二三四五热线，十二万三千四百五十六元')
  t.equal(saidOf('居保待遇', book.of()), '城乡居民医保待遇')
  t.equal(pinyinOf('朝阳区', book.of()), 'zhao1 yang2 qu1')
  t.equal(pinyinOf('朝阳区', book.of('北京')), 'chao2 yang2 qu1')
  t.equal(pinyinOf('朝阳区', book.of('上海')), 'zhao1 yang2 qu1')
  t.equal(
    pinyinOf('<speak><phoneme alphabet="pinyin" ph="chao2">朝</phoneme>阳</speak>', book.of()),
    'chao2 yang2',
    'the prompt is over the list',
  )
  book.set([])
  t.equal(saidOf('居保', book.of()), '居保')
})
