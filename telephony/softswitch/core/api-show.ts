// show channels|calls|registrations, with the columns of FreeSWITCH 1.10's tables (switch_core_sqldb.c).
import { escapeXml } from '../esl/serialize.ts'
import { usage, type Commands } from './api-reply.ts'
import type { Board } from './board.ts'
import { isDown, type Channel } from './channel.ts'

type Row = Readonly<Record<string, string>>

const two = (n: number) => String(n).padStart(2, '0')
function localTime(atMs: number): string {
  const d = new Date(atMs)
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`
}

const CHANNEL_COLUMNS = [
  'uuid',
  'direction',
  'created',
  'created_epoch',
  'name',
  'state',
  'cid_name',
  'cid_num',
  'ip_addr',
  'dest',
  'application',
  'application_data',
  'dialplan',
  'context',
  'read_codec',
  'read_rate',
  'read_bit_rate',
  'write_codec',
  'write_rate',
  'write_bit_rate',
  'secure',
  'hostname',
  'presence_id',
  'presence_data',
  'accountcode',
  'callstate',
  'callee_name',
  'callee_num',
  'callee_direction',
  'call_uuid',
  'sent_callee_name',
  'sent_callee_num',
  'initial_cid_name',
  'initial_cid_num',
  'initial_ip_addr',
  'initial_dest',
  'initial_dialplan',
  'initial_context',
] as const
const CALL_COLUMNS = [
  'uuid',
  'direction',
  'created',
  'created_epoch',
  'name',
  'state',
  'cid_name',
  'cid_num',
  'ip_addr',
  'dest',
  'presence_id',
  'presence_data',
  'accountcode',
  'callstate',
  'callee_name',
  'callee_num',
  'callee_direction',
  'call_uuid',
  'hostname',
  'sent_callee_name',
  'sent_callee_num',
  'b_uuid',
  'b_direction',
  'b_created',
  'b_created_epoch',
  'b_name',
  'b_state',
  'b_cid_name',
  'b_cid_num',
  'b_ip_addr',
  'b_dest',
  'b_presence_id',
  'b_presence_data',
  'b_accountcode',
  'b_callstate',
  'b_callee_name',
  'b_callee_num',
  'b_callee_direction',
  'b_sent_callee_name',
  'b_sent_callee_num',
  'call_created_epoch',
] as const
const REGISTRATION_COLUMNS = [
  'reg_user',
  'realm',
  'token',
  'url',
  'expires',
  'network_ip',
  'network_port',
  'network_proto',
  'hostname',
  'metadata',
] as const

function channelRow(board: Board, channel: Channel): Row {
  const codec = channel.variables.get('read_codec') ?? ''
  const rate = codec === '' ? '' : '8000'
  const bits = codec === '' ? '' : '64000'
  return {
    uuid: channel.uuid,
    direction: channel.direction,
    created: localTime(channel.times.createdAt),
    created_epoch: String(Math.floor(channel.times.createdAt / 1000)),
    name: channel.name,
    state: channel.state,
    cid_name: channel.callerName,
    cid_num: channel.callerNumber,
    ip_addr: channel.networkAddress,
    dest: channel.destination,
    application: channel.variables.get('current_application') ?? (channel.parked ? 'park' : ''),
    application_data: channel.variables.get('current_application_data') ?? '',
    dialplan: 'XML',
    context: 'default',
    read_codec: codec,
    read_rate: rate,
    read_bit_rate: bits,
    write_codec: codec,
    write_rate: rate,
    write_bit_rate: bits,
    hostname: board.config().nodeName,
    callstate: channel.callState,
    callee_num: channel.direction === 'outbound' ? channel.destination : '',
    call_uuid: channel.variables.get('call_uuid') ?? channel.uuid,
    initial_cid_name: channel.callerName,
    initial_cid_num: channel.callerNumber,
    initial_ip_addr: channel.networkAddress,
    initial_dest: channel.destination,
    initial_dialplan: 'XML',
    initial_context: 'default',
  }
}

const byAge = (a: Channel, b: Channel) => a.times.createdAt - b.times.createdAt
const liveChannels = (board: Board) =>
  [...board.channels.values()].filter(channel => !isDown(channel)).sort(byAge)

/** A bridge is one row, a channel without one a row of its own. */
function callRows(board: Board): Row[] {
  return liveChannels(board)
    .filter(channel => channel.partner === undefined || channel.bridgeOriginator)
    .map(channel => {
      const a = channelRow(board, channel)
      const b = channel.partner === undefined ? {} : channelRow(board, channel.partner)
      const prefixed = Object.fromEntries(
        Object.entries(b).map(([name, value]) => [`b_${name}`, value]),
      )
      return { ...a, ...prefixed, call_created_epoch: a['created_epoch'] ?? '' }
    })
}

function registrationRows(board: Board): Row[] {
  return board
    .sip()
    .allBindings()
    .map(binding => ({
      reg_user: binding.user,
      realm: board.config().realm,
      token: binding.contact,
      url: `sofia/embedded/${binding.contact}`,
      expires: String(Math.floor(binding.expiresAt / 1000)),
      network_ip: binding.source.address,
      network_port: String(binding.source.port),
      network_proto: binding.source.transport,
      hostname: board.config().nodeName,
      metadata: '',
    }))
}

function print(
  columns: readonly string[],
  rows: readonly Row[],
  as: string,
  delimiter: string,
): string {
  if (as === 'json') {
    if (rows.length === 0) return '{"row_count":0}\n'
    const full = rows.map(row => Object.fromEntries(columns.map(name => [name, row[name] ?? ''])))
    return `${JSON.stringify({ row_count: rows.length, rows: full })}\n`
  }
  if (as === 'xml') {
    const body = rows.map(
      (row, i) =>
        `  <row row_id="${i + 1}">\n${columns.map(name => `    <${name}>${escapeXml(row[name] ?? '')}</${name}>\n`).join('')}  </row>\n`,
    )
    return `<result row_count="${rows.length}">\n${body.join('')}</result>\n`
  }
  const lines = rows.map(row => `${columns.map(name => row[name] ?? '').join(delimiter)}\n`)
  return `${rows.length === 0 ? '' : `${columns.join(delimiter)}\n`}${lines.join('')}\n${rows.length} total.\n`
}

export function showCommands(board: Board): Commands {
  const tables: Readonly<Record<string, { readonly columns: readonly string[]; rows(): Row[] }>> = {
    channels: {
      columns: CHANNEL_COLUMNS,
      rows: () => liveChannels(board).map(channel => channelRow(board, channel)),
    },
    calls: { columns: CALL_COLUMNS, rows: () => callRows(board) },
    detailed_calls: { columns: CALL_COLUMNS, rows: () => callRows(board) },
    bridged_calls: {
      columns: CALL_COLUMNS,
      rows: () => callRows(board).filter(row => row['b_uuid'] !== undefined),
    },
    registrations: { columns: REGISTRATION_COLUMNS, rows: () => registrationRows(board) },
  }
  return {
    show: argument => {
      const list = argument
        .toLowerCase()
        .split(' ')
        .filter(word => word !== '')
      const table = Object.hasOwn(tables, list[0] ?? '') ? tables[list[0] ?? ''] : undefined
      if (table === undefined)
        return usage(
          'channels [count]|calls [count]|registrations [count]|bridged_calls [as json|xml|delim <delim>]',
        )
      const at = list.indexOf('as')
      const as = at < 0 ? 'delim' : (list[at + 1] ?? 'delim')
      const rows = table.rows()
      if (list[1] !== 'count') return print(table.columns, rows, as, list[at + 2] ?? ',')
      return as === 'json' ? `{"row_count":${rows.length}}\n` : `\n${rows.length} total.\n`
    },
  }
}
