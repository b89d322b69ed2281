import t from 'tap'
import { findFillers, withoutFillers } from '../../../asr-tts/text/filler.ts'

t.test('W-ASR-1: what only fills a pause is dropped', async t => {
  for (const [heard, wanted] of [
    ['嗯，我想查一下余额。', '我想查一下余额。'],
    ['我呃想查余额', '我想查余额'],
    ['啊，好的。', '好的。'],
    ['那个，我的医保卡丢了', '我的医保卡丢了'],
    ['那个那个医院不行', '那个医院不行'],
    ['就是，就是住院的费用', '就是住院的费用'],
    ['我我我要投诉', '我要投诉'],
    ['我想，我想问一下', '我想问一下'],
    ['嗯嗯。', ''],
  ] as const)
    t.equal(withoutFillers(heard), wanted, heard)
})

t.test('words that mean something stay', async t => {
  for (const text of [
    '那个医院不行',
    '这个月的费用',
    '然后去窗口办理',
    '就是这样',
    '好啊',
    '看看余额',
    '谢谢',
    '额度是多少',
    '天天下雨',
    '他的他也知道',
    '',
  ])
    t.equal(withoutFillers(text), text, text)
})

t.test('fillers are found where they stand', async t => {
  t.same(findFillers('嗯，我呃想查'), [
    { at: 0, text: '嗯，' },
    { at: 3, text: '呃' },
  ])
})
