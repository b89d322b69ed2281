// Aliyun NLS, synthesis of up to 300 characters (aliyun/alibabacloud-nls-nodejs-sdk, lib/tts.js): one order, sound in frames, one event at the end.
import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { SynthesisFailed } from '../errors.ts'
import { escaped } from '../markup/xml.ts'
import { EngineFault } from '../recognition/dialogue.ts'
import type { Line, SynthesisEngine } from '../synthesis/engine.ts'
import { askForSound } from '../synthesis/socket.ts'
import type { Voice } from '../synthesizer.ts'
import { causeOfStatus } from './aliyun-status.ts'
import type { AliyunToken } from './aliyun-token.ts'

export interface AliyunVoiceOptions {
  readonly name?: string
  /** Such as `wss://nls-gateway.cn-shanghai.aliyuncs.com/ws/v1`. */
  readonly url: string
  readonly appKey: string
  readonly token: AliyunToken
  /** Names of the service's voices, such as `xiaoyun`. */
  readonly voices: Readonly<Record<Voice, string>>
  /** For one line; default 5 s. */
  readonly limitMs?: number
}

const RATE_HZ = 8000
const Event = z.object({
  header: z.object({
    name: z.string(),
    status: z.number().default(0),
    status_text: z.string().default(''),
  }),
})

export function createAliyunVoice(options: AliyunVoiceOptions): SynthesisEngine {
  const { name = 'aliyun-nls', url, appKey, token, voices, limitMs = 5000 } = options

  async function ask(line: Line, signal: AbortSignal): Promise<Buffer> {
    const header = {
      message_id: newId(),
      task_id: newId(),
      namespace: 'SpeechSynthesizer',
      name: 'StartSynthesis',
      appkey: appKey,
    }
    return askForSound({
      url,
      headers: { 'X-NLS-Token': await tokenOf(token) },
      message: JSON.stringify({ header, payload: payloadOf(line, voices) }),
      hear: toOutcome,
      limitMs,
      signal,
    })
  }

  return {
    name,
    kind: 'aliyun',
    wordingOf: line => JSON.stringify(payloadOf(line, voices)),
    async speak(line, signal) {
      const pcm = await ask(line, signal).catch((error: unknown) => {
        if (!(error instanceof SynthesisFailed) || error.fault !== 'wrong-key') throw error
        // A token can be worth nothing before its time; a new one is asked for once.
        token.forget()
        return ask(line, signal)
      })
      const samples = new Float32Array(Math.floor(pcm.length / 2))
      for (let i = 0; i < samples.length; i += 1) samples[i] = pcm.readInt16LE(2 * i) / 32768
      return { sampleRateHz: RATE_HZ, samples }
    },
  }
}

const newId = () => randomBytes(16).toString('hex')

async function tokenOf(token: AliyunToken): Promise<string> {
  try {
    return await token.get()
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error
    const fault = error.engineCause === 'wrong-key' ? 'wrong-key' : 'unreachable'
    throw new SynthesisFailed(fault, error.message, { cause: error })
  }
}

function toOutcome(message: string): 'more' | 'done' | SynthesisFailed {
  const event = Event.safeParse(JSON.parse(message))
  if (!event.success) throw new TypeError('not an event of Aliyun NLS')
  const { name, status, status_text: text } = event.data.header
  if (name === 'SynthesisCompleted') return 'done'
  if (name !== 'TaskFailed') return 'more'
  return new SynthesisFailed(causeOfStatus(status), `${status} ${text}`.trim())
}

const payloadOf = (line: Line, voices: AliyunVoiceOptions['voices']) => ({
  text: toAliyunText(line),
  voice: voices[line.manner.voice],
  format: 'pcm',
  sample_rate: RATE_HZ,
  // Loudness is set afterwards, the same for every engine.
  volume: 50,
  speech_rate: rateOf(line.manner.tempo),
  pitch_rate: Math.round((line.manner.pitch * 500) / 12),
})

/** −500 is half the tempo, 500 twice: (1 − 1/x) / 0.002 below, / 0.001 above. */
const rateOf = (tempo: number) => Math.round((1 - 1 / tempo) / (tempo < 1 ? 0.002 : 0.001))

/** Readings that are given become `<phoneme alphabet="py">`; without one the text is plain. */
export function toAliyunText({ text, fixed }: Line): string {
  const given = new Map(
    fixed.flatMap(({ at, pinyin }) => pinyin.map((one, index) => [at + index, one] as const)),
  )
  if (given.size === 0) return text
  let marked = ''
  for (let at = 0; at < text.length;) {
    let end = at
    const said: string[] = []
    for (let one = given.get(end); one !== undefined; one = given.get(end)) {
      said.push(one)
      end += 1
    }
    if (end > at)
      marked += `<phoneme alphabet="py" ph="${said.join(' ')}">${text.slice(at, end)}</phoneme>`
    else marked += escaped(text[end++] ?? '')
    at = end
  }
  return `<speak>${marked}</speak>`
}
