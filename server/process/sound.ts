// What callers hear from machines: prompts by the synthesiser, kept in the media folder that the switch shares.
import { join } from 'node:path'
import {
  createPrompts,
  createSynthesis,
  createSynthesisEngines,
  createWordBook,
  type Prompts,
  type SynthesiserConfig,
  type Synthesis,
  type SynthesisEvent,
} from '../../asr-tts/index.ts'
import type { Flow } from '../../ivr-flows/index.ts'
import type { Telephony } from '../../telephony/index.ts'
import type { Log } from '../log.ts'
import { createSwitchVoice, type SwitchVoice } from '../speech/switch-voice.ts'
import { readSiteSettings } from '../site-settings.ts'
import { readWords } from '../speech/words.ts'
import type { SettingStore } from '../store/repository.ts'
import type { SwitchContents } from './switch-file.ts'

const BUSY = '您好，现在线路全忙，请稍后再拨。'
const APOLOGY = '非常抱歉，系统暂时无法为您服务，请稍后再拨。'
const COMFORT = '座席网络中断，正在为您恢复，请不要挂机。'

export interface SoundOptions {
  readonly mediaDir: string
  readonly log: Log
  /** As the speech file says; none: espeak-ng. */
  readonly synthesisers?: readonly SynthesiserConfig[]
}

export interface Sound {
  readonly prompts: Prompts
  /** For plays at `at(telephony)` only: what the switch itself says has no file. */
  readonly spoken: Prompts
  at(telephony: Telephony): Telephony
  /** Where the switch speaks. */
  readonly switchVoice: SwitchVoice | undefined
  readonly synthesis: Synthesis
  /** Words of the site and voices at once (W-CAP-1), as they are set now. */
  refresh(settings: SettingStore): Promise<void>
  /** For metrics; one listener. */
  listen(onEvent: (event: SynthesisEvent) => void): void
  /** What the switch plays when nobody tells it to. */
  forSwitch(): Promise<SwitchContents['prompts']>
  /** Makes what flows say before the first caller comes. */
  warm(flows: readonly Flow[]): Promise<void>
  /** A sentence when nothing can be said. */
  check(): Promise<string | undefined>
  close(): void
}

export function createSound({ mediaDir, log, synthesisers = [] }: SoundOptions): Sound {
  const folder = join(mediaDir, 'prompts')
  const words = createWordBook()
  let onEvent: (event: SynthesisEvent) => void = () => undefined
  const synthesis = createSynthesis({
    folder,
    engines: createSynthesisEngines(synthesisers, Date.now),
    words,
    tools: { bed: () => prompts.musicFile() },
    onEvent(event) {
      if (event.type === 'engine-failed')
        log.warn({ err: event.error, engine: event.engine }, 'a synthesiser failed')
      if (event.type === 'effect-failed') log.warn({ err: event.error }, 'an effect failed')
      onEvent(event)
    },
  })
  const prompts: Prompts = createPrompts({ folder, synthesizer: synthesis, log })
  const [first] = synthesisers
  const switchVoice =
    first?.kind === 'mrcp'
      ? createSwitchVoice({
          config: first,
          fileFor: prompts.fileFor,
          replace: (text, area) => words.of(area).replace(text),
          now: Date.now,
          log,
        })
      : undefined
  const made = async (text: string) => {
    try {
      return await prompts.fileFor(text)
    } catch (error) {
      log.warn({ err: error }, 'a prompt of the switch could not be made')
      return undefined
    }
  }
  return {
    prompts,
    spoken: switchVoice ? { ...prompts, fileFor: switchVoice.fileFor } : prompts,
    at: telephony => switchVoice?.at(telephony) ?? telephony,
    switchVoice,
    synthesis,
    async refresh(settings) {
      words.set(await readWords(settings))
      synthesis.setLimit((await readSiteSettings(settings)).synthesisLimit)
    },
    listen: listener => void (onEvent = listener),
    close: synthesis.close,
    async forSwitch() {
      const [busy, apology, comfort, music] = await Promise.all([
        made(BUSY),
        made(APOLOGY),
        made(COMFORT),
        prompts.musicFile(),
      ])
      return {
        music,
        ...(busy && { busy }),
        ...(apology && { apology }),
        ...(comfort && { comfort }),
      }
    },
    warm: flows => prompts.warm([...new Set(flows.flatMap(textsOf))]),
    check: async () =>
      (await made('您好')) === undefined
        ? 'no synthesiser speaks; without others: apt-get install espeak-ng'
        : undefined,
  }
}

/** Whatever a flow says that does not depend on the call. */
function textsOf(flow: Flow): string[] {
  const found: string[] = []
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('say' in value && typeof value.say === 'string' && !value.say.includes('{{'))
      found.push(value.say)
    for (const inner of Object.values(value)) look(inner)
  }
  look(flow.nodes)
  return found
}
