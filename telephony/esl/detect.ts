// What FreeSWITCH is told to recognise with mod_unimrcp, as text of its application `detect_speech` (mod_dptools 1.11). Pure.
import type { DetectSpeech, SpokenGrammar } from '../call/detection.ts'
import { toSrgs } from '../mrcp/srgs.ts'
import { UnsafeValue } from './errors.ts'
import { safeGrammarUri, safeId, safeLanguage, safeProfile } from './safe.ts'

export const DETECT_APPLICATION = 'detect_speech'
/** Unless it is set, DETECTED_SPEECH goes to the leg's own queue only (switch_ivr_async.c). */
export const FIRE_EVENTS = 'fire_asr_events'

/** `unimrcp:<profile> {parameters}inline:<grammar> <name>`; the parameters are headers of RFC 6787 §9.4. @throws {UnsafeValue} */
export function detectArgument(command: DetectSpeech): string {
  const { profile, noInputMs, endSilenceMs, maxSpeechMs, detectId } = command
  const language = safeLanguage(command.language)
  const parameters = [
    // Otherwise the caller's silence during a prompt would count.
    `start-input-timers=${String(noInputMs !== undefined)}`,
    ...(noInputMs === undefined ? [] : [`no-input-timeout=${inMs(noInputMs)}`]),
    `speech-complete-timeout=${inMs(endSilenceMs)}`,
    `speech-incomplete-timeout=${inMs(endSilenceMs)}`,
    `recognition-timeout=${inMs(maxSpeechMs)}`,
    `speech-language=${language}`,
  ]
  const grammar = grammarText(command.grammar, language)

  return `unimrcp:${safeProfile(profile)} {${parameters.join(',')}}${grammar} ${safeId(detectId)}`
}

/** Words are parted at spaces, and `\s` is one (switch_utils.c, switch_separate_string). */
const grammarText = (grammar: SpokenGrammar, language: string): string => {
  if (grammar.kind === 'named') return safeGrammarUri(grammar.uri)
  const srgs = toSrgs(grammar, language)
  if (srgs === undefined) throw new UnsafeValue('grammar')

  return `inline:${srgs.replaceAll(' ', '\\s')}`
}

const inMs = (value: number) => String(Math.max(1, Math.round(value)))
