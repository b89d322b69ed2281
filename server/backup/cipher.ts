// AES-256-GCM with a key from the operator's key file. Layout: magic, salt, nonce, cipher text, tag.
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { open, readFile, stat } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { Transform } from 'node:stream'
import { promisify } from 'node:util'

const MAGIC = Buffer.from('HOTLINE1')
const SALT_BYTES = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEADER_BYTES = MAGIC.length + SALT_BYTES + NONCE_BYTES
const LEAST_SECRET = 16
const derive = promisify(scrypt) as (secret: Buffer, salt: Buffer, bytes: number) => Promise<Buffer>

/** @throws one sentence when there is none or it is too short to be one. */
export async function readKeyFile(path: string): Promise<Buffer> {
  const secret = await readFile(path).catch((err: unknown) => {
    throw new Error(`the key file ${path} can't be read`, { cause: err })
  })
  const trimmed = Buffer.from(secret.toString('latin1').trim(), 'latin1')
  if (trimmed.length < LEAST_SECRET)
    throw new Error(`the key file ${path} must hold at least ${LEAST_SECRET} characters`)
  return trimmed
}

export async function encrypting(secret: Buffer): Promise<Transform> {
  const salt = randomBytes(SALT_BYTES)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', await derive(secret, salt, 32), nonce)
  let begun = false
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      if (!begun) this.push(Buffer.concat([MAGIC, salt, nonce]))
      begun = true
      done(null, cipher.update(piece))
    },
    flush(done) {
      if (!begun) this.push(Buffer.concat([MAGIC, salt, nonce]))
      this.push(cipher.final())
      this.push(cipher.getAuthTag())
      done()
    },
  })
}

/** What was encrypted. Its end fails when the key is wrong or a byte was changed: use nothing of it before its end. */
export async function decrypted(path: string, secret: Buffer): Promise<NodeJS.ReadableStream> {
  const { size } = await stat(path)
  const file = await open(path)
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    const tag = Buffer.alloc(TAG_BYTES)
    if (size < HEADER_BYTES + TAG_BYTES) throw new Error(`${path} is no encrypted file of ours`)
    await file.read(header, 0, HEADER_BYTES, 0)
    await file.read(tag, 0, TAG_BYTES, size - TAG_BYTES)
    if (!header.subarray(0, MAGIC.length).equals(MAGIC))
      throw new Error(`${path} is no encrypted file of ours`)
    const salt = header.subarray(MAGIC.length, MAGIC.length + SALT_BYTES)
    const nonce = header.subarray(MAGIC.length + SALT_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', await derive(secret, salt, 32), nonce)
    decipher.setAuthTag(tag)
    const end = size - TAG_BYTES - 1
    const body = createReadStream(path, { start: HEADER_BYTES, end: Math.max(HEADER_BYTES, end) })
    body.on('error', err => decipher.destroy(err))
    return body.pipe(decipher)
  } finally {
    await file.close()
  }
}
