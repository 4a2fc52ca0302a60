import type { Database } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import { readFileId } from '../media/file-id.ts'
import type { Media } from '../media/media.ts'
import { findMedia } from '../media/queries.ts'
import { readVideoReference } from './videomsg.ts'

/** Recently forwarded media, by the very XML: forwarding one video to many people is what forwarding is for. */
const MAX_REMEMBERED = 1000
/** Longer texts are read anew each time: a thousand of them would be memory that one caller can fill. */
const MAX_XML_REMEMBERED = 4096

/** Finds the media that a message's XML, or a caller's own words, point at. */
export class References {
  readonly #database: Database
  readonly #remembered = new Map<string, Media>()

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Media never change, so what an XML text led to is remembered; that they are still there is checked when the message
   * is stored.
   * @throws {GatewayError} xml_invalid, media_unknown, media_key_mismatch
   */
  async byXml(tokenId: string, xml: string): Promise<Media> {
    const key = `${tokenId} ${xml}`
    const remembered = this.#remembered.get(key)
    if (remembered) return remembered
    const reference = readVideoReference(xml)
    const media = await this.byFileId(tokenId, reference.fileId, reference.aesKey)
    if (xml.length > MAX_XML_REMEMBERED) return media
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const [oldest = ''] = this.#remembered.keys()
      this.#remembered.delete(oldest)
    }
    this.#remembered.set(key, media)
    return media
  }

  /** @throws {GatewayError} media_unknown, media_key_mismatch */
  async byFileId(tokenId: string, fileId: string, aesKey: string): Promise<Media> {
    const media = await findMedia(this.#database, tokenId, fileId.toLowerCase())
    if (!media) throw new GatewayError('media_unknown', { reason: unknownReason(fileId) })
    if (aesKey.toLowerCase() !== media.aesKey) {
      throw new GatewayError('media_key_mismatch', {
        reason: 'aeskey 与 cdnvideourl 不是同一次发送返回的，请使用同一个返回结果里的 aesKey 和 fileId',
      })
    }
    return media
  }

  /** Something went away; what is remembered may be wrong. */
  forget(): void {
    this.#remembered.clear()
  }
}

function unknownReason(fileId: string): string {
  return readFileId(fileId)
    ? '这个 cdn 文件不在本网关，或不属于当前 token；请使用本网关 postVideo 返回的 fileId，或先用 postVideo 发送一次'
    : 'cdnvideourl（fileId）不是有效的 cdn 文件标识，请使用本网关 postVideo 返回的 fileId'
}
