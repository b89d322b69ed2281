import { randomBytes, randomInt } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

/** OWASP's least for argon2id: 19 MiB, two passes. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
/** Without letters and digits that people confuse. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const LENGTH = 14 // 81 bits

export const hashPassword = (password: string): Promise<string> => hash(password, COST)
export const isPassword = (passwordHash: string, password: string): Promise<boolean> =>
  verify(passwordHash, password)

export const generatePassword = (): string =>
  Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')

export const generateSecret = (): string => randomBytes(24).toString('base64url')
