// Which kind of voice lies in a folder, as sherpa-onnx's examples lay them out (nodejs-addon-examples, test_tts_non_streaming_*). Pure.

/** `OfflineTtsModelConfig` of sherpa-onnx-node, as far as it is about files. */
export type SherpaModel =
  | { readonly vits: Readonly<Record<string, string>> }
  | { readonly matcha: Readonly<Record<string, string>> }
  | { readonly kokoro: Readonly<Record<string, string>> }

/** @param names what lies in the folder @returns the model, or a sentence that says what is missing. */
export function findSherpaModel(folder: string, names: readonly string[]): SherpaModel | string {
  const path = (name: string) => `${folder}/${name}`
  const has = (name: string) => names.includes(name)
  const models = names.filter(name => name.endsWith('.onnx')).sort()
  if (models.length === 0) return `${folder} holds no model (*.onnx)`
  if (!has('tokens.txt')) return `${folder} holds no tokens.txt`
  const lexicons = names.filter(name => /^lexicon.*\.txt$/.test(name)).sort()
  const common = {
    tokens: path('tokens.txt'),
    ...(lexicons.length > 0 && { lexicon: lexicons.map(path).join(',') }),
    ...(has('espeak-ng-data') && { dataDir: path('espeak-ng-data') }),
    ...(has('dict') && { dictDir: path('dict') }),
  }
  if (lexicons.length === 0 && !has('espeak-ng-data'))
    return `${folder} holds neither lexicon.txt nor espeak-ng-data`
  const vocoder = models.find(name => /^(vocos|hifigan)/.test(name))
  const model = models.find(name => name !== vocoder && !/int8|fp16/.test(name)) ?? models[0] ?? ''
  if (has('voices.bin'))
    return { kokoro: { model: path(model), voices: path('voices.bin'), ...common } }
  if (vocoder && model !== vocoder)
    return { matcha: { acousticModel: path(model), vocoder: path(vocoder), ...common } }
  return vocoder
    ? `${folder} holds a vocoder and no acoustic model`
    : { vits: { model: path(model), ...common } }
}
