// 一 and 不 take another tone before certain tones; third tones side by side are the engine's. Pure.
import type { Token } from './syllable.ts'

/** As part of a number, a date or a rank 一 keeps its tone. */
const BEFORE = /[第十百千万零一二三四五六七八九]/
const AFTER = /[零一二三四五六七八九月日号楼级路版年季期届]/

/** Tokens as they sound in a sentence. */
export function withSandhi(tokens: readonly Token[]): Token[] {
  return tokens.map((token, index) => {
    if (token.type !== 'syllable') return token
    const next = tokens[index + 1]
    if (next?.type !== 'syllable') return token
    const before = tokens[index - 1]
    const isFalling = /[45]$/.test(next.pinyin)
    if (token.character === '不' && /4$/.test(next.pinyin)) return { ...token, pinyin: 'bu2' }
    if (token.character !== '一' || token.pinyin !== 'yi1') return token
    if (before?.type === 'syllable' && BEFORE.test(before.character)) return token
    if (AFTER.test(next.character)) return token
    return { ...token, pinyin: isFalling ? 'yi2' : 'yi4' }
  })
}
