import { createHmac, timingSafeEqual } from 'node:crypto'
import { deriveKey } from '../secret-key.ts'

/** A link is good for 7 days (contract 2.5), milliseconds. */
const LIFETIME_MS = 7 * 24 * 3600 * 1000

/** What a link opens. */
export interface LinkTarget {
  readonly tokenId: string
  readonly blobKey: string
}

/**
 * What `Links.read` takes, out of a whole link or the path of one, below whatever base a client joined to it: old
 * clients do so in their own ways, slashes doubled, `/download` in front once more (contract 2.5).
 */
export function pathOfLink(link: string): string {
  const [path = ''] = link.split(/[?#]/, 1)
  return path
    .replace(/\/{2,}/g, '/')
    .split('/')
    .slice(-2)
    .join('/')
}

/** Signed links to blobs: nobody can make or alter one without the gateway's key. */
export class Links {
  readonly #key: Buffer
  readonly #now: () => number

  constructor(secretKey: Buffer, now: () => number = Date.now) {
    this.#key = deriveKey(secretKey, 'download links')
    this.#now = now
  }

  /** `/download/<yyyymmdd>/<claims>.<signature>.<extension>`; the day is that of its making, as old links had it. */
  make({ tokenId, blobKey }: LinkTarget, extension: string): string {
    const now = this.#now()
    const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '')
    const claims = Buffer.from(JSON.stringify([tokenId, blobKey, now + LIFETIME_MS])).toString('base64url')
    return `/download/${day}/${claims}.${this.#sign(`${day}/${claims}.${extension}`)}.${extension}`
  }

  /**
   * What the path below `/download/` opens.
   * @returns undefined for a link that was not made here or was altered; `expired` for one whose time is over
   */
  read(path: string): LinkTarget | 'expired' | undefined {
    const parts = /^(\d{8})\/([\w-]{1,512})\.([\w-]{43})\.([a-z0-9]{1,8})$/.exec(path)
    // Every link that is sent is asked whether it is one of ours.
    if (!parts) return undefined
    const [, day = '', claims = '', signature = '', extension = ''] = parts
    const expected = Buffer.from(this.#sign(`${day}/${claims}.${extension}`))
    const given = Buffer.from(signature)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    const [tokenId, blobKey, expiresAt] = JSON.parse(Buffer.from(claims, 'base64url').toString())
    return expiresAt < this.#now() ? 'expired' : { tokenId, blobKey }
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url')
  }
}
