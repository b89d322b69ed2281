// Structured logs. Fixed lower-case phrases; values in fields; nothing that names a person.
import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'

export type Log = Logger

/** Fields never written, at any of the first three levels. */
const SECRET = [
  'number',
  'caller',
  'callee',
  'withNumber',
  'to',
  'phoneNumber',
  'networkAddress',
  'name',
  'callerName',
  'displayName',
  'notes',
  'digits',
  'digit',
  'transcript',
  'text',
  'spoken',
  'words',
  'password',
  'secret',
  'token',
  'ha1',
  'cookie',
  'authorization',
  'sdp',
]
const paths = SECRET.flatMap(field => [field, `*.${field}`, `*.*.${field}`])

export function createLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: { pid: process.pid },
    redact: { paths: [...paths, 'req.headers["set-cookie"]'], censor: '***' },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: () => `,"at":"${new Date().toISOString()}"`,
  }
  return destination ? pino(options, destination) : pino(options)
}
