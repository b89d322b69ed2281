// uuid_audio_stream, as mod_audio_stream has it (amigniter/mod_audio_stream, mod_audio_stream.c), at the rate of our calls.
import type { Commands } from '../core/api-reply.ts'
import { usage } from '../core/api-reply.ts'
import type { Board } from '../core/board.ts'
import { isDown } from '../core/channel.ts'
import { preAnswer } from '../core/control.ts'
import { splitWords } from '../core/dial-string.ts'
import { isMix } from './mix.ts'
import { createStreams } from './streams.ts'

const USAGE = usage(
  '<uuid> [start | stop | send_text | pause | resume | graceful-shutdown ] [wss-url | path] [mono | mixed | stereo] [8000 | 16000] [metadata]',
)
const RATES = new Set(['', '8k', '8000'])
const FRAME_MS = 20
/** A message of 40 ms: half as many as frames, and no listener hears the difference. */
const USUAL_PIECE_MS = 40
const MOST_PIECE_MS = 1_000

/** STREAM_BUFFER_SIZE of the channel, ms, a multiple of 20. */
function pieceFrames(text: string | undefined): number {
  const ms = Number(text)
  const isPlain = Number.isInteger(ms / FRAME_MS) && ms >= FRAME_MS && ms <= MOST_PIECE_MS
  return (isPlain ? ms : USUAL_PIECE_MS) / FRAME_MS
}

const isStreamUrl = (text: string): boolean =>
  /^wss?:\/\//i.test(text) && URL.canParse(text) && new URL(text).hash === ''

export function audioStreamCommands(board: Board): Commands {
  const streams = createStreams(board)

  const start = async (uuid: string, words: readonly string[]): Promise<boolean> => {
    const [url = '', mix = '', rate = '', metadata] = words
    const channel = board.channels.get(uuid)
    if (channel === undefined || isDown(channel) || !isMix(mix)) return false
    if (!isStreamUrl(url) || !RATES.has(rate)) return false
    // The module lets an unanswered caller hear us (switch_channel_pre_answer) before it begins.
    if (channel.direction === 'inbound' && !(await preAnswer(board, channel))) return false
    return streams.start(channel, {
      url,
      mix,
      pieceFrames: pieceFrames(channel.variables.get('STREAM_BUFFER_SIZE')),
      ...(metadata === undefined ? {} : { metadata }),
    })
  }

  const perform = (uuid: string, verb: string, words: readonly string[]) => {
    switch (verb) {
      case 'start':
        return start(uuid, words)
      case 'stop':
        return streams.stop(uuid, words[0])
      case 'pause':
        return streams.pause(uuid, true)
      case 'resume':
        return streams.pause(uuid, false)
      case 'send_text':
        return words[0] !== undefined && streams.sendText(uuid, words[0])
      default:
        return false
    }
  }

  return {
    uuid_audio_stream: async argument => {
      const [uuid, verb = '', ...words] = splitWords(argument)
      if (uuid === undefined || verb === '' || (verb === 'start' && words.length < 2)) return USAGE
      const isDone = await perform(uuid, verb.toLowerCase(), words)
      return isDone ? '+OK Success\n' : '-ERR Operation Failed\n'
    },
    // What we are asked about by those who stream; the embedded switch has no modules.
    module_exists: argument => String(argument.trim() === 'mod_audio_stream'),
  }
}
