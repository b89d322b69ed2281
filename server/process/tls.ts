// Browsers give a microphone to secure pages only, so a host that others can reach speaks TLS, with a generated certificate if need be.
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { isLoopback } from './loopback.ts'
import type { Config } from '../config.ts'
import { CannotStart } from './cannot-start.ts'

export interface Certificate {
  readonly cert: string
  readonly key: string
}

const DAY_MS = 86_400_000
const LIFETIME_DAYS = 397 // Browsers refuse longer ones.
const RENEW_BEFORE_DAYS = 30

/** Undefined on a loopback host without a certificate: plain HTTP, which browsers trust there. */
export async function certificateOf(
  config: Config,
  now: () => number,
): Promise<Certificate | undefined> {
  const given = config.web.certificate
  if (given) return readPair(given.certFile, given.keyFile)
  if (isLoopback(config.web.host)) return undefined
  const folder = join(config.dataDir, 'tls')
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const names = namesOf(config)
  if (existsSync(certFile) && existsSync(keyFile)) {
    const kept = readPair(certFile, keyFile)
    if (fits(kept, names, now())) return kept
  }
  const made = await makeCertificate(names, now())
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(keyFile, made.key, { mode: 0o600 })
  writeFileSync(certFile, made.cert, { mode: 0o644 })
  return made
}

/** Everything a browser may write into its address line. */
function namesOf(config: Config): string[] {
  const own = Object.values(networkInterfaces()).flatMap(list =>
    (list ?? []).map(one => one.address),
  )
  const host = config.web.host
  const all = ['localhost', hostname(), host, config.publicAddress ?? '', ...own]
  return [...new Set(all.map(name => name.split('%')[0] ?? ''))].filter(
    name => name !== '' && name !== '0.0.0.0' && name !== '::',
  )
}

async function makeCertificate(names: readonly string[], at: number): Promise<Certificate> {
  // Needed once in years, and takes a while to load.
  const { generate } = await import('selfsigned')
  const pair = await generate(
    [{ name: 'commonName', value: names.find(name => isIP(name) === 0) ?? 'localhost' }],
    {
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      notBeforeDate: new Date(at - DAY_MS),
      notAfterDate: new Date(at + (LIFETIME_DAYS - 1) * DAY_MS),
      extensions: [
        { name: 'basicConstraints', cA: false },
        { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          // GeneralName (RFC 5280 §4.2.1.6): 2 is a DNS name, 7 an IP address.
          altNames: names.map(name =>
            isIP(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name },
          ),
        },
      ],
    },
  )
  return { cert: pair.cert, key: pair.private }
}

function fits({ cert }: Certificate, names: readonly string[], at: number): boolean {
  const parsed = new X509Certificate(cert)
  const lasts = Date.parse(parsed.validTo) - at > RENEW_BEFORE_DAYS * DAY_MS
  return (
    lasts &&
    names.every(name => (isIP(name) ? parsed.checkIP(name) : parsed.checkHost(name)) !== undefined)
  )
}

function readPair(certFile: string, keyFile: string): Certificate {
  try {
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CannotStart(`HOTLINE_TLS_CERT or HOTLINE_TLS_KEY can't be read: ${reason}.`, {
      cause: error,
    })
  }
}
