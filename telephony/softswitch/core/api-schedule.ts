// sched_* commands. A channel's tasks have its uuid as group, so `sched_del <uuid>` takes the guard off a call.
import { NO_CHANNEL, usage, type Api, type Commands } from './api-reply.ts'
import type { Board } from './board.ts'
import { isDown, type Channel } from './channel.ts'
import { hangUp } from './control.ts'
import { toHangupCause } from './hangup-cause.ts'
import { transfer } from './transfer.ts'

/** `+60` counts from now; a bare number is an epoch second, as in FreeSWITCH. `@` repeats there and is refused here. */
export function delayMs(text: string, nowMs: number): number | undefined {
  if (/^\+\d{1,9}$/.test(text)) return Number(text.slice(1)) * 1000
  if (/^\d{9,11}$/.test(text)) return Math.max(0, Number(text) * 1000 - nowMs)
  return undefined
}

const words = (argument: string) => argument.split(' ').filter(word => word !== '')

export function scheduleCommands(board: Board, run: Api['run']): Commands {
  const alive = (uuid: string): Channel | undefined => {
    const channel = board.channels.get(uuid)
    return channel === undefined || isDown(channel) ? undefined : channel
  }
  return {
    sched_api: argument => {
      const [, time = '', group = '', line = ''] =
        /^(\S+) +(\S+) +([\s\S]+)$/.exec(argument.trim()) ?? []
      const after = delayMs(time, board.now())
      if (after === undefined || line === '')
        return '-ERR Invalid syntax. USAGE: [+@]<time> <group_name> <command_string>[&]\n'
      const [command = '', ...rest] = line.replace(/&$/, '').trim().split(' ')
      const task = () =>
        void run(command, rest.join(' ')).then(output =>
          board.log.info({ command, output: output?.slice(0, 200) }, 'scheduled command ran'),
        )
      return `+OK Added: ${board.schedule.add(group, after, task)}\n`
    },
    sched_transfer: argument => {
      const [time = '', uuid = '', extension = '', dialplan] = words(argument)
      const after = delayMs(time, board.now())
      if (after === undefined || extension === '')
        return usage('[+]<time> <uuid> <extension> [<dialplan>] [<context>]')
      const channel = alive(uuid)
      if (channel === undefined) return NO_CHANNEL
      // The first guard of a call claims it: whoever set it will look after the caller.
      board.claim(uuid)
      board.schedule.add(uuid, after, () => {
        transfer(board, channel, extension, dialplan).catch((err: unknown) =>
          board.log.error({ err }, 'scheduled transfer failed'),
        )
      })
      return '+OK\n'
    },
    sched_hangup: argument => {
      const [time = '', uuid = '', cause] = words(argument)
      const after = delayMs(time, board.now())
      if (after === undefined || uuid === '') return usage('[+]<time> <uuid> [<cause>]')
      const channel = alive(uuid)
      if (channel === undefined) return NO_CHANNEL
      const end = () => hangUp(board, channel, toHangupCause(cause ?? 'ALLOTTED_TIMEOUT'))
      board.claim(uuid)
      if (after === 0) end()
      else board.schedule.add(uuid, after, end)
      return '+OK\n'
    },
    sched_del: argument => {
      const what = argument.trim()
      if (what === '') return '-ERR Invalid syntax\n'
      board.claim(what)
      return `+OK Deleted: ${board.schedule.remove(what)}\n`
    },
    unsched_api: argument =>
      board.schedule.remove(argument.trim()) > 0 ? '+OK\n' : '-ERR Task not found\n',
  }
}
