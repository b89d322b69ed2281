import { spawnSync } from 'node:child_process'
import t from 'tap'
import { createEspeakEngine } from '../../../asr-tts/index.ts'
import { SYLLABLES } from '../../../asr-tts/text/pinyin-table.ts'
import { isPlausible, speakSyllables } from '../../fixtures/syllables.ts'

t.setTimeout(240_000)

t.test('W-TTS-1: every syllable of Mandarin is spoken', async t => {
  const spoken = await speakSyllables(createEspeakEngine())
  t.equal(spoken.length, SYLLABLES.length)
  const wrong = spoken.filter(one => !isPlausible(one))
  t.same(wrong, [])
  const nonsense = await speakSyllables(createEspeakEngine(), ['xkqj', 'bcdf', 'zzz'])
  t.same(nonsense.filter(isPlausible), [], 'what is no syllable is heard to be none')
})

t.test('W-TTS-1: none of them is spelled letter by letter', async t => {
  const words = SYLLABLES.flatMap(syllable => [1, 2, 3, 4].map(tone => `${syllable}${tone}`))
  const { stdout } = spawnSync('espeak-ng', ['-v', 'cmn-latn-pinyin', '-q', '-x', '--stdin'], {
    input: words.map(word => `${word}.`).join('\n'),
    encoding: 'utf8',
  })
  const said = stdout
    .split('\n')
    .flatMap(line => line.trim().split(/\s+/))
    .filter(one => /\w/.test(one))
  t.equal(said.length, words.length, 'one sound a syllable')
  // A letter's name would be in another language, `(en)`, or have a tone of its own.
  const spelled = words.filter((_, index) => {
    const phonemes = said[index] ?? ''
    return phonemes.includes('(') || (phonemes.match(/\d+/g) ?? []).length !== 1
  })
  t.same(spelled.slice(0, 20), [])
})
