// A folder with a streaming model of sherpa-onnx: which kind it is, by the files that are there. Pure.

/** As `OnlineRecognizer` of sherpa-onnx takes it (sherpa-onnx-node 1.13, types.js). */
export interface SherpaModelConfig {
  readonly tokens: string
  readonly numThreads: number
  readonly provider: 'cpu'
  readonly debug: 0
  readonly transducer?: { encoder: string; decoder: string; joiner: string }
  readonly paraformer?: { encoder: string; decoder: string }
  readonly zipformer2Ctc?: { model: string }
  readonly nemoCtc?: { model: string }
  readonly toneCtc?: { model: string }
  readonly modelingUnit?: 'cjkchar+bpe'
  readonly bpeVocab?: string
}

export interface SherpaModelProblem {
  readonly problem: string
}

/** @param names of the files in the folder @param pathOf where such a file is */
export function toSherpaModel(
  names: readonly string[],
  pathOf: (name: string) => string,
  numThreads = 1,
): SherpaModelConfig | SherpaModelProblem {
  /** The smaller one where both are there: it is about twice as fast on a processor. */
  const find = (part: RegExp): string | undefined => {
    const found = names.filter(name => name.endsWith('.onnx') && part.test(name)).sort()
    return found.find(name => name.includes('int8')) ?? found[0]
  }
  if (!names.includes('tokens.txt')) return { problem: 'the model folder has no tokens.txt' }
  const bpe = names.find(name => name === 'bpe.vocab')
  const shared: SherpaModelConfig = {
    tokens: pathOf('tokens.txt'),
    numThreads,
    provider: 'cpu',
    debug: 0,
    ...(bpe !== undefined && { modelingUnit: 'cjkchar+bpe', bpeVocab: pathOf(bpe) }),
  }
  const encoder = find(/encoder/)
  const decoder = find(/decoder/)
  const joiner = find(/joiner/)
  if (encoder !== undefined && decoder !== undefined) {
    const both = { encoder: pathOf(encoder), decoder: pathOf(decoder) }
    return joiner === undefined
      ? { ...shared, paraformer: both }
      : { ...shared, transducer: { ...both, joiner: pathOf(joiner) } }
  }
  if (encoder !== undefined || decoder !== undefined)
    return {
      problem: `the model folder has an ${encoder === undefined ? 'decoder' : 'encoder'} only`,
    }
  const single = find(/./)
  if (single === undefined) return { problem: 'the model folder has no model (*.onnx)' }
  const model = { model: pathOf(single) }
  if (/nemo/i.test(pathOf(single))) return { ...shared, nemoCtc: model }
  if (/t-?one/i.test(pathOf(single))) return { ...shared, toneCtc: model }
  return { ...shared, zipformer2Ctc: model }
}

/** What ends a sentence: silence after nothing, after words, and a sentence that is too long. */
export const toRecognizer = (modelConfig: SherpaModelConfig) =>
  ({
    // What is given at 8 kHz is resampled inside.
    featConfig: { sampleRate: 16_000, featureDim: 80 },
    modelConfig,
    decodingMethod: 'greedy_search',
    enableEndpoint: 1,
    rule1MinTrailingSilence: 2.4,
    rule2MinTrailingSilence: 0.8,
    rule3MinUtteranceLength: 20,
  }) as const
