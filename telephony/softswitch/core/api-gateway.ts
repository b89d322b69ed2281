// `sofia status`, `sofia status gateway <name>`, `sofia xmlstatus [gateway [<name>]]`, `sofia profile <name> …`: mod_sofia 1.11's wording.
import { usage } from './api-reply.ts'
import type { Board } from './board.ts'
import { isDown } from './channel.ts'
import type { Gateway } from './gateway.ts'

const RULE = '='.repeat(97)
const XML = '<?xml version="1.0" encoding="ISO-8859-1"?>'

export const sofiaCommand = (board: Board) => {
  const summary = () => {
    const { sip } = board.config()
    const live = [...board.channels.values()].filter(channel => !isDown(channel)).length
    const row = (name: string, type: string, data: string, state: string) =>
      `${name.padStart(25)}\t${type}\t${data.padStart(42)}\t${state}`
    const gateways = board.gateways.all()
    return [
      '                     Name\t   Type\t                                      Data\tState',
      RULE,
      row(
        'embedded',
        'profile',
        `sip:mod_sofia@${board.advertisedAddress()}:${sip.port}`,
        `RUNNING (${live})`,
      ),
      ...gateways.map(gateway =>
        row(`embedded::${gateway.trunk.id}`, 'gateway', toUri(gateway), gateway.state().state),
      ),
      RULE,
      '1 profile 0 aliases',
      '',
    ].join('\n')
  }

  return (argument: string): string => {
    const [verb = '', kind = '', name = '', action = ''] = argument.trim().split(/\s+/)
    switch (verb) {
      case 'status':
        if (kind === '') return summary()
        if (kind !== 'gateway') return summary()
        return withGateway(board, name, gateway => plainStatus(gateway, board.now()))
      case 'xmlstatus':
        if (kind !== 'gateway') return `${XML}\n${xmlSummary(board)}`
        if (name === '') return `${XML}\n<gateways>\n${allGateways(board)}</gateways>\n`
        return withGateway(board, name, gateway => `${XML}\n${xmlStatus(gateway, board.now())}`)
      case 'profile':
        // `profile <name> register <gateway>`; rescan happens with every reload.
        if (name === 'rescan') return '+OK scan complete\n'
        if (name !== 'register') return usage('profile <name> [register <gateway>|rescan]')
        return withGateway(board, action, gateway => (gateway.register(), '+OK\n'))
      default:
        return usage('status|xmlstatus|profile')
    }
  }
}

const allGateways = (board: Board): string =>
  board.gateways
    .all()
    .map(gateway => xmlStatus(gateway, board.now()))
    .join('')

/** Without a word, mod_sofia lists profiles and gateways by name, place and state only. */
function xmlSummary(board: Board): string {
  const rows = [
    ['profile', 'embedded', `sip:mod_sofia@${board.advertisedAddress()}`, 'RUNNING'],
    ...board.gateways
      .all()
      .map(gateway => ['gateway', gateway.trunk.id, toUri(gateway), gateway.state().state]),
  ].map(
    ([type = '', name = '', data = '', state = '']) =>
      `<${type}>\n<name>${name}</name>\n<type>${type}</type>\n<data>${encode(data)}</data>\n<state>${state}</state>\n</${type}>\n`,
  )
  return `<profiles>\n${rows.join('')}</profiles>\n`
}

const withGateway = (board: Board, name: string, say: (gateway: Gateway) => string): string => {
  const gateway = board.gateways.get(name)
  return gateway === undefined ? 'Invalid Gateway!\n' : say(gateway)
}

const toUri = ({ trunk }: Gateway): string =>
  `sip:${trunk.access.type === 'registration' ? trunk.access.username : 'FreeSWITCH'}@${trunk.address.host}`

const uptimeMs = (gateway: Gateway, now: number): number => {
  const { upSince } = gateway.state()
  return upSince === undefined ? 0 : Math.max(0, now - upSince)
}

function plainStatus(gateway: Gateway, now: number): string {
  const { trunk, counts, contactUri } = gateway
  const { state, status, ping, pingTimeMs } = gateway.state()
  const { access, options } = trunk
  const rows: readonly (readonly [string, string])[] = [
    ['Name    ', trunk.id],
    ['Profile ', 'embedded'],
    ['Scheme  ', 'Digest'],
    ['Realm   ', (access.type === 'registration' && access.realm) || trunk.address.host],
    ['Username', access.type === 'registration' ? access.username : 'FreeSWITCH'],
    ['Password', access.type === 'registration' ? 'yes' : 'no'],
    ['Contact ', `<${contactUri}>`],
    ['To      ', toUri(gateway)],
    ['Proxy   ', `sip:${trunk.address.host}:${trunk.address.port}`],
    ['PingFreq', String(options.everyS)],
    ['PingTime', pingTimeMs.toFixed(2)],
    ['PingState', `1/${ping.count}/${options.failuresToDown}`],
    ['State   ', state],
    ['Status  ', status],
    ['Uptime  ', `${Math.floor(uptimeMs(gateway, now) / 1000)}s`],
    ['CallsIN ', String(counts.callsIn)],
    ['CallsOUT', String(counts.callsOut)],
    ['FailedCallsIN', String(counts.failedCallsIn)],
    ['FailedCallsOUT', String(counts.failedCallsOut)],
  ]
  return `${RULE}\n${rows.map(([name, value]) => `${name}\t${value}\n`).join('')}${RULE}\n`
}

const encode = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function xmlStatus(gateway: Gateway, now: number): string {
  const { trunk, counts, contactUri } = gateway
  const { state, status, ping, pingTimeMs } = gateway.state()
  const { options } = trunk
  const rows: readonly (readonly [string, string])[] = [
    ['name', trunk.id],
    ['profile', 'embedded'],
    ['contact', `<${contactUri}>`],
    ['to', toUri(gateway)],
    ['proxy', `sip:${trunk.address.host}:${trunk.address.port}`],
    ['pingfreq', String(options.everyS)],
    ['pingmin', '1'],
    ['pingcount', String(ping.count)],
    ['pingmax', String(options.failuresToDown)],
    ['pingtime', pingTimeMs.toFixed(2)],
    ['state', state],
    ['status', status],
    ['uptime-usec', String(Math.round(uptimeMs(gateway, now) * 1000))],
    ['calls-in', String(counts.callsIn)],
    ['calls-out', String(counts.callsOut)],
    ['failed-calls-in', String(counts.failedCallsIn)],
    ['failed-calls-out', String(counts.failedCallsOut)],
  ]
  const body = rows.map(([name, value]) => `    <${name}>${encode(value)}</${name}>\n`).join('')
  return `  <gateway>\n${body}  </gateway>\n`
}
