// The media folder may lie elsewhere as the switch sees it (another machine, a container).
import type { CallCommand } from '../call/command.ts'
import type { CallEvent } from '../call/event.ts'

export interface MediaFolder {
  toSwitch(command: CallCommand): CallCommand
  fromSwitch(event: CallEvent): CallEvent
}

const swap = (path: string, from: string, to: string) =>
  path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path

/** Maps paths below `ours` to `theirs` and back; other paths, such as tones, stay. */
export function createMediaFolder(ours: string, theirs: string): MediaFolder {
  const [here, there] = [ours.replace(/\/+$/, ''), theirs.replace(/\/+$/, '')]

  return {
    toSwitch(command) {
      if (command.type === 'play')
        return { ...command, files: command.files.map(file => swap(file, here, there)) }

      return 'path' in command ? { ...command, path: swap(command.path, here, there) } : command
    },
    fromSwitch: event =>
      'path' in event ? { ...event, path: swap(event.path, there, here) } : event,
  }
}
