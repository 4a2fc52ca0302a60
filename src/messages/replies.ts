import type { Static } from 'typebox'
import type { Media } from '../media/media.ts'
import { TEXT } from './parcel.ts'
import type * as schema from './schema.ts'
import type { SentMessage } from './send-inside.ts'

/*
 * The replies of the send routes, to the key and in the documents' order (contract 2.1 to 2.3). What a kind leaves out
 * there is null here, or 0 where the contract says 0.
 */

/** WeChat's type of a file in replies (contract 2.2). */
const FILE = 6

type ReplyOf<R> = (sent: SentMessage) => R
type PlainReply = Static<typeof schema.plainReply>
type VideoReply = Static<typeof schema.videoReply>
type ImageReply = Static<typeof schema.imageReply>

export const textReply =
  (toWxid: string): ReplyOf<PlainReply> =>
  ({ newMsgId, createdAt }) => ({ toWxid, createTime: seconds(createdAt), msgId: 0, newMsgId, type: TEXT })

export const fileReply =
  (toWxid: string): ReplyOf<PlainReply> =>
  ({ msgId, newMsgId, createdAt }) => ({
    toWxid,
    createTime: seconds(createdAt),
    msgId,
    newMsgId,
    type: FILE,
  })

export const videoReply =
  (toWxid: string, { aesKey, fileId, body }: Media): ReplyOf<VideoReply> =>
  ({ msgId, newMsgId }) => ({
    toWxid,
    createTime: null,
    msgId,
    newMsgId,
    type: null,
    aesKey,
    fileId,
    length: body.length,
  })

export const imageReply =
  (toWxid: string, media: Media): ReplyOf<ImageReply> =>
  (sent) => ({
    ...videoReply(toWxid, media)(sent),
    createTime: 0,
    width: media.body.width ?? 0,
    height: media.body.height ?? 0,
    md5: media.body.md5,
  })

const seconds = (moment: number): number => Math.floor(moment / 1000)
