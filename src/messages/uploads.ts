import type { Credentials, OutgoingFile, RemoteChannel } from '../channels/channel.ts'
import type { Database } from '../database/database.ts'
import { Flights } from '../media/flights.ts'
import type { Media } from '../media/media.ts'
import { metered } from '../media/outgoing.ts'
import { type Progress, unlessAborted, unwatched } from '../media/progress.ts'

const HOUR_MS = 3_600_000

export interface UploadsDeps {
  readonly database: Database
  /** Media as a driver takes them. */
  readonly outgoing: (media: Media) => OutgoingFile
  /** How long a reference is used again, hours. */
  readonly referenceHours: number
  readonly observe: (result: 'uploaded' | 'reused') => void
}

export interface UploadTo {
  readonly appId: string
  readonly toWxid: string
  readonly channel: RemoteChannel
  readonly credentials: Credentials
}

/** Where a media's bytes are on the network's CDN. */
export interface Uploaded {
  readonly reference: string
  /** Whether an older upload serves once more; it may have gone stale. */
  readonly reused: boolean
}

/** Moves media to a device's network, once for all sends while the network keeps them. */
export class Uploads {
  readonly #deps: UploadsDeps
  readonly #flights = new Flights<string>(() => Promise.resolve())

  constructor(deps: UploadsDeps) {
    this.#deps = deps
  }

  /** Media as a driver takes them. */
  outgoing(media: Media): OutgoingFile {
    return this.#deps.outgoing(media)
  }

  /**
   * Sends of the same media at once share one upload, and a caller that hangs up leaves it to the next.
   * @throws {GatewayError} what RemoteChannel.upload throws, or send_cancelled
   */
  async reference(to: UploadTo, media: Media, progress: Progress = unwatched): Promise<Uploaded> {
    const { observe } = this.#deps
    const kept = await this.#find(to.appId, media.fileId)
    if (kept !== undefined) {
      observe('reused')
      return { reference: kept, reused: true }
    }
    const lease = this.#flights.join(`${to.appId} ${media.fileId}`, async (signal, meter) => {
      const { channel, credentials, toWxid } = to
      const file = metered(this.#deps.outgoing(media), meter)
      const reference = await channel.upload(credentials, toWxid, file, signal)
      observe('uploaded')
      await this.#keep(to.appId, media.fileId, reference)
      return reference
    })
    try {
      progress.stage('upload', lease.meter)
      return { reference: await unlessAborted(progress.signal, lease.result), reused: false }
    } finally {
      await lease.release()
    }
  }

  /** The network no longer takes this reference. */
  async forget(appId: string, fileId: string, reference: string): Promise<void> {
    await this.#deps.database.sql
      .deleteFrom('uploads')
      .where('app_id', '=', appId)
      .where('file_id', '=', fileId)
      .where('reference', '=', reference)
      .execute()
  }

  async #find(appId: string, fileId: string): Promise<string | undefined> {
    const row = await this.#deps.database.sql
      .selectFrom('uploads')
      .select('reference')
      .where('app_id', '=', appId)
      .where('file_id', '=', fileId)
      .where('uploaded_at', '>', Date.now() - this.#deps.referenceHours * HOUR_MS)
      .executeTakeFirst()
    return row?.reference
  }

  async #keep(appId: string, fileId: string, reference: string): Promise<void> {
    const changes = { reference, uploaded_at: Date.now() }
    await this.#deps.database.sql
      .insertInto('uploads')
      .values({ app_id: appId, file_id: fileId, ...changes })
      .onConflict((conflict) => conflict.columns(['app_id', 'file_id']).doUpdateSet(changes))
      .execute()
  }
}
