// Prompts said by a synthesiser behind the switch: MRCPv2 servers through FreeSWITCH's mod_unimrcp. There is no file: FreeSWITCH's playback
// takes the text itself (`tts://engine|voice|text`, mod_dptools) and plays it as it is made. A switch that cannot is a play that fails: the
// same play goes on with files of the next synthesiser, and for a while that switch is not asked again.
import {
  type SpeechOptions,
  type SwitchVoiceConfig,
  type Synthesizer,
  toReading,
} from '../../asr-tts/index.ts'
import type { CallCommand } from '../../telephony/call/command.ts'
import type { CallEvent, PlayEnded } from '../../telephony/call/event.ts'
import type { PlayId } from '../../telephony/call/id.ts'
import type { Telephony } from '../../telephony/index.ts'
import type { Log } from '../log.ts'
import { type Health, newHealth, onFailure, onWords } from './health.ts'

export interface SwitchVoice {
  /** What the switch is to say, under a name that only `at` understands; what it cannot say is a file. */
  readonly fileFor: Synthesizer['fileFor']
  /** The same switch, whose plays may hold such names. */
  at(telephony: Telephony): Telephony
  /** For the live page: as it stands at the switch where it stands worst. */
  figures(): Pick<Health, 'state' | 'since' | 'cause'> & { readonly inUse: number }
}

interface Deps {
  readonly config: SwitchVoiceConfig
  /** The synthesiser after this one. */
  readonly fileFor: Synthesizer['fileFor']
  /** Words of the site in place of those written. */
  readonly replace: (text: string, area?: string) => string
  readonly now: () => number
  readonly log: Log
}

type Play = Extract<CallCommand, { type: 'play' }>
interface Said {
  readonly play: Play
  /** Files are made in its place; the event is the end of what the switch was asked first. */
  failed?: PlayEnded
}

