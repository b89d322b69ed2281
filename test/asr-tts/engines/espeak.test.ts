import t from 'tap'
import { createEspeakEngine } from '../../../asr-tts/index.ts'
import { SYLLABLES } from '../../../asr-tts/text/pinyin-table.ts'
import { isPlausible, speakSyllables } from '../../fixtures/syllables.ts'

t.setTimeout(240_000)

t.test('W-TTS-1: every syllable of Mandarin is spoken, and none is spelled', async t => {
  const engine = createEspeakEngine()
  const spoken = await speakSyllables(engine)
  t.equal(spoken.length, SYLLABLES.length)
  const wrong = spoken.filter(one => !isPlausible(one))
  t.ok(
    wrong.length <= 0.02 * SYLLABLES.length,
    wrong
      .map(
        ({ syllable, seconds, level }) => `${syllable} ${seconds.toFixed(2)} s ${level.toFixed(3)}`,
      )
      .join(', '),
  )
  const [spelled] = await speakSyllables(createEspeakEngine(), ['xkqj'])
  t.notOk(
    isPlausible(spelled!),
    `what is no syllable is heard to be spelled: ${spelled!.seconds.toFixed(2)} s`,
  )
})
