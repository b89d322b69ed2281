import { join } from 'node:path'
import { toWav } from './audio.ts'
import { isMade, writeWhole } from './file.ts'
import { createGate } from './gate.ts'
import { composeMusic } from './music.ts'
import type { Synthesizer } from './synthesizer.ts'

export interface Prompts {
  /** @throws {SynthesisFailed} */
  fileFor: Synthesizer['fileFor']
  /** Music on hold: 8 kHz, 16 bit, mono, 40 s, to be looped. */
  musicFile(): Promise<string>
  /** Makes prompts before they are needed. Never fails: what cannot be made is logged and tried again when it is needed. */
  warm(texts: readonly string[]): Promise<void>
}

interface Deps {
  /** Such as `<media>/prompts`; shared with the switch. */
  readonly folder: string
  readonly synthesizer: Synthesizer
  readonly log: { warn(fields: object, message: string): void }
}

// Fewer than an engine runs at once, so that a caller never waits behind what is only warmed.
const WARMED_AT_ONCE = 2
const MUSIC_FORM = 1 // Counted up when the music changes.

/** Everything a caller hears that is not a person. */
export function createPrompts({ folder, synthesizer, log }: Deps): Prompts {
  const path = join(folder, `music-${MUSIC_FORM}.wav`)
  let music: Promise<string> | undefined

  async function makeMusic(): Promise<string> {
    if (!(await isMade(path))) await writeWhole(path, toWav(await composeMusic()))
    return path
  }

  return {
    fileFor: (text, options) => synthesizer.fileFor(text, options),
    async musicFile() {
      music ??= makeMusic()
      try {
        return await music
      } finally {
        // Asked anew each time: a folder that was emptied fills again, and a failure is not for ever.
        music = undefined
      }
    },
    async warm(texts) {
      const through = createGate(WARMED_AT_ONCE)
      const results = await Promise.allSettled(
        texts.map(text => through(() => synthesizer.fileFor(text, { isAhead: true }))),
      )
      const failed = results.filter(({ status }) => status === 'rejected')
      const [first] = failed
      if (first?.status === 'rejected')
        log.warn({ err: first.reason, failedCount: failed.length }, 'prompts could not be made')
    },
  }
}
