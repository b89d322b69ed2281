// Commands about the switch itself: status, version, pausing, reloading, hanging up everybody.
import { hostname } from 'node:os'
import type { Ban } from '../../admission/keeper.ts'
import { sofiaCommand } from './api-gateway.ts'
import { usage, type Commands } from './api-reply.ts'
import { recordingCount } from './recording.ts'
import type { Board } from './board.ts'
import { isDown } from './channel.ts'
import { hangUp } from './control.ts'
import { toHangupCause } from './hangup-cause.ts'

export interface SystemControl {
  readonly startedAt: number
  readonly version: string
  /** Reads switch.json again; the reason when it is refused. */
  reload(): Promise<string | undefined>
  bans(): readonly Ban[]
  unban(source: string): boolean
  /** Waits for calls when `drain`, then ends the process. */
  shutDown(drain: boolean): void
}

const words = (argument: string) => argument.split(' ').filter(word => word !== '')
const plural = (n: number, unit: string) => `${n} ${unit}${n === 1 ? '' : 's'}`

/** `0 years, 0 days, 1 hour, …`, as status and HEARTBEAT print it. */
export function duration(ms: number): string {
  const s = Math.floor(ms / 1000)
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(s / 31_536_000), 'year'],
    [Math.floor((s % 31_536_000) / 86_400), 'day'],
    [Math.floor((s % 86_400) / 3600), 'hour'],
    [Math.floor((s % 3600) / 60), 'minute'],
    [s % 60, 'second'],
    [Math.floor(ms % 1000), 'millisecond'],
    [Math.floor((ms * 1000) % 1000), 'microsecond'],
  ]
  return parts.map(([n, unit]) => plural(n, unit)).join(', ')
}

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

export function systemCommands(board: Board, control: SystemControl): Commands {
  const uptimeMs = () => board.now() - control.startedAt
  const live = () => [...board.channels.values()].filter(channel => !isDown(channel))

  const status = () =>
    [
      `UP ${duration(uptimeMs())}`,
      `FreeSWITCH (Version ${control.version}) is ${board.paused.inbound ? 'not ready' : 'ready'}`,
      `${board.counts.sessions} session(s) since startup`,
      `${live().length} session(s) - peak ${board.counts.peak}, last 5min ${board.counts.peak} `,
      `0 session(s) per Sec out of max ${board.config().rates.invitesPerSecondPerAddress}, peak 0, last 5min 0 `,
      `${board.config().lines.limit + board.config().lines.reserve} session(s) max`,
      'min idle cpu 0.00/100.00',
      '',
    ].join('\n')

  const fsctl = (argument: string): string => {
    const [verb = '', what = ''] = words(argument.toLowerCase())
    const set = (paused: boolean) => {
      if (what !== 'outbound') board.paused.inbound = paused
      if (what !== 'inbound') board.paused.outbound = paused
      return '+OK\n'
    }
    switch (verb) {
      case 'pause':
        return set(true)
      case 'resume':
        return set(false)
      case 'pause_check':
        return String(board.paused.inbound && board.paused.outbound)
      case 'ready_check':
        return String(!board.paused.inbound)
      case 'hupall':
        return hupall('MANAGER_REQUEST')
      case 'sync_clock':
      case 'send_sighup':
        return '+OK\n'
      case 'shutdown':
        control.shutDown(what === 'elegant' || what === 'asap')
        return '+OK\n'
      default:
        return usage(
          '[hupall|pause [inbound|outbound]|resume [inbound|outbound]|pause_check|ready_check|shutdown [elegant|asap|now]]',
        )
    }
  }

  const hupall = (argument: string): string => {
    const [causeText, name, ...value] = words(argument)
    const cause = toHangupCause(causeText ?? 'MANAGER_REQUEST')
    const wanted = value.join(' ')
    for (const channel of live()) {
      if (name === undefined || channel.variables.get(name) === wanted)
        hangUp(board, channel, cause)
    }
    return name === undefined
      ? `+OK hangup all channels with cause ${cause}\n`
      : `+OK hangup all channels matching [${name}]=[${wanted}] with cause: ${cause}\n`
  }

  /** Set from outside; gone with the switch, as FreeSWITCH's are. */
  const set = new Map<string, string>()
  const globals = () =>
    new Map<string, string>([
      ...Object.entries({
        hostname: hostname(),
        switchname: board.config().nodeName,
        domain: board.config().realm,
        core_uuid: board.events.coreUuid,
        local_ip_v4: board.advertisedAddress(),
      }),
      ...set,
    ])

  return {
    status,
    version: argument =>
      argument.trim() === 'short'
        ? control.version
        : `FreeSWITCH Version ${control.version} (hotline embedded switch)\n`,
    uptime: argument => {
      const unit = argument.trim() || 's'
      const scale =
        UNITS[
          unit.replace(/^(micro|milli)?seconds?$/, (_, p: string | undefined) =>
            p === undefined ? 's' : p === 'milli' ? 'ms' : 'us',
          )
        ] ?? UNITS[unit[0] ?? 's']
      return scale === undefined ? usage('[us|ms|s|m|h|d]') : `${Math.floor(uptimeMs() / scale)}\n`
    },
    hostname: () => hostname(),
    switchname: () => board.config().nodeName,
    reloadxml: async () => {
      const refused = await control.reload()
      return refused === undefined ? '+OK [Success]\n' : `-ERR [${refused}]\n`
    },
    // Trunks, bans and phones are all in switch.json, and nothing is kept beside it.
    reloadacl: async () => {
      const refused = await control.reload()
      return refused === undefined ? '+OK acl reloaded\n' : `-ERR [${refused}]\n`
    },
    xml_flush_cache: () => '+OK cleared 0 entries\n',
    fsctl,
    hupall,
    shutdown: () => {
      control.shutDown(false)
      return '+OK\n'
    },
    create_uuid: () => board.newUuid(),
    echo: argument => argument,
    eval: argument =>
      argument.replace(/\$?\$\{([\w.]+)\}/g, (_, name: string) => globals().get(name) ?? ''),
    global_getvar: argument => {
      const name = argument.trim()
      if (name !== '') return globals().get(name) ?? ''
      return [...globals()].map(([key, value]) => `${key}=${value}\n`).join('')
    },
    global_setvar: argument => {
      // With a second value only where that one stands now.
      const [name = '', value = '', expected] = argument.trim().split('=')
      if (name === '') return usage('<var>=<value> [=<value2>]')
      if (expected !== undefined && (globals().get(name) ?? '') !== expected) return '+OK'
      if (value === '') set.delete(name)
      else set.set(name, value)
      return '+OK'
    },
    strepoch: () => String(Math.floor(board.now() / 1000)),
    sofia: sofiaCommand(board),
    limit_usage: argument => {
      const [, realm = '', id = ''] = words(argument)
      if (realm === 'recordings') return String(recordingCount(board))
      const isLine = realm === 'lines' || id === 'lines'
      return String(
        isLine ? live().filter(c => c.direction === 'inbound' && c.username === '').length : 0,
      )
    },
    limit: () => '-ERR limit is an application\n',
    hotline_ban: argument => {
      const [verb, source] = words(argument)
      if (verb === 'list') return `${JSON.stringify(control.bans())}\n`
      if (verb !== 'del' || source === undefined) return usage('list|del <address>')
      return control.unban(source) ? '+OK\n' : '-ERR No such ban\n'
    },
    console_complete: () => '\n',
  }
}
