// How the sound of this switch comes: by a module where one is loaded, else by a recording that grows.
import { AUDIO_FORK, AUDIO_STREAM, type StreamModule } from './module.ts'

export type Way =
  { readonly kind: 'stream'; readonly module: StreamModule } | { readonly kind: 'recording' }

/** As a setting: in place of what the switch offers. */
export type WayName = 'audio-stream' | 'audio-fork' | 'recording'

const DISTRUST_MS = 300_000

const WAYS: Readonly<Record<WayName, Way>> = {
  'audio-stream': { kind: 'stream', module: AUDIO_STREAM },
  'audio-fork': { kind: 'stream', module: AUDIO_FORK },
  recording: { kind: 'recording' },
}

export interface Ways {
  /** What was found last; a recording before that. */
  last(): Way
  /** @throws {SwitchUnreachable | CommandTimeout} */
  current(): Promise<Way>
  /** The switch is there: asked once a connection. */
  learn(): void
  /** Streams do not reach us: recordings for five minutes, or until the next connection. */
  distrust(): void
  forget(): void
}

export function createWays(ask: (text: string) => Promise<string>, forced?: WayName): Ways {
  let last = WAYS[forced ?? 'recording']
  let asking: Promise<Way> | undefined

  const exists = async (name: string) => (await ask(`module_exists ${name}`)).trim() === 'true'
  const choose = async (): Promise<Way> => {
    if (forced !== undefined) return WAYS[forced]
    if (await exists(AUDIO_STREAM.name)) return WAYS['audio-stream']

    return (await exists(AUDIO_FORK.name)) ? WAYS['audio-fork'] : WAYS.recording
  }
  const look = async (): Promise<Way> => {
    const way = await choose()
    // The modules bring nothing while a leg is sent nothing; FreeSWITCH's parked legs are sent silence by this (switch_ivr_park).
    if (way.kind === 'stream') await ask('global_setvar send_silence_when_idle=-1')

    return way
  }
  const learn = () => {
    const own = look()
    asking = own
    own.then(
      way => {
        last = way
      },
      () => {
        // The next tap asks again.
        if (asking === own) asking = undefined
      },
    )

    return own
  }

  return {
    last: () => last,
    current: () => asking ?? learn(),
    learn: () => void learn(),
    distrust() {
      last = WAYS.recording
      const own = Promise.resolve(last)
      asking = own
      setTimeout(() => asking === own && (asking = undefined), DISTRUST_MS).unref()
    },
    forget() {
      asking = undefined
    },
  }
}
