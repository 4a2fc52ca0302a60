import type { Config } from '../config.ts'
import { isFault } from '../database/database.ts'
import type { Row } from '../database/tables.ts'
import type { Log } from '../log.ts'
import type { Fetched } from '../outbound/outbound.ts'
import type { Digests } from './digests.ts'
import { Flights } from './flights.ts'
import { Gate } from './gate.ts'
import { takeRemote } from './intake-remote.ts'
import { placeThumb } from './keep-thumb.ts'
import { type Media, mediaOf, playSeconds } from './media.ts'
import { findMedia, insertBlob, insertMedia } from './queries.ts'
import { measureRemote, type RemoteFacts } from './remote-facts.ts'
import type { StagedBody } from './staged-body.ts'
import { type BlobRow, isKnownBlob, type Store } from './store.ts'

/** ffmpeg processes at once. */
const FRAMES_AT_ONCE = 2

export interface RemoteMediaDeps extends Store {
  readonly digests: Digests
  readonly config: Pick<Config, 'maxFileBytes' | 'maxThumbBytes' | 'ffmpeg'>
  readonly log: Log
  /** Opens what a locator names, for the device that received it. */
  readonly open: (
    appId: string,
    locator: string,
    options: { readonly maxBytes: number; readonly signal: AbortSignal },
  ) => Promise<Fetched>
}

export interface RemoteMedia {
  /**
   * The media of a received file, fetched from its network when nobody has asked for it before. Whoever asks at the same
   * time shares the fetch.
   * @throws {GatewayError} fetch_*, storage_*
   */
  find(tokenId: string, fileId: string): Promise<Media | undefined>
}

type RemoteRow = Row<'remote_files'>

/** Received files wait on the network's CDN until somebody wants them. */
export function createRemoteMedia(deps: RemoteMediaDeps): RemoteMedia {
  const { database } = deps
  const frames = new Gate(FRAMES_AT_ONCE)
  const flights = new Flights<Media>(() => Promise.resolve())

  const fetch = async (row: RemoteRow, signal: AbortSignal): Promise<Media> => {
    const { maxFileBytes: maxBytes } = deps.config
    const fetched = await deps.open(row.app_id, row.locator, { maxBytes, signal })
    const { body, head } = await takeRemote(deps, row, fetched)
    try {
      const facts = await measureRemote({ ...deps, frames }, row, body, head, signal)
      const media = await keep(deps, row, body, facts)
      body.kept = media.body.key === (await body.placed())
      return media
    } finally {
      await body
        .dispose((key) => isKnownBlob(deps, row.token_id, key))
        .catch((error: unknown) => deps.log.warn({ err: error }, 'staged bytes were not taken back'))
    }
  }

  return {
    async find(tokenId, fileId) {
      const row = await database.sql
        .selectFrom('remote_files')
        .selectAll()
        .where('file_id', '=', fileId)
        .where('token_id', '=', tokenId)
        .executeTakeFirst()
      if (!row) return findMedia(database, tokenId, fileId)
      const lease = flights.join(fileId, async (signal) => {
        return (await findMedia(database, tokenId, fileId)) ?? (await fetch(row, signal))
      })
      try {
        return await lease.result
      } finally {
        await lease.release()
      }
    },
  }
}

/** Body, thumbnail and media become rows together; another process that was quicker has made the same. */
async function keep(store: Store, row: RemoteRow, body: StagedBody, facts: RemoteFacts): Promise<Media> {
  const { database, blobs } = store
  const bodyRow = await bodyRowOf(row, body, facts)
  const thumbRow = facts.thumb && (await placeThumb(store, bodyRow, facts.thumb))
  const now = Date.now()
  const media: Row<'media'> = {
    file_id: row.file_id,
    token_id: row.token_id,
    kind: row.kind,
    name: row.name,
    aes_key: row.aes_key,
    body_key: bodyRow.blob_key,
    thumb_key: thumbRow?.blob_key ?? null,
    play_seconds: secondsOf(row, facts),
    created_at: now,
    last_used_at: now,
  }
  try {
    await database.atomically([
      insertBlob(database, bodyRow),
      ...(thumbRow ? [insertBlob(database, thumbRow)] : []),
      insertMedia(database, media),
    ])
    return mediaOf(media, bodyRow, thumbRow)
  } catch (error) {
    if (thumbRow && !(await isKnownBlob(store, row.token_id, thumbRow.blob_key))) {
      await blobs.delete(thumbRow.blob_key)
    }
    const made = isFault(error, 'unique') ? await findMedia(database, row.token_id, row.file_id) : undefined
    if (!made) throw error
    return made
  }
}

function secondsOf(row: RemoteRow, { durationMs }: RemoteFacts): number {
  const told = (row.duration_ms ?? 0) / 1000
  if (row.kind === 'video') return playSeconds(durationMs ?? null, told)
  return row.kind === 'voice' ? Math.max(1, Math.round(told)) : 0
}

async function bodyRowOf(row: RemoteRow, body: StagedBody, facts: RemoteFacts): Promise<BlobRow> {
  const { length, digests } = body.facts
  return {
    blob_key: await body.place(),
    token_id: row.token_id,
    kind: row.kind,
    sha256: digests.sha256,
    md5: digests.md5,
    length,
    aes_key: row.aes_key,
    sealed_for: row.file_id,
    mime: facts.type.mime,
    extension: facts.type.extension,
    duration_ms: facts.durationMs ?? null,
    width: facts.width ?? null,
    height: facts.height ?? null,
    video_codec: facts.videoCodec ?? null,
    audio_codec: facts.audioCodec ?? null,
    created_at: Date.now(),
  }
}
