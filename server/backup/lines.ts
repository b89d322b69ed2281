// Lines of a compressed stream; split at line feeds only, since readline also splits at U+2028, which rows may hold.
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { decrypted } from './cipher.ts'

export async function* zippedLines(source: NodeJS.ReadableStream): AsyncIterable<string> {
  const text = createGunzip()
  source.on('error', (err: Error) => text.destroy(err))
  source.pipe(text)
  text.setEncoding('utf8')
  let rest = ''
  for await (const piece of text as AsyncIterable<string>) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

export const linesOfFile = (path: string): AsyncIterable<string> =>
  zippedLines(createReadStream(path))

/** @throws one sentence, at its end at the latest, when the key is wrong or a byte was changed. */
export async function* decryptedLines(path: string, secret: Buffer): AsyncIterable<string> {
  try {
    yield* zippedLines(await decrypted(path, secret))
  } catch (err) {
    throw new Error(`${path} can't be decrypted: the key is another one, or the file was changed`, {
      cause: err,
    })
  }
}
