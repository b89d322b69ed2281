// The API commands: one table of names. What a command prints is FreeSWITCH 1.10's wording (mod_commands.c).
import type { Board } from './board.ts'
import { showCommands } from './api-show.ts'
import { systemCommands, type SystemControl } from './api-system.ts'
import { scheduleCommands } from './api-schedule.ts'
import { originateCommand } from './originate-command.ts'
import { audioStreamCommands } from '../stream/api-audio-stream.ts'
import { uuidCommands } from './api-uuid.ts'
import { uuidMediaCommands } from './api-uuid-media.ts'
import type { Api, Commands } from './api-reply.ts'

export function createApi(board: Board, control: SystemControl): Api {
  const run: Api['run'] = async (command, argument) => {
    const name = command.toLowerCase()
    const found = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (found === undefined) return undefined
    try {
      return await found(argument)
    } catch (err) {
      board.log.error({ err, command: name }, 'api command failed')
      return '-ERR internal error\n'
    }
  }
  const commands: Commands = {
    ...showCommands(board),
    ...systemCommands(board, control),
    ...scheduleCommands(board, run),
    ...uuidCommands(board),
    ...uuidMediaCommands(board),
    ...audioStreamCommands(board),
    originate: originateCommand(board),
  }
  return { run }
}
