// The call list as a file for spreadsheets.
import { stringify } from 'csv-stringify'
import type { FastifyReply } from 'fastify'
import { Readable } from 'node:stream'
import writeExcelFile, { type Row } from 'write-excel-file/node'
import type { StoredCall } from '../store/repository.ts'
import type { CallRecord } from './schema.ts'

export type ExportFormat = 'csv' | 'xlsx'

const CSV_TYPE = 'text/csv; charset=utf-8'
const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
/** A spreadsheet is built in memory; longer lists go out as CSV, which flows. */
const MAX_XLSX_ROWS = 50_000

type Cell = string | number | null
const COLUMNS: readonly (readonly [title: string, cell: (call: CallRecord) => Cell])[] = [
  ['通话编号', call => call.id],
  ['方向', call => ({ inbound: '呼入', outbound: '呼出', internal: '内部' })[call.direction]],
  ['主叫号码', call => call.caller],
  ['被叫号码', call => call.callee],
  ['归属地', call => call.area],
  ['来电人', call => call.callerName],
  ['技能组', call => call.queue],
  ['工号', call => call.agent],
  ['开始时间', call => call.startedAt],
  ['接通时间', call => call.answeredAt],
  ['结束时间', call => call.endedAt],
  ['总时长(秒)', call => seconds(call.durationMs)],
  ['等待时长(秒)', call => seconds(call.waitMs)],
  ['通话时长(秒)', call => seconds(call.talkMs)],
  ['保持时长(秒)', call => seconds(call.holdMs)],
  ['结果', call => call.result],
  ['挂机方', call => call.endedBy],
  ['满意度', call => call.satisfaction],
  ['来电原因', call => call.contactReason],
  ['备注', call => call.notes],
  ['录音编号', call => call.recordingId],
  ['工单编号', call => call.workOrderIds.join(' ')],
]

/** What the client would rather have than JSON; undefined when JSON will do. */
export function formatOf(accept: string | undefined): ExportFormat | undefined {
  const first = (accept ?? '').split(',')[0]?.split(';')[0]?.trim()
  if (first === 'text/csv') return 'csv'
  return first === XLSX_TYPE ? 'xlsx' : undefined
}

export async function exportCalls(
  reply: FastifyReply,
  format: ExportFormat,
  calls: AsyncIterable<StoredCall>,
  shown: (call: StoredCall) => CallRecord,
): Promise<FastifyReply> {
  reply.header('content-disposition', `attachment; filename="calls.${format}"`)
  reply.header('cache-control', 'no-store')
  const rows = rowsOf(calls, shown)
  if (format === 'csv') return reply.type(CSV_TYPE).send(toCsv(rows))
  return reply.type(XLSX_TYPE).send(await toXlsx(rows))
}

async function* rowsOf(
  calls: AsyncIterable<StoredCall>,
  shown: (call: StoredCall) => CallRecord,
): AsyncGenerator<Cell[]> {
  for await (const call of calls) {
    const record = shown(call)
    yield COLUMNS.map(([, cell]) => harmless(cell(record)))
  }
}

function toCsv(rows: AsyncIterable<Cell[]>): Readable {
  // Excel reads UTF-8 only behind a byte order mark.
  const text = stringify({ header: true, columns: COLUMNS.map(([title]) => title), bom: true })
  return Readable.from(rows).compose(text)
}

async function toXlsx(rows: AsyncIterable<Cell[]>): Promise<Buffer> {
  const data: Row[] = [COLUMNS.map(([value]) => ({ value, fontWeight: 'bold' }))]
  for await (const row of rows) {
    if (data.length > MAX_XLSX_ROWS) break
    data.push(row.map(value => (value === null ? null : { value })))
  }
  return await writeExcelFile(data, { stickyRowsCount: 1 }).toBuffer()
}

/** A cell that a spreadsheet would run as a formula is made text. */
function harmless(cell: Cell): Cell {
  return typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) && !/^\+\d+$/.test(cell)
    ? `'${cell}`
    : cell
}

const seconds = (ms: number | null) => (ms === null ? null : Math.round(ms / 100) / 10)
