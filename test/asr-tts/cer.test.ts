// W-ASR-1: the tool that measures the character error rate of a site's own engine over its own recordings.
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { toWav } from '../../asr-tts/audio.ts'
import { run } from '../bench/cer.ts'
import { startFunasrServer } from '../fixtures/speech/funasr-server.ts'
import { toneOf } from '../fixtures/speech/tone.ts'

const wavOf = (hz: number) =>
  toWav({ sampleRateHz: 8000, samples: Float32Array.from(toneOf(hz, 700), one => one / 32_768) })

t.test('W-ASR-1: a folder of recordings is measured, file by file and together', async t => {
  const server = await startFunasrServer(t, { 440: '我要查医保余额。', 880: '异地就一备案。' })
  const folder = t.testdir({
    'a.txt': '我要查医保余额',
    'b.txt': '异地就医备案',
    'speech.json': JSON.stringify({
      recognisers: [{ name: 'one', kind: 'funasr', url: server.url }],
    }),
  })
  writeFileSync(`${folder}/a.wav`, wavOf(440))
  writeFileSync(`${folder}/b.wav`, wavOf(880))
  const lines: unknown[] = []
  t.capture(console, 'log', (line: unknown) => void lines.push(line))
  const figures = await run([folder, '--file', `${folder}/speech.json`, '--speed', '10', '--texts'])
  t.match(figures, {
    engine: 'one',
    files: 2,
    characters: 13,
    substitutions: 1,
    deletions: 0,
    insertions: 0,
    cerPercent: 7.69,
    sentenceErrors: 1,
    causes: { finished: 2 },
  })
  t.match(lines.join('\n'), /heard 异地就一备案。/)
  t.match(lines.join('\n'), /all +13 +1 +0 +0 +7.69/)
  await t.rejects(run([]), /x.wav/)
  await t.rejects(
    run([folder, '--file', `${folder}/speech.json`, '--engine', 'two']),
    /there are: one/,
  )
})
