// How engines of synthesis are written down, in the order in which they are asked. Read by whoever reads the speech file.
import * as z from 'zod'

const name = z.string().min(1).max(40)

/** Debian's espeak-ng. */
const espeak = z.strictObject({
  kind: z.literal('espeak'),
  name: name.default('espeak-ng'),
  program: z.string().min(1).default('espeak-ng'),
  /** For one line. */
  limitMs: z.number().int().min(500).max(60_000).default(10_000),
})

/** A model of sherpa-onnx, by folder; the files found there say which kind of model it is. */
const sherpa = z.strictObject({
  kind: z.literal('sherpa'),
  name: name.default('sherpa-onnx'),
  model: z.string().min(1),
  /** Numbers of the model's speakers. */
  voices: z
    .strictObject({ female: z.number().int().min(0), male: z.number().int().min(0) })
    .default({ female: 0, male: 0 }),
  threads: z.number().int().min(1).max(8).default(1),
  limitMs: z.number().int().min(500).max(120_000).default(20_000),
})

/** Aliyun NLS; the account's key makes the tokens. */
const aliyun = z.strictObject({
  kind: z.literal('aliyun'),
  name: name.default('aliyun-nls'),
  url: z.url({ protocol: /^wss?$/ }).default('wss://nls-gateway.cn-shanghai.aliyuncs.com/ws/v1'),
  tokenUrl: z.url({ protocol: /^https?$/ }).default('https://nls-meta.cn-shanghai.aliyuncs.com'),
  appKey: z.string().min(1),
  keyId: z.string().min(1),
  keySecret: z.string().min(1),
  voices: z
    .strictObject({ female: z.string().min(1), male: z.string().min(1) })
    .default({ female: 'xiaoyun', male: 'xiaogang' }),
  limitMs: z.number().int().min(500).max(60_000).default(5000),
})

/** A far end behind the switch's mod_unimrcp: FreeSWITCH says what it can say, the engines after it make files of the rest. */
const mrcp = z.strictObject({
  kind: z.literal('mrcp'),
  name: name.default('mrcp'),
  profile: z.string().regex(/^[\w.-]{1,64}$/, 'letters, digits, dots and hyphens'),
  /** As the far end calls them. */
  voices: z.strictObject({
    female: z.string().regex(/^[\w.-]{1,64}$/),
    male: z.string().regex(/^[\w.-]{1,64}$/),
  }),
})

export const synthesiserSchema = z.discriminatedUnion('kind', [espeak, sherpa, aliyun, mrcp])
export type SynthesiserConfig = z.infer<typeof synthesiserSchema>
/** Said by the switch, as it is made. */
export type SwitchVoiceConfig = Extract<SynthesiserConfig, { kind: 'mrcp' }>

/** The part of the speech file that is about synthesis; empty means espeak-ng alone. */
export const synthesisersSchema = z
  .array(synthesiserSchema)
  .max(20)
  .refine(
    all => all.every(({ kind }, index) => kind !== 'mrcp' || index === 0),
    'mrcp stands first or not at all: what it cannot say is made by those after it',
  )
  .default([])
