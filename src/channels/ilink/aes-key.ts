import { hex32Of } from './fields.ts'

/** A key as outbound references hold it: base64 of its hex text, not of its bytes (sheet 7.2). */
export function encodeKey(hex: string): string {
  return Buffer.from(hex.toLowerCase(), 'latin1').toString('base64')
}

/**
 * Reads `media.aes_key` (sheet 7.2): base64 of the 16 bytes (form A) or of their hex text (form B).
 * @returns 32 hex digits in lower case, undefined for anything else
 */
export function decodeKey(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/_-]{22,44}={0,2}$/.test(value)) return undefined
  const bytes = Buffer.from(value, 'base64')
  return bytes.length === 16 ? bytes.toString('hex') : hex32Of(bytes.toString('latin1'))
}
