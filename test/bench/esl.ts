// How many events a second each event socket client reads: ours against modesl, same bytes, same chunks, no network.
import { createRequire } from 'node:module'
import { EventEmitter } from 'node:events'
import { toEslEvent } from '../../telephony/esl/event.ts'
import { createFrameParser } from '../../telephony/esl/frame.ts'
import { translate } from '../../telephony/esl/translate.ts'
import { table } from './figures.ts'

interface ModeslParser extends EventEmitter {
  on(
    name: 'esl::event',
    listener: (event: { getHeader(name: string): string | null }) => void,
  ): this
}
const require = createRequire(import.meta.url)
const { Parser } = require('modesl') as { Parser: new (socket: EventEmitter) => ModeslParser }

const EVENT_COUNT = 1000
const ROUND_COUNT = 3
/** What a socket hands over at once: about one event when quiet, 64 KB when the switch is ahead of us. */
const CHUNKS_BYTES = [8192, 65_536]

/** A CHANNEL_ANSWER of about `bytes`, as FreeSWITCH writes it: most headers are channel variables. */
const eventOf = (bytes: number, format: 'plain' | 'json') => {
  const headers: [string, string][] = [
    ['Event-Name', 'CHANNEL_ANSWER'],
    ['Event-Date-Timestamp', '1766332800123456'],
    ['Unique-ID', '5f8c3c1e-7f0e-4c46-8b0c-0123456789ab'],
    ['Call-Direction', 'inbound'],
    ['variable_hotline_call', '5f8c3c1e-7f0e-4c46-8b0c-0123456789ab'],
  ]
  const text = () =>
    format === 'json'
      ? JSON.stringify(Object.fromEntries(headers))
      : `${headers.map(([name, value]) => `${name}: ${encodeURIComponent(value)}`).join('\n')}\n\n`
  for (let n = 0; text().length < bytes; n++) {
    headers.push([
      `variable_name_${n}`,
      n % 4 === 0 ? `sip:${n}@10.0.0.1:5060;transport=tcp` : `value-${n}-abcdefghij`,
    ])
  }
  const body = text()

  return Buffer.from(
    `Content-Length: ${Buffer.byteLength(body)}\nContent-Type: text/event-${format}\n\n${body}`,
  )
}

const chunksOf = (event: Buffer, chunkBytes: number) => {
  const all = Buffer.concat(Array.from({ length: EVENT_COUNT }, () => event))

  return Array.from({ length: Math.ceil(all.length / chunkBytes) }, (_, n) =>
    all.subarray(n * chunkBytes, (n + 1) * chunkBytes),
  )
}

const ours = (chunks: Buffer[]) => {
  const parser = createFrameParser()
  let count = 0
  for (const chunk of chunks)
    for (const frame of parser.push(chunk)) count += translate(toEslEvent(frame.body)).length

  return count
}

const modesl = (chunks: Buffer[]) => {
  const socket = new EventEmitter()
  const parser = new Parser(socket)
  let count = 0
  parser.on('esl::event', event => {
    if (event.getHeader('Unique-ID')) count++
  })
  for (const chunk of chunks) socket.emit('data', chunk)

  return count
}

const perSecond = (read: (chunks: Buffer[]) => number, chunks: Buffer[]) => {
  const start = process.hrtime.bigint()
  const count = read(chunks)
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  if (count !== EVENT_COUNT) throw new Error(`read ${count} of ${EVENT_COUNT} events`)

  return Math.round(count / seconds)
}

const median = (values: number[]) =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const compare = (eventBytes: number, chunkBytes: number) => {
  const chunks = chunksOf(eventOf(eventBytes, 'plain'), chunkBytes)
  const rounds = Array.from(
    { length: ROUND_COUNT },
    () => [perSecond(ours, chunks), perSecond(modesl, chunks)] as const,
  )
  const [own, peer] = [median(rounds.map(round => round[0])), median(rounds.map(round => round[1]))]

  return {
    eventBytes,
    chunkBytes,
    'ours/s': own,
    'modesl/s': peer,
    ratio: Math.round((own / peer) * 10) / 10,
  }
}

export async function run(): Promise<object> {
  const rows = [7200, 14_600].flatMap(eventBytes =>
    CHUNKS_BYTES.map(chunkBytes => compare(eventBytes, chunkBytes)),
  )
  console.log(table(rows))
  return { events: EVENT_COUNT, rounds: ROUND_COUNT, rows }
}
