import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect } from 'vitest'
import type { Blobs } from '../../src/blobs/blobs.ts'
import { openDiskBlobs } from '../../src/blobs/disk.ts'
import type { Database, Statement } from '../../src/database/database.ts'
import type { Log } from '../../src/log.ts'
import { type Digests, startDigests } from '../../src/media/digests.ts'
import { Intakes } from '../../src/media/intakes.ts'
import { Links } from '../../src/media/links.ts'
import type { BlobFacts, Media } from '../../src/media/media.ts'
import { openPlain } from '../../src/media/plain.ts'
import { Turns } from '../../src/media/turns.ts'
import type { Outbound } from '../../src/outbound/outbound.ts'
import { addToken, openDoor, secretKey } from '../rigs/callback-world.ts'
import { type Origin, startOrigin } from '../rigs/origin.ts'

/** Rows and blobs of the tokens `tok` and `other`, an origin, and the parts that bring bytes in. */
export interface MediaWorld {
  readonly database: Database
  readonly blobs: Blobs
  readonly origin: Origin
  readonly outbound: Outbound
  readonly intakes: Intakes
  readonly links: Links
  readonly digests: Digests
  readonly log: Log
  /** Every file below the folder of blobs, staged ones included. */
  files(): Promise<string[]>
  /** The plain bytes of a blob, opened with the key of its media. */
  plain(media: Media, blob: BlobFacts | undefined): Promise<Buffer>
  /** Asserts that neither a row nor a file is there. */
  expectNothing(): Promise<void>
  close(): Promise<void>
}

/** Intakes that no test comes near. */
export const unlimitedIntakes = () =>
  new Intakes({ tokenIntakes: 10_000, tokenBytesInFlight: 1e12 }, new Turns())

export async function startMediaWorld(database: Database): Promise<MediaWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'hongyan-media-'))
  const blobs = await openDiskBlobs(folder)
  const [origin, outbound, digests] = [await startOrigin(), openDoor(), startDigests()]
  for (const token of ['tok', 'other']) await addToken(database, token)
  const files = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  }
  return {
    database,
    blobs,
    origin,
    outbound,
    intakes: unlimitedIntakes(),
    links: new Links(secretKey),
    digests,
    log: pino({ level: 'silent' }),
    files,
    async plain({ aesKey }, blob) {
      if (!blob) throw new Error('there is no such blob')
      const parts: Buffer[] = []
      const range = { start: 0, end: blob.length }
      for await (const part of openPlain(blobs, { key: blob.key, aesKey }, range)) parts.push(part)
      return Buffer.concat(parts)
    },
    async expectNothing() {
      expect(await files()).toEqual([])
      for (const table of ['blobs', 'media', 'sources'] as const) {
        expect(await database.sql.selectFrom(table).selectAll().execute()).toEqual([])
      }
    },
    async close() {
      await origin.close()
      await outbound.close()
      await digests.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What a send does with media: its rows and those of the message in one unit. */
export function keepIn(database: Database) {
  return async (media: Media, statements: readonly Statement[]): Promise<Media> => {
    if (statements.length > 0) await database.atomically(statements)
    return media
  }
}

/** Bytes that are the same in every run and look like nothing known. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    bytes[at] = 0x80 | (state >> 16)
  }
  return bytes
}
