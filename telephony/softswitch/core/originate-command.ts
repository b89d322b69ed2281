// `originate <dial string> <extension>|&<app>(<args>) [dialplan] [context] [cid_name] [cid_num] [timeout_sec]`
import { enqueue } from './application-queue.ts'
import { announce, type Board } from './board.ts'
import { isDown, type Channel } from './channel.ts'
import { park } from './control.ts'
import { splitWords } from './dial-string.ts'
import { originate } from './originate.ts'
import { transfer } from './transfer.ts'

const USAGE =
  '-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]\n'

async function proceed(
  board: Board,
  channel: Channel,
  extension: string,
  dialplan: string,
): Promise<void> {
  const application = /^&([\w-]+)(?:\(([\s\S]*)\))?$/.exec(extension)
  if (application === null) return transfer(board, channel, extension, dialplan)
  const [, name = '', argument = ''] = application
  if (name === 'park') {
    announce(board, channel, 'CHANNEL_EXECUTE', [
      ['Application', 'park'],
      ['Application-Data', argument],
    ])
    return park(board, channel)
  }
  channel.state = 'CS_EXECUTE'
  enqueue(board, channel, { name, argument })
  // Nothing follows a single application: FreeSWITCH hangs up when it is done, unless it moved the channel on.
  enqueue(board, channel, { name: 'hangup', argument: 'NORMAL_CLEARING', locked: true })
}

export function originateCommand(board: Board) {
  return async (argument: string): Promise<string> => {
    const words = splitWords(argument)
    if (words.length < 2 || words.length > 7) return USAGE
    const [dialString = '', extension = '', dialplan, , callerName, callerNumber, timeout] =
      words.map(word => (word === 'undef' ? undefined : word))
    const timeoutS = Number(timeout)
    const result = await originate(board, {
      dialString,
      ...(callerName === undefined ? {} : { callerName }),
      ...(callerNumber === undefined ? {} : { callerNumber }),
      ...(timeoutS > 0 ? { timeoutMs: timeoutS * 1000 } : {}),
    })
    if (result.type === 'failed') return `-ERR ${result.cause}\n`
    if (isDown(result.channel)) return `-ERR ${result.channel.hangupCause ?? 'NORMAL_CLEARING'}\n`
    await proceed(board, result.channel, extension, dialplan ?? 'XML')
    return `+OK ${result.channel.uuid}\n`
  }
}
