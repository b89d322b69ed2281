// W-ASR-1: digit normalisation (中文数字→阿拉伯数字), by the cases that were written before the code.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { toWritten } from '../../../asr-tts/text/itn.ts'

const folder = new URL('../cases/itn/', import.meta.url)
const LEAST = 0.98
let all = 0
let right = 0

for (const name of readdirSync(fileURLToPath(folder)).sort())
  t.test(`W-ASR-1: ${name.replace('.tsv', '')}`, async t => {
    for (const row of readFileSync(new URL(name, folder), 'utf8').trim().split('\n')) {
      const [spoken = '', wanted = ''] = row.split('\t')
      all++
      const written = toWritten(spoken)
      if (written === wanted) right++
      else t.comment(`${spoken}: ${written}, not ${wanted}`)
      t.equal(toWritten(wanted), wanted, `${wanted} stays what it is`)
    }
  })

t.test('W-ASR-1: nearly all are right', async t => {
  t.ok(all >= 200, `${all} cases`)
  t.ok(right >= all * LEAST, `${right} of ${all}`)
})
