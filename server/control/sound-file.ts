// The files of what is to be heard: prompts are made or found, tones and music are files already.
import type { Sound } from './turn.ts'

export interface Prompts {
  fileFor(text: string, options?: { voice?: 'female' | 'male' }): Promise<string>
  musicFile(): Promise<string>
}

export const createSoundFiles =
  (prompts: Prompts, mediaFolder: string) =>
  (sounds: readonly Sound[]): Promise<string[]> =>
    Promise.all(
      sounds.map(sound => {
        if ('tone' in sound) return sound.tone
        if ('music' in sound) return prompts.musicFile()
        if ('file' in sound) return `${mediaFolder}/prompts/custom/${sound.file}`
        return prompts.fileFor(sound.say, sound.voice === undefined ? {} : { voice: sound.voice })
      }),
    )
