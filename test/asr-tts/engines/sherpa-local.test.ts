import { mock } from 'node:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createSherpaLocal } from '../../../asr-tts/engines/sherpa-local.ts'
import { toRecognizer, toSherpaModel } from '../../../asr-tts/engines/sherpa-local-model.ts'
import type { RecognitionEvent } from '../../../asr-tts/recogniser.ts'

t.setTimeout(120_000)

const shared = { tokens: 'm/tokens.txt', numThreads: 2, provider: 'cpu', debug: 0 }

t.test('which kind a model is shows in its files', async t => {
  const cases: [name: string, files: string[], config: object][] = [
    [
      'a transducer',
      ['tokens.txt', 'encoder-epoch-99.onnx', 'decoder-epoch-99.onnx', 'joiner-epoch-99.onnx'],
      {
        transducer: {
          encoder: 'm/encoder-epoch-99.onnx',
          decoder: 'm/decoder-epoch-99.onnx',
          joiner: 'm/joiner-epoch-99.onnx',
        },
      },
    ],
    [
      'a paraformer, the smaller form first',
      ['encoder.int8.onnx', 'encoder.onnx', 'decoder.int8.onnx', 'decoder.onnx', 'tokens.txt'],
      { paraformer: { encoder: 'm/encoder.int8.onnx', decoder: 'm/decoder.int8.onnx' } },
    ],
    ['a zipformer CTC', ['ctc.onnx', 'tokens.txt'], { zipformer2Ctc: { model: 'm/ctc.onnx' } }],
    ['NeMo', ['nemo.onnx', 'tokens.txt'], { nemoCtc: { model: 'm/nemo.onnx' } }],
    ['T-one', ['t-one.onnx', 'tokens.txt'], { toneCtc: { model: 'm/t-one.onnx' } }],
    [
      'with words of its own',
      ['model.onnx', 'bpe.vocab', 'tokens.txt'],
      {
        zipformer2Ctc: { model: 'm/model.onnx' },
        modelingUnit: 'cjkchar+bpe',
        bpeVocab: 'm/bpe.vocab',
      },
    ],
  ]
  for (const [name, files, config] of cases)
    t.same(
      toSherpaModel(files, file => `m/${file}`, 2),
      { ...shared, ...config },
      name,
    )
  const problems: [files: string[], problem: RegExp][] = [
    [[], /no tokens.txt/],
    [['tokens.txt'], /no model/],
    [['tokens.txt', 'encoder.onnx', 'joiner.onnx'], /encoder only/],
    [['tokens.txt', 'decoder.onnx'], /decoder only/],
  ]
  for (const [files, problem] of problems) t.match(toSherpaModel(files, String), { problem })
  const model = toSherpaModel(['tokens.txt', 'model.onnx'], String)
  if (!('problem' in model)) t.match(toRecognizer(model), { enableEndpoint: 1 })
})

t.test('a model that cannot be read is unreachable, and harms nobody', async t => {
  const folder = t.testdir({ 'tokens.txt': '<blk> 0\n你 1\n' })
  const hear = (path: string) =>
    new Promise<RecognitionEvent[]>(resolve => {
      const events: RecognitionEvent[] = []
      const recogniser = createSherpaLocal({ folder: path })
      t.teardown(() => recogniser.close())
      const listening = recogniser.listen({ rateHz: 8000 }, event => {
        events.push(event)
        if (event.type === 'ended') resolve(events)
      })
      listening.write(new Int16Array(8000))
      listening.finish()
    })
  const ended = (detail: RegExp) => [{ type: 'ended', cause: 'unreachable', detail }]
  t.match(await hear('/nowhere/at/all'), ended(/no model folder/))
  t.match(await hear(folder), ended(/no model \(/))
  writeFileSync(join(folder, 'model.onnx'), 'nonsense')
  const events = await hear(folder)
  t.match(events, ended(/\S/))
  t.comment(JSON.stringify(events))
})

t.test('a model that could not even be tried is unreachable, and is tried again', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const folder = t.testdir({ 'tokens.txt': '<blk> 0\n你 1\n', 'model.onnx': 'nonsense' })
  const recogniser = createSherpaLocal({ folder })
  t.teardown(() => recogniser.close())
  const ended = () =>
    new Promise<RecognitionEvent>(resolve => {
      recogniser.listen({ rateHz: 8000 }, event => event.type === 'ended' && resolve(event))
    })
  const execPath = process.execPath
  process.execPath = ''
  const first = await ended().finally(() => (process.execPath = execPath))
  t.match(first, { cause: 'unreachable', detail: /could not be tried/ })
  t.same(await ended(), first, 'not at once')
  mock.timers.tick(30_000)
  t.match(await ended(), { cause: 'unreachable', detail: /^(?!.*could not be tried)/ })
})

t.test('whoever gives up before the model has begun hears that once', async t => {
  const recogniser = createSherpaLocal({ folder: t.testdir({}) })
  const events: RecognitionEvent[] = []
  const listening = recogniser.listen({ rateHz: 8000 }, event => events.push(event))
  listening.cancel()
  await recogniser.close()
  listening.cancel()
  t.same(events, [{ type: 'ended', cause: 'cancelled' }])
})
