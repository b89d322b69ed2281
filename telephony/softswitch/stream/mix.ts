// How many sides a listener gets, in the words of mod_audio_stream.

export type Mix = 'mono' | 'mixed' | 'stereo'

export const isMix = (word: string): word is Mix =>
  word === 'mono' || word === 'mixed' || word === 'stereo'

/** `sound` is interleaved, what the party says first; mono is that alone. */
export function mixed(sound: Int16Array, mix: Mix): Int16Array {
  if (mix === 'stereo') return sound
  const one = new Int16Array(sound.length / 2)
  for (let i = 0; i < one.length; i++) {
    const said = sound[2 * i] ?? 0
    const both = mix === 'mono' ? said : said + (sound[2 * i + 1] ?? 0)
    one[i] = Math.max(-32_768, Math.min(32_767, both))
  }
  return one
}
