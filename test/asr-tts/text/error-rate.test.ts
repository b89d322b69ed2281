// W-ASR-1: the character error rate, by examples that were counted by hand.
import t from 'tap'
import { errorsOf, rateOf, sumOf, toCompared } from '../../../asr-tts/text/error-rate.ts'

t.test('W-ASR-1: substitutions, deletions, insertions', async t => {
  const rows: [said: string, heard: string, sub: number, del: number, ins: number, of: number][] = [
    ['我要查医保', '我要查医保', 0, 0, 0, 5],
    ['我要查医保', '我要茶医保', 1, 0, 0, 5],
    ['我要查医保', '我查医保', 0, 1, 0, 5],
    ['我要查医保', '我想要查医保', 0, 0, 1, 5],
    ['我要查医保余额', '我查一保的余额', 1, 1, 1, 7],
    ['异地就医', '', 0, 4, 0, 4],
    ['', '喂', 0, 0, 1, 0],
    ['你好，请问……', '您好请问', 1, 0, 0, 4],
    ['报销百分之七十五', '报销75%', 0, 0, 0, 5],
    ['打幺二三九三', '打12393。', 0, 0, 0, 6],
    ['二零二六年五月一号', '2026年5月1号', 0, 0, 0, 9],
    ['用ＡＰＰ 办', '用app办', 0, 0, 0, 5],
    ['abc', 'xabcx', 0, 0, 2, 3],
  ]
  for (const [said, heard, substitutions, deletions, insertions, length] of rows)
    t.same(
      errorsOf(said, heard),
      { substitutions, deletions, insertions, length },
      `${said} / ${heard}`,
    )
})

t.test('rates, and of several files together by their characters', async t => {
  t.equal(rateOf(errorsOf('我要查医保', '我要茶医保')), 0.2)
  t.equal(rateOf(errorsOf('好', '好好好')), 2)
  t.equal(rateOf(errorsOf('', '')), 0)
  t.equal(rateOf(errorsOf('', '嗯啊')), 1)
  const all = sumOf([errorsOf('一二三四五六七八九十', '一二三四五六七八九十'), errorsOf('ab', 'b')])
  t.equal(all.deletions, 1)
  t.equal(toCompared('七十五％，好'), '75%好')
})
