// No weights can be had here, so what is shown is how folders are understood and how every failure ends; not how a model sounds.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findSherpaModel } from '../../../asr-tts/engines/sherpa-model.ts'
import { createSherpaVoice } from '../../../asr-tts/engines/sherpa-voice.ts'
import { createEspeakEngine, createSynthesis, type SynthesisEvent } from '../../../asr-tts/index.ts'
import { toScript } from '../../../asr-tts/synthesis/script.ts'
import { createSiteWords } from '../../../asr-tts/text/site-word.ts'

t.test('folders of sherpa-onnx’s voices are told apart by what lies in them', async t => {
  const cases: [names: string[], wanted: object | RegExp][] = [
    [
      ['model.onnx', 'tokens.txt', 'lexicon.txt', 'date.fst', 'model.int8.onnx'],
      { vits: { model: 'm/model.onnx', tokens: 'm/tokens.txt', lexicon: 'm/lexicon.txt' } },
    ],
    [
      ['model-steps-3.onnx', 'vocos-22khz-univ.onnx', 'tokens.txt', 'lexicon.txt'],
      { matcha: { acousticModel: 'm/model-steps-3.onnx', vocoder: 'm/vocos-22khz-univ.onnx' } },
    ],
    [
      [
        'model.onnx',
        'voices.bin',
        'tokens.txt',
        'lexicon-us-en.txt',
        'lexicon-zh.txt',
        'espeak-ng-data',
      ],
      {
        kokoro: {
          voices: 'm/voices.bin',
          lexicon: 'm/lexicon-us-en.txt,m/lexicon-zh.txt',
          dataDir: 'm/espeak-ng-data',
        },
      },
    ],
    [['tokens.txt'], /no model/],
    [['model.onnx'], /no tokens/],
    [['model.onnx', 'tokens.txt'], /neither lexicon/],
    [['vocos.onnx', 'tokens.txt', 'lexicon.txt'], /no acoustic model/],
  ]
  for (const [names, wanted] of cases) t.match(findSherpaModel('m', names), wanted, names.join(' '))
})

t.test(
  'a folder that is not there, or a broken model, ends as a failure and the next engine speaks',
  async t => {
    const folder = t.testdir()
    const model = join(folder, 'model')
    mkdirSync(model)
    for (const name of ['model.onnx', 'tokens.txt', 'lexicon.txt'])
      writeFileSync(join(model, name), 'no model at all')
    const [step] = toScript('您好', {}, createSiteWords([]))
    const line = step?.type === 'line' ? step.line : undefined
    const voices = { female: 0, male: 1 }
    const faultOf = async (path: string) => {
      const engine = createSherpaVoice({ model: path, voices })
      t.teardown(() => engine.close?.())
      return engine.speak(line!, AbortSignal.timeout(60_000)).catch(error => error)
    }
    t.match(await faultOf(join(folder, 'nowhere')), { fault: 'missing', message: /cannot be read/ })
    t.match(await faultOf(folder), { fault: 'missing', message: /no model/ })
    t.match(await faultOf(model), { fault: 'broken-off' }, 'its process ended, ours did not')

    const events: SynthesisEvent[] = []
    const voice = createSynthesis({
      folder: join(folder, 'prompts'),
      engines: [createSherpaVoice({ model, voices }), createEspeakEngine()],
      tools: { bed: async () => '' },
      onEvent: event => events.push(event),
    })
    t.teardown(voice.close)
    t.match(await voice.make('您好'), { engine: 'espeak-ng' })
    t.match(events, [{ type: 'engine-failed', engine: 'sherpa-onnx' }, { type: 'spoken' }])
  },
)