/** An event socket's line; longer prompts are files. */
const LONGEST = 800
/** What event socket and FreeSWITCH would take for syntax; nothing of it is heard. */
const SYNTAX = /["'\\!${}[\]|@<>\p{Cc}]+/gu
/** After these, what is still being made must not begin. */
const SILENCING: ReadonlySet<CallCommand['type']> = new Set([
  'play',
  'stop-play',
  'hang-up-leg',
  'bridge-legs',
  'join-conference',
  'monitor-leg',
])
const RANKS: readonly Health['state'][] = ['up', 'suspect', 'down']

export function createSwitchVoice({ config, fileFor, replace, now, log }: Deps): SwitchVoice {
  const { profile, voices } = config
  const prefix = `tts://unimrcp:${profile}|`
  const healths = new Map<string, Health>()
  const said = new Map<PlayId, Said>()
  const isName = (file: string) => file.startsWith(prefix)
  const partsOf = (file: string) => {
    const [name = '', ...text] = file.slice(prefix.length).split('|')

    return { name, text: text.join('') }
  }
  const healthAt = (node: string) => healths.get(node) ?? newHealth(now())

  /** One line for the switch; undefined where it is no single thing that one voice can say. */
  const lineOf = ({ files, loop }: Play): string | undefined => {
    const [first = '', ...rest] = files
    const { name } = partsOf(first)
    if (loop || !files.every(file => isName(file) && partsOf(file).name === name)) return undefined
    const line = first + rest.map(file => partsOf(file).text).join('')

    return line.length <= LONGEST ? line : undefined
  }
  const madeOf = async (play: Play): Promise<Play> => ({
    ...play,
    files: await Promise.all(
      play.files.map(file => {
        if (!isName(file)) return file
        const { name, text } = partsOf(file)

        return fileFor(text, { voice: name === voices.female ? 'female' : 'male' })
      }),
    ),
  })

  function at(inner: Telephony): Telephony {
    const node = inner.nodeName
    const listeners = new Set<(event: CallEvent) => void>()
    const tell = (event: CallEvent) => {
      for (const listener of [...listeners]) listener(event)
    }

    const makeInstead = async ({ play }: Said, failed: PlayEnded) => {
      try {
        const made = await madeOf(play)
        // Meanwhile it may have been stopped.
        if (!said.delete(play.playId)) return
        await inner.perform(made)
      } catch (err) {
        log.error({ err }, 'a prompt that the switch would not say could not be made')
        if (said.delete(play.playId)) tell(failed)
      }
    }
    /** True: it is not told to anybody. */
    const isOurs = (event: CallEvent): boolean => {
      if (event.type === 'command-failed')
        return (
          event.command === 'play' && [...said.values()].some(one => one.play.legId === event.legId)
        )
      const one = event.type === 'play-ended' ? said.get(event.playId) : undefined
      if (event.type !== 'play-ended' || !one || one.failed) return false
      if (event.outcome !== 'failed') {
        said.delete(event.playId)
        if (event.outcome === 'finished') healths.set(node, onWords(healthAt(node), now()))

        return false
      }
      const health = onFailure(healthAt(node), 'refused', now())
      healths.set(node, health)
      log.warn({ node, engine: config.name, failures: health.failures }, 'the switch cannot speak')
      one.failed = event
      void makeInstead(one, event)

      return true
    }
    const silence = ({ type, legId }: CallCommand) => {
      if (!SILENCING.has(type)) return
      for (const [id, { play, failed }] of said) {
        if (play.legId !== legId || !failed) continue
        said.delete(id)
        tell({ ...failed, at: now(), outcome: 'stopped' })
      }
    }

    const play = async (command: Play) => {
      const line = (healthAt(node).retryAt ?? 0) <= now() ? lineOf(command) : undefined
      if (line !== undefined) {
        said.set(command.playId, { play: command })
        return inner.perform({ ...command, files: [line] })
      }
      try {
        return await inner.perform(await madeOf(command))
      } catch (err) {
        log.error({ err }, 'a prompt could not be made')
        // The switch refuses such names by the ways that everybody listens to.
        return inner.perform(command)
      }
    }

    inner.onEvent(event => {
      if (!isOurs(event)) tell(event)
    })

    const own: Pick<Telephony, 'onEvent' | 'perform'> = {
      onEvent(listener) {
        listeners.add(listener)

        return () => void listeners.delete(listener)
      },
      perform(command) {
        silence(command)

        return command.type === 'play' && command.files.some(isName)
          ? play(command)
          : inner.perform(command)
      },
    }
    // The door may itself stand before another, and has the rest from it: nothing but its own would be copied.
    const speaking: Telephony = Object.create(inner, Object.getOwnPropertyDescriptors(own))

    return speaking
  }

  return {
    async fileFor(text, options = {}) {
      const reading = isPlain(text, options) ? readingOf(replace(text, options.area)) : ''
      if (reading === '' || reading.length > LONGEST / 2) return fileFor(text, options)

      return `${prefix}${voices[options.voice ?? 'female']}|${reading}`
    },
    at,
    figures() {
      const [worst = newHealth(now())] = [...healths.values()].sort(
        (a, b) => RANKS.indexOf(b.state) - RANKS.indexOf(a.state),
      )
      const { state, since, cause } = worst

      return { state, since, inUse: said.size, ...(cause && { cause }) }
    },
  }
}

/** Markup, effects and other formats need a file; so do manners that MRCP leaves to the far end. */
const isPlain = (
  text: string,
  { style = 'plain', tempo = 1, effect, format = 'wav' }: SpeechOptions,
) =>
  !text.trimStart().startsWith('<speak') &&
  style === 'plain' &&
  tempo === 1 &&
  effect === undefined &&
  format === 'wav'

/** Numbers, dates and amounts are words already, so that every engine says them our way. */
const readingOf = (text: string): string => toReading(text).replaceAll(SYNTAX, '，').trim()
