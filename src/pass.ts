import { createHmac, timingSafeEqual } from 'node:crypto'
import { deriveKey } from './secret-key.ts'

const LIFETIME_MS = 10 * 60_000
const MARK = 'pass'

/**
 * Stands for a token for ten minutes. Only who holds the gateway's key can make one: the terminal of the machine it runs
 * on, where the tokens themselves are kept as hashes.
 */
export function makePass(secretKey: Buffer, tokenId: string, now: number = Date.now()): string {
  const claims = `${MARK}.${tokenId}.${(now + LIFETIME_MS).toString(36)}`
  return `${claims}.${sign(secretKey, claims)}`
}

/** Whether it has a pass's form; no token has. */
export const isPass = (text: string): boolean => text.startsWith(`${MARK}.`)

/** The token that a pass stands for; undefined for what is no pass, was altered, or is over. */
export function readPass(secretKey: Buffer, pass: string, now: number = Date.now()): string | undefined {
  const [mark, tokenId = '', expiry = '', signature = '', ...more] = pass.split('.')
  if (mark !== MARK || more.length > 0) return undefined
  const expected = Buffer.from(sign(secretKey, `${MARK}.${tokenId}.${expiry}`))
  const given = Buffer.from(signature)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  return Number.parseInt(expiry, 36) > now ? tokenId : undefined
}

function sign(secretKey: Buffer, claims: string): string {
  return createHmac('sha256', deriveKey(secretKey, 'passes')).update(claims).digest('base64url')
}
