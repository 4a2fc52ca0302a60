import { createDecipheriv } from 'node:crypto'
import type { Blobs } from '../blobs/blobs.ts'
import type { Row } from '../database/tables.ts'
import { GatewayError } from '../errors.ts'
import type { Fetched } from '../outbound/outbound.ts'
import type { Digests } from './digests.ts'
import { createSeal } from './seal.ts'
import { sniffBytes } from './sniff.ts'
import { StagedBody } from './staged-body.ts'

/** Reads a received file from its network; the whole of it or nothing is staged. */
export interface RemoteIntake {
  readonly blobs: Blobs
  readonly digests: Digests
}

type RemoteRow = Pick<Row<'remote_files'>, 'aes_key' | 'sealed' | 'md5'>

/** Passes bytes on as they are to be kept, and hands each plain piece to `seen`. */
interface Passage {
  pass(chunk: Buffer): { readonly kept: Buffer; readonly plain: Buffer }
  end(): { readonly kept: Buffer; readonly plain: Buffer }
}

/**
 * Stages the bytes of a received file. The network's CDN seals just as we do, so what lies sealed there is kept as it
 * comes, and only opened on the side for its digests; what lies open is sealed.
 * @returns what is staged, and its first plain bytes
 * @throws {GatewayError} fetch_*, storage_*; fetch_interrupted too for bytes that the key does not open
 */
export async function takeRemote(
  { blobs, digests }: RemoteIntake,
  row: RemoteRow,
  fetched: Fetched,
): Promise<{ readonly body: StagedBody; readonly head: Buffer }> {
  const passage = row.sealed === 1 ? opening(row.aes_key) : sealing(row.aes_key)
  const digest = digests.start()
  const heads: Buffer[] = []
  let length = 0
  const take = async (plain: Buffer) => {
    if (length < sniffBytes) heads.push(Buffer.from(plain.subarray(0, sniffBytes - length)))
    length += plain.length
    const busy = plain.length === 0 ? undefined : digest.update(plain)
    if (busy) await busy
  }
  const sealed = async function* () {
    for await (const chunk of fetched.body) {
      const { kept, plain } = passage.pass(chunk)
      await take(plain)
      if (kept.length > 0) yield kept
    }
    const { kept, plain } = passage.end()
    await take(plain)
    if (kept.length > 0) yield kept
  }
  try {
    const staged = await blobs.stage(sealed())
    try {
      const digested = await digest.finish()
      if (row.md5 !== null && row.md5 !== digested.md5) throw damaged()
      const facts = {
        staged,
        aesKey: row.aes_key,
        length,
        digests: digested,
        validators: { etag: null, lastModified: null },
      }
      return { body: new StagedBody(blobs, facts), head: Buffer.concat(heads) }
    } catch (error) {
      await staged.discard()
      throw error
    }
  } finally {
    digest.drop()
    fetched.cancel()
  }
}

function opening(aesKey: string): Passage {
  const decipher = createDecipheriv('aes-128-ecb', Buffer.from(aesKey, 'hex'), null)
  return {
    pass: (chunk) => ({ kept: chunk, plain: decipher.update(chunk) }),
    end() {
      try {
        return { kept: Buffer.alloc(0), plain: decipher.final() }
      } catch (error) {
        throw damaged(error)
      }
    },
  }
}

function sealing(aesKey: string): Passage {
  const seal = createSeal(aesKey)
  return {
    pass: (chunk) => ({ kept: seal.update(chunk), plain: chunk }),
    end: () => ({ kept: seal.final(), plain: Buffer.alloc(0) }),
  }
}

/** All sealed bytes, opened in memory: for a thumbnail. @throws {GatewayError} fetch_interrupted */
export function openWhole(sealed: Buffer, aesKey: string): Buffer {
  const { pass, end } = opening(aesKey)
  return Buffer.concat([pass(sealed).plain, end().plain])
}

function damaged(cause?: unknown): GatewayError {
  return new GatewayError('fetch_interrupted', {
    reason: '从微信 CDN 取回的内容与它的密钥或 md5 不符，可能不完整，请稍后重试',
    cause,
  })
}
