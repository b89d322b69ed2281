// Words of the trade that were written with other characters of the same sound: 移地就医 is 异地就医. Pure.
import { pinyin } from 'pinyin-pro'
import type { Word } from '../recogniser.ts'

export interface Correction {
  /** Index of the first character. */
  readonly at: number
  readonly was: string
  readonly word: string
}
export interface Corrector {
  find(text: string): Correction[]
  /** As many characters as before. */
  correct(text: string): string
  /** The same words with the same times. */
  correctWords(words: readonly Word[]): Word[]
}

/** Shorter ones sound like too many others (医保 is 一包). */
const SHORTEST = 3
/** From here on one syllable may be only near. */
const FORGIVING = 4
/** So many characters must be right already where a syllable is only near. */
const LEAST_SAME = 2

/** Sounds that dialects and telephones confuse are one: zh and z, ing and in, n and l. */
const toSound = (syllable: string): string =>
  syllable
    .replace(/[0-9]/g, '')
    .replace(/^([zcs])h/, '$1')
    .replace(/^n(?=[aeiouüv])/, 'l')
    .replace(/([aei])ng$/, '$1n')

const initialOf = (sound: string) => /^[^aeiouüv]*/.exec(sound)?.[0] ?? ''
const finalOf = (sound: string) => sound.slice(initialOf(sound).length)
const isNear = (a: string, b: string) =>
  (initialOf(a) === initialOf(b) && initialOf(a) !== '') || finalOf(a) === finalOf(b)

const soundsOf = (text: string) =>
  pinyin(text, { toneType: 'none', type: 'array', v: true }).map(toSound)

/** All that a character may sound like. */
function createEar(): (character: string) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  return character => {
    const found =
      known.get(character) ??
      pinyin(character, { toneType: 'none', type: 'array', multiple: true, v: true }).map(toSound)
    known.set(character, found)
    return found
  }
}

export function createCorrector(
  words: readonly { readonly word: string; readonly reading?: string | undefined }[],
): Corrector {
  const ear = createEar()
  const entries = words
    .filter(({ word }) => [...word].length >= SHORTEST && /^\p{Script=Han}+$/u.test(word))
    .map(({ word, reading }) => ({
      characters: [...word],
      sounds: reading === undefined ? soundsOf(word) : reading.trim().split(/\s+/).map(toSound),
      word,
    }))
    .sort((a, b) => b.characters.length - a.characters.length)

  const sounds = (entry: (typeof entries)[number], part: readonly string[]): boolean => {
    let near = 0
    let same = 0
    for (const [at, character] of part.entries()) {
      const wanted = entry.sounds[at] ?? ''
      if (character === entry.characters[at]) same++
      else if (!ear(character).includes(wanted)) {
        if (!ear(character).some(sound => isNear(sound, wanted))) return false
        near++
      }
    }
    return near === 0 || (near === 1 && part.length >= FORGIVING && same >= LEAST_SAME)
  }

  const find = (text: string): Correction[] => {
    const characters = [...text]
    const isTaken = characters.map(character => !/\p{Script=Han}/u.test(character))
    const found: Correction[] = []
    // What is right stays; then the longest first.
    for (const isRight of [true, false])
      for (const entry of entries) {
        const length = entry.characters.length
        for (let at = 0; at + length <= characters.length; at++) {
          const part = characters.slice(at, at + length)
          if (isTaken.slice(at, at + length).includes(true)) continue
          const isWord = part.join('') === entry.word
          if (isRight ? !isWord : isWord || !sounds(entry, part)) continue
          isTaken.fill(true, at, at + length)
          if (!isRight)
            found.push({
              at: characters.slice(0, at).join('').length,
              was: part.join(''),
              word: entry.word,
            })
        }
      }
    return found.sort((a, b) => a.at - b.at)
  }
  const correct = (text: string): string =>
    find(text).reduce(
      (so, { at, word }) => so.slice(0, at) + word + so.slice(at + word.length),
      text,
    )

  return {
    find,
    correct,
    correctWords(list) {
      const right = correct(list.map(({ text }) => text).join(''))
      let at = 0
      return list.map(word => ({
        ...word,
        text: right.slice(at, (at += word.text.length)),
      }))
    },
  }
}
