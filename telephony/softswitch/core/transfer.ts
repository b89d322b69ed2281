// Extensions: what a transferred channel does. There is no dialplan here; every number parks, as the FreeSWITCH kit's dialplan does.
import { announce, type Board } from './board.ts'
import { isDown, type Channel } from './channel.ts'
import { detach, hangUp, park, preAnswer, unpark } from './control.ts'
import { enqueue } from './application-queue.ts'
import { playFiles } from './play.ts'

/** The controller is gone: an apology, then the end (design decision 2). Bridged calls live on. */
async function runOrphan(board: Board, channel: Channel): Promise<void> {
  const file = board.config().apologyFile
  if (file !== undefined && (await preAnswer(board, channel)))
    await playFiles(board, channel, [file], false).ended
  hangUp(board, channel, 'RECOVERY_ON_TIMER_EXPIRE')
}

/** `app:args,app:args` of an inline dialplan. */
export function parseInline(text: string): { name: string; argument: string }[] {
  return text.split(',').flatMap(part => {
    const [name = '', ...argument] = part.trim().split(':')
    return name === '' ? [] : [{ name, argument: argument.join(':') }]
  })
}

/** uuid_transfer, sched_transfer. */
export async function transfer(
  board: Board,
  channel: Channel,
  extension: string,
  dialplan = 'XML',
): Promise<void> {
  if (isDown(channel)) return
  if (extension === 'orphan') {
    if (channel.partner !== undefined || channel.room !== undefined) return
    detach(board, channel)
    unpark(board, channel)
    return runOrphan(board, channel)
  }
  detach(board, channel)
  unpark(board, channel)
  channel.times.transferredAt = board.now()
  channel.state = 'CS_EXECUTE'
  if (dialplan === 'inline') {
    for (const { name, argument } of parseInline(extension))
      enqueue(board, channel, { name, argument, locked: true })
    // An inline list that parks nowhere ends as FreeSWITCH's does: nothing left to execute.
    if (!/(^|,)\s*park\b/.test(extension))
      enqueue(board, channel, { name: 'hangup', argument: '', locked: true })
    return
  }
  channel.destination = extension
  announce(board, channel, 'CHANNEL_EXECUTE', [
    ['Application', 'park'],
    ['Application-Data', ''],
  ])
  park(board, channel)
}
