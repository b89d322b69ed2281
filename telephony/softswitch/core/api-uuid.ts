// uuid_* commands that steer a channel: life, bridge, place, variables.
import { NO_CHANNEL, usage, type Commands } from './api-reply.ts'
import type { Board } from './board.ts'
import { bridge, partFromBridge } from './bridge.ts'
import { channelHeaders } from './channel-headers.ts'
import { isDown, setVariable, type Channel } from './channel.ts'
import { answer, hangUp, parkAlone, preAnswer, ring } from './control.ts'
import { splitWords } from './dial-string.ts'
import { toHangupCause } from './hangup-cause.ts'
import { hold } from './hold.ts'
import { transfer } from './transfer.ts'

const words = (argument: string) => argument.split(' ').filter(word => word !== '')
const TRANSFER = usage('<uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]')
const HOLD = usage('[off|toggle] <uuid> [<display>]')

function setSeveral(channel: Channel, text: string): void {
  for (const part of text.split(';')) {
    const at = part.indexOf('=')
    if (at > 0) setVariable(channel, part.slice(0, at).trim(), part.slice(at + 1))
  }
}

export function uuidCommands(board: Board): Commands {
  const find = (uuid: string | undefined): Channel | undefined => {
    const channel = board.channels.get(uuid ?? '')
    return channel === undefined || isDown(channel) ? undefined : channel
  }

  const transferCommand = async (argument: string): Promise<string> => {
    const [uuid = '', ...rest] = splitWords(argument)
    if (rest.length === 0) return TRANSFER
    const channel = find(uuid)
    if (channel === undefined) return NO_CHANNEL
    const flag = rest[0]?.startsWith('-') ? rest[0].toLowerCase() : ''
    const [extension, dialplan] = flag === '' ? rest : rest.slice(1)
    if (extension === undefined) return TRANSFER
    const { partner } = channel
    const moved =
      flag === '-bleg'
        ? [partner ?? channel]
        : flag === '-both' && partner !== undefined
          ? [partner, channel]
          : [channel]
    if (moved.length > 1) partFromBridge(board, channel, true)
    // Begun, not awaited: an extension may play for a minute.
    for (const each of moved)
      transfer(board, each, extension, dialplan).catch((err: unknown) =>
        board.log.error({ err }, 'transfer failed'),
      )
    return '+OK\n'
  }

  const holdCommand = (argument: string): string => {
    const [first, second] = words(argument)
    if (first === undefined) return `${HOLD}-ERR Operation failed\n`
    const channel = find(first === 'off' || first === 'toggle' ? second : first)
    // FreeSWITCH says success for a channel it does not know; we say what is true.
    if (channel === undefined) return '-ERR Operation failed\n'
    const on = first === 'off' ? false : first === 'toggle' ? !channel.held : true
    return hold(board, channel, on) ? '+OK Success\n' : '-ERR Operation failed\n'
  }

  return {
    uuid_exists: argument => (board.channels.has(argument.trim()) ? 'true' : 'false'),
    uuid_answer: async argument => {
      const channel = find(argument.trim())
      return channel !== undefined && (await answer(board, channel)) ? '+OK\n' : '-ERROR\n'
    },
    uuid_pre_answer: async argument => {
      const channel = find(argument.trim())
      return channel !== undefined && (await preAnswer(board, channel)) ? '+OK\n' : '-ERROR\n'
    },
    uuid_ring_ready: argument => {
      const channel = find(words(argument)[0])
      if (channel === undefined) return NO_CHANNEL
      ring(board, channel)
      return '+OK\n'
    },
    uuid_kill: argument => {
      const [uuid, cause] = words(argument)
      if (uuid === undefined) return usage('<uuid> [cause]')
      const channel = find(uuid)
      if (channel === undefined) return NO_CHANNEL
      hangUp(board, channel, toHangupCause(cause ?? 'NORMAL_CLEARING'))
      return '+OK\n'
    },
    uuid_park: argument => {
      const channel = find(argument.trim())
      if (channel === undefined) return NO_CHANNEL
      parkAlone(board, channel)
      return '+OK\n'
    },
    uuid_bridge: argument => {
      const [first, second, third] = words(argument)
      if (first === undefined || second === undefined) return usage('<uuid> <other_uuid>')
      const a = find(first)
      for (const uuid of [second, third]) {
        const b = find(uuid)
        if (a !== undefined && b !== undefined && bridge(board, a, b)) return `+OK ${b.uuid}\n`
      }
      return '-ERR Invalid uuid\n'
    },
    uuid_transfer: transferCommand,
    uuid_deflect: () => '-ERR Deflecting is not allowed here\n',
    uuid_redirect: () => '-ERR Redirecting is not allowed here\n',
    uuid_hold: holdCommand,
    uuid_phone_event: argument => {
      // `hold` and `talk` are NOTIFY packages of certain phones; ours have none.
      return find(words(argument)[0]) === undefined ? '-ERR Operation failed\n' : '+OK Success\n'
    },
    uuid_setvar: argument => {
      const [, uuid = '', name = '', value = ''] =
        /^(\S+) +(\S+)(?: +([\s\S]*))?$/.exec(argument.trim()) ?? []
      if (uuid === '' || name === '') return usage('<uuid> <var> [value]')
      const channel = find(uuid)
      if (channel === undefined) return NO_CHANNEL
      setVariable(channel, name, value)
      return '+OK\n'
    },
    uuid_setvar_multi: argument => {
      const [, uuid = '', list = ''] = /^(\S+) +([\s\S]+)$/.exec(argument.trim()) ?? []
      if (uuid === '') return usage('<uuid> <var>=<value>;<var>=<value>...')
      const channel = find(uuid)
      if (channel === undefined) return NO_CHANNEL
      setSeveral(channel, list)
      return '+OK\n'
    },
    uuid_getvar: argument => {
      const [uuid, name] = words(argument)
      if (uuid === undefined || name === undefined) return usage('<uuid> <var>')
      const channel = board.channels.get(uuid)
      if (channel === undefined) return NO_CHANNEL
      return channel.variables.get(name) ?? '_undef_'
    },
    uuid_dump: argument => {
      const [uuid, format = 'txt'] = words(argument)
      if (uuid === undefined) return usage('<uuid> [format]')
      const channel = board.channels.get(uuid)
      if (channel === undefined) return NO_CHANNEL
      const headers: readonly (readonly [string, string])[] = [
        ['Event-Name', 'CHANNEL_DATA'],
        ['Core-UUID', board.events.coreUuid],
        ...channelHeaders(channel),
      ]
      if (format.toLowerCase() === 'json') return JSON.stringify(Object.fromEntries(headers))
      return headers.map(([name, value]) => `${name}: ${value}\n`).join('')
    },
  }
}
