// `Idempotency-Key`: the same request sent again (a lost answer, a nervous finger) gets the first answer, and nothing happens twice.
import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { KeyValue } from '../auth/key-value.ts'
import { Refusal, refuse } from '../errors.ts'

const KEPT_MS = 86_400_000
/** Longer than any command may take. */
const RUNNING_MS = 30_000
const WAIT_MS = 10_000
const LOOK_EVERY_MS = 50

const keptSchema = z.object({ print: z.string(), answer: z.unknown() })

/** Runs at most once per user and key. A refused request may be tried again with the same key. */
export async function once<T>(
  keyValue: KeyValue,
  request: FastifyRequest,
  run: () => Promise<T>,
): Promise<T> {
  const given = request.headers['idempotency-key']
  if (typeof given !== 'string' || given === '') return await run()
  if (given.length > 200)
    throw refuse('BAD_REQUEST', 'Idempotency-Key is longer than 200 characters')
  const print = hash(`${request.method} ${request.url} ${JSON.stringify(request.body ?? null)}`)
  const key = `idempotency/${request.session?.userId ?? ''}/${hash(given)}`
  const claim = await claimed(keyValue, key, print)
  if (claim === 'taken') return (await answerOf(keyValue, key, print)) as T
  if (claim === 'store-away') return await run()
  let answer: T
  try {
    answer = await run()
  } catch (error) {
    await unlessAway(keyValue.remove(key))
    throw error
  }
  await unlessAway(keyValue.set(key, JSON.stringify({ print, answer }), KEPT_MS))
  return answer
}

/** Calls must stay in hand while the store is away, even if a finger that presses twice is then heard twice. */
async function claimed(
  keyValue: KeyValue,
  key: string,
  print: string,
): Promise<'ours' | 'taken' | 'store-away'> {
  const claim = await unlessAway(keyValue.claim(key, JSON.stringify({ print }), RUNNING_MS))
  return claim === undefined ? 'store-away' : claim ? 'ours' : 'taken'
}

async function unlessAway<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Refusal && error.code === 'STORE_AWAY') return undefined
    throw error
  }
}

async function answerOf(keyValue: KeyValue, key: string, print: string): Promise<unknown> {
  const deadline = performance.now() + WAIT_MS
  while (performance.now() < deadline) {
    const [text] = await keyValue.get([key])
    if (!text) break
    const kept = keptSchema.parse(JSON.parse(text))
    if (kept.print !== print)
      throw refuse('BAD_REQUEST', 'this Idempotency-Key was used for another request')
    if (kept.answer !== undefined) return kept.answer
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
  }
  throw refuse(
    'IN_USE',
    'the first request with this Idempotency-Key has not ended, or was refused',
  )
}

const hash = (text: string) => createHash('sha256').update(text).digest('base64url')
