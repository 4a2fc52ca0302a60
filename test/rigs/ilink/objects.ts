import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { newHex, newOpaque } from './ids.ts'
import type { Spool, Spooled } from './spool.ts'

/** What getuploadurl was told of bytes to come, and the permit it gave for them. */
export interface Permit {
  readonly param: string
  readonly taskid: string
  readonly filekey: string
  readonly part: 'main' | 'thumb'
  /** 1 image, 2 video, 3 file, 4 voice. */
  readonly mediaType: number
  /** Hex. */
  readonly key: string
  readonly rawSize: number
  readonly sealedSize: number
  readonly md5: string
  used: boolean
}

/** Something on the CDN. */
export interface CdnObject {
  /** What downloads it: the `x-encrypted-param` of its upload. */
  readonly param: string
  readonly taskid: string
  readonly origin: 'upload' | 'phone'
  readonly part: 'main' | 'thumb'
  readonly mediaType: number
  readonly key: string
  readonly rawSize: number
  readonly sealedSize: number
  readonly md5: string
  /** Absent when the rig does not keep uploads. */
  readonly sealed?: Spooled
  /** Why a phone cannot make anything of it. */
  readonly damage?: string
  /** Taken off the CDN; the phones that showed it still do. */
  stale: boolean
}

/** What lies on the CDN and what may be put there. */
export function createObjects(spool: Spool) {
  const permits = new Map<string, Permit>()
  const objects = new Map<string, CdnObject>()
  const filekeys = new Set<string>()

  function add(object: Omit<CdnObject, 'param' | 'stale'>): CdnObject {
    const made = { ...object, param: newOpaque(), stale: false }
    objects.set(made.param, made)
    return made
  }

  return {
    /** Whether no upload had this key before; remembers it. */
    freshFilekey(filekey: string): boolean {
      const fresh = !filekeys.has(filekey)
      filekeys.add(filekey)
      return fresh
    },
    permit(wanted: Omit<Permit, 'param' | 'taskid' | 'used'>): Permit {
      const made = { ...wanted, param: newOpaque(), taskid: newHex(8), used: false }
      permits.set(made.param, made)
      return made
    },
    permitOf: (param: string) => permits.get(param),
    /** What an upload became. */
    store(permit: Permit, sealed: Spooled | undefined, damage: string | undefined): CdnObject {
      const { taskid, part, mediaType, key, rawSize, sealedSize, md5 } = permit
      const facts = { taskid, part, mediaType, key, rawSize, sealedSize, md5 }
      return add({
        ...facts,
        origin: 'upload',
        ...(sealed ? { sealed } : {}),
        ...(damage === undefined ? {} : { damage }),
      })
    },
    /** What a phone sends lies on the CDN before the bot hears of it. */
    put(bytes: Buffer, plain = false): CdnObject {
      const key = newHex(16)
      const sealed = plain ? bytes : seal(bytes, key)
      return add({
        origin: 'phone',
        taskid: newHex(8),
        part: 'main',
        mediaType: 0,
        key,
        rawSize: bytes.length,
        sealedSize: sealed.length,
        md5: createHash('md5').update(bytes).digest('hex'),
        sealed: spool.hold(sealed),
      })
    },
    get: (param: string) => objects.get(param),
    expireUploads(): void {
      for (const object of objects.values()) object.stale ||= object.origin === 'upload'
    },
  }
}

export type Objects = ReturnType<typeof createObjects>

function seal(bytes: Buffer, key: string): Buffer {
  const cipher = createCipheriv('aes-128-ecb', Buffer.from(key, 'hex'), null)
  return Buffer.concat([cipher.update(bytes), cipher.final()])
}

/** The plain bytes; `undefined` when they were not kept or the key does not open them. */
export function openedBytes(object: CdnObject): Buffer | undefined {
  if (!object.sealed) return undefined
  const decipher = createDecipheriv('aes-128-ecb', Buffer.from(object.key, 'hex'), null)
  try {
    return Buffer.concat([decipher.update(object.sealed.readAll()), decipher.final()])
  } catch {
    return undefined
  }
}
