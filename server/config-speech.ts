// The engines of speech: one JSON file of the operator's, since engines have keys. What is wrong with it is one sentence at the start.
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { synthesisersSchema } from '../asr-tts/synthesis/config.ts'
import { CannotStart } from './process/cannot-start.ts'

const name = z.string().regex(/^[a-z0-9-]{1,40}$/, 'letters, digits and hyphens')
const text = z.string().min(1).max(2000)
const path = text.regex(/^\//, 'a path that begins with /')
const address = (...schemes: string[]) =>
  text.refine(
    value =>
      schemes.some(scheme => value.startsWith(`${scheme}://`)) &&
      URL.canParse(value.replace(/^grpcs?:/, 'http:')),
    `an address that begins with ${schemes.map(scheme => `${scheme}://`).join(' or ')}`,
  )
/** `talk`: transcripts of talks; `flow`: what callers say to a flow. */
const purposes = z
  .array(z.enum(['talk', 'flow']))
  .min(1)
  .default(['talk', 'flow'])
/** Word → weight 1–100. */
const hotwords = z.record(z.string().min(1).max(40), z.number().min(1).max(100))
const aliyunKey = {
  appKey: text,
  keyId: text,
  keySecret: text,
  tokenUrl: address('https', 'http').default('https://nls-meta.cn-shanghai.aliyuncs.com'),
}
const ALIYUN = 'wss://nls-gateway.cn-shanghai.aliyuncs.com/ws/v1'
const threads = z.number().int().min(1).max(16)

const recogniserFields = {
  name,
  for: purposes,
  hotwords: hotwords.optional(),
  /** Streams at once; absent: as many as the site allows. */
  limit: z.number().int().min(1).max(1000).optional(),
}
export const recogniserSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...recogniserFields,
    kind: z.literal('funasr'),
    url: address('ws', 'wss'),
    /** `words` for the project's server in Python, which knows no weights. */
    hotwordsAs: z.enum(['json', 'words']).optional(),
  }),
  z.strictObject({ ...recogniserFields, kind: z.literal('sherpa'), url: address('ws', 'wss') }),
  /** In this process, from a model folder. */
  z.strictObject({
    ...recogniserFields,
    kind: z.literal('sherpa-local'),
    model: path,
    threads: threads.optional(),
  }),
  z.strictObject({
    ...recogniserFields,
    kind: z.literal('aliyun'),
    ...aliyunKey,
    url: address('wss', 'ws').default(ALIYUN),
    vocabularyId: text.optional(),
  }),
  z.strictObject({
    ...recogniserFields,
    kind: z.literal('google'),
    url: address('grpc', 'grpcs').default('grpcs://speech.googleapis.com:443'),
    apiKey: text.optional(),
    /** A token of OAuth, for those who have one that lasts. */
    bearer: text.optional(),
    model: text.optional(),
    language: text.optional(),
  }),
  /** By the switch's mod_unimrcp. */
  z.strictObject({
    ...recogniserFields,
    for: purposes.default(['flow']),
    kind: z.literal('mrcp'),
    profile: text.regex(/^[\w.-]{1,64}$/, 'letters, digits, dots and hyphens'),
    /** RFC 5646. */
    language: text.regex(/^[a-z]{2,8}(-[a-z\d]{1,8}){0,3}$/i).default('zh-CN'),
    /** The far end's own grammar for anything at all, such as `builtin:speech/transcribe`; without it: menus and digits only. */
    freeGrammar: text.regex(/^(builtin|https?|session):[\w./?=&:%-]{1,256}$/).optional(),
  }),
  /** Closed grammars only; in this process. */
  z.strictObject({
    ...recogniserFields,
    for: purposes.default(['flow']),
    kind: z.literal('pocketsphinx'),
    model: path,
    /** Above it a phrase is believed; see asr-tts/README.md. */
    threshold: z.number().nullable().optional(),
  }),
])
export type RecogniserConfig = z.infer<typeof recogniserSchema>

const isEachOnce = (engines: readonly { readonly name: string }[]) =>
  new Set(engines.map(engine => engine.name)).size === engines.length
const once = 'two engines have the same name'

/** The order is the order of preference. */
export const speechSchema = z.strictObject({
  recognisers: z.array(recogniserSchema).refine(isEachOnce, once).default([]),
  synthesisers: synthesisersSchema.refine(isEachOnce, once),
  /** For every engine that takes them. */
  hotwords: hotwords.default({}),
})
export type SpeechConfig = z.infer<typeof speechSchema>

export interface SpeechFile {
  /** `HOTLINE_SPEECH_FILE`, else `<data>/speech.json`. */
  readonly path: string
  /** Named by the operator: it must be there. */
  readonly isNamed: boolean
  /** `ASR_POCKETSPHINX_MODEL`: the recogniser where the file is absent. */
  readonly model?: string
}

const setting = z.string().trim().min(1).optional()
export const speechEnvironment = { HOTLINE_SPEECH_FILE: setting, ASR_POCKETSPHINX_MODEL: setting }

export const toSpeechFile = (
  env: {
    readonly HOTLINE_SPEECH_FILE?: string | undefined
    readonly ASR_POCKETSPHINX_MODEL?: string | undefined
  },
  dataDir: string,
): SpeechFile => ({
  path: resolve(env.HOTLINE_SPEECH_FILE ?? `${dataDir}/speech.json`),
  isNamed: env.HOTLINE_SPEECH_FILE !== undefined,
  ...(env.ASR_POCKETSPHINX_MODEL !== undefined && { model: resolve(env.ASR_POCKETSPHINX_MODEL) }),
})

/** @throws {CannotStart} with one sentence, which holds no value of the file: it may be a key. */
export function readSpeech(
  { path: file, isNamed, model }: SpeechFile,
  warn: (sentence: string) => void,
): SpeechConfig {
  const content = contentOf(file, isNamed)
  if (content === undefined)
    return speechSchema.parse({
      recognisers: model === undefined ? [] : [{ name: 'local', kind: 'pocketsphinx', model }],
    })
  // The bits of group and others: whoever reads the file can speak at the operator's expense.
  if ((statSync(file).mode & 0o077) !== 0)
    warn(`${file} may be read by others than its owner: type "chmod 600 ${file}".`)
  const parsed = speechSchema.safeParse(toJson(content, file))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new CannotStart(
    `${file} is wrong: ${[...(issue?.path ?? [])].join('.') || 'the whole'}: ${issue?.message ?? ''}.`,
  )
}

function contentOf(file: string, isNamed: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' && !isNamed) return undefined
    throw new CannotStart(`${file} can't be read: ${String(code)}.`, { cause: error })
  }
}

function toJson(content: string, file: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    // What the parser says quotes the file, keys included.
    throw new CannotStart(`${file} is wrong: it is not JSON.`)
  }
}
