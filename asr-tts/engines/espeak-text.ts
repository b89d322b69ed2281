// What espeak-ng is given: pinyin, which its voice cmn-latn-pinyin reads without a dictionary of its own.
import { toLetterNames } from '../text/letter.ts'
import { withSandhi } from '../text/sandhi.ts'
import { type Token, toTokens } from '../text/syllable.ts'

const STOPS: Readonly<Record<string, string>> = {
  '，': ',',
  '、': ',',
  '；': ';',
  '：': ':',
  '。': '.',
  '？': '?',
  '！': '!',
}

export const toEspeakText = (tokens: readonly Token[]): string =>
  withSandhi(tokens)
    .flatMap(token => {
      if (token.type === 'syllable') return ` ${token.pinyin}`
      if (token.type === 'stop') return STOPS[token.mark] ?? ','
      return toTokens(toLetterNames(token.letter)).flatMap(name =>
        name.type === 'syllable' ? ` ${name.pinyin}` : [],
      )
    })
    .join('')
    .trim()
