import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { deriveKey } from './secret-key.ts'

const VERSION = 'v1.'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Seals short secrets for the database: AES-256-GCM under a key that no row holds. */
export class Vault {
  readonly #key: Buffer

  constructor(secretKey: Buffer) {
    this.#key = deriveKey(secretKey, 'credentials at rest')
  }

  /** @param place what the secret belongs to; it opens nowhere else, so that rows cannot be exchanged */
  seal(text: string, place: string): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(place))
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `${VERSION}${sealed.toString('base64url')}`
  }

  /** @returns undefined for what was sealed under another key or for another place, or was altered */
  open(sealed: string, place: string): string | undefined {
    if (!sealed.startsWith(VERSION)) return undefined
    const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url')
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(place))
        .setAuthTag(bytes.subarray(-TAG_BYTES))
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
      return Buffer.concat([text, decipher.final()]).toString('utf8')
    } catch {
      return undefined
    }
  }
}
