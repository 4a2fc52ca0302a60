import type { Database } from '../database/database.ts'
import type { MediaKind } from '../database/tables-media.ts'
import { GatewayError } from '../errors.ts'
import { readFileId } from '../media/file-id.ts'
import type { Media } from '../media/media.ts'
import { findMedia } from '../media/queries.ts'
import type { RemoteMedia } from '../media/remote.ts'
import { mediaNodes } from './media-nodes.ts'
import { readReferenceOf } from './reference.ts'

/** Recently forwarded media, by the very XML: forwarding one video to many people is what forwarding is for. */
const MAX_REMEMBERED = 1000
/** Longer texts are read anew each time: a thousand of them would be memory that one caller can fill. */
const MAX_XML_REMEMBERED = 4096

/** Finds the media that a message's XML, or a caller's own words, point at. */
export class References {
  readonly #database: Database
  readonly #remote: RemoteMedia
  readonly #remembered = new Map<string, Media>()

  constructor(database: Database, remote: RemoteMedia) {
    this.#database = database
    this.#remote = remote
  }

  /**
   * Media never change, so what an XML text led to is remembered; that they are still there is checked when the message
   * is stored. Media that wait on a network's CDN are fetched.
   * @param verb what the caller wants with them, for the reason
   * @throws {GatewayError} xml_invalid, media_unknown, media_key_mismatch, fetch_*
   */
  async byXml(tokenId: string, kind: MediaKind, xml: string, verb: 'download' | 'forward'): Promise<Media> {
    const key = `${tokenId} ${kind} ${xml}`
    const remembered = this.#remembered.get(key)
    if (remembered) return remembered
    const reference = readReferenceOf(kind, xml, verb)
    const media = await this.byFileId(tokenId, reference.fileId, reference.aesKey)
    if (media.kind !== kind) {
      const { noun } = mediaNodes[kind]
      throw new GatewayError('xml_invalid', {
        reason: `xml 写的是${noun}，它的 fileId 却是${mediaNodes[media.kind].noun}的，请使用同一条消息的 xml`,
      })
    }
    if (xml.length > MAX_XML_REMEMBERED) return media
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const [oldest = ''] = this.#remembered.keys()
      this.#remembered.delete(oldest)
    }
    this.#remembered.set(key, media)
    return media
  }

  /** @throws {GatewayError} media_unknown, media_key_mismatch, fetch_* */
  async byFileId(tokenId: string, fileId: string, aesKey: string): Promise<Media> {
    const id = fileId.toLowerCase()
    const media = (await findMedia(this.#database, tokenId, id)) ?? (await this.#remote.find(tokenId, id))
    if (!media) throw new GatewayError('media_unknown', { reason: unknownReason(fileId) })
    if (aesKey.toLowerCase() !== media.aesKey) {
      throw new GatewayError('media_key_mismatch', {
        reason: 'aeskey 与 fileId 不是同一次发送返回的，请使用同一个返回结果里的 aesKey 和 fileId',
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
    ? '这个 cdn 文件不在本网关，或不属于当前 token；请使用本网关发送接口返回的 fileId，或先用 postVideo 等接口发送一次'
    : 'fileId 不是有效的 cdn 文件标识，请使用本网关发送接口返回的 fileId'
}
