import type { Media } from '../media/media.ts'
import { TEXT } from './parcel.ts'
import type { SentMessage } from './send-inside.ts'

/*
 * The replies of the send routes, to the key and in the documents' order (contract 2.1 to 2.3). What a kind leaves out
 * there is null here, or 0 where the contract says 0.
 */

/** WeChat's type of a file in replies (contract 2.2). */
const FILE = 6

type ReplyOf<R> = (sent: SentMessage) => R

export const textReply =
  (toWxid: string): ReplyOf<TextReply> =>
  ({ newMsgId, createdAt }) => ({ toWxid, createTime: seconds(createdAt), msgId: 0, newMsgId, type: TEXT })

export interface TextReply {
  toWxid: string
  createTime: number
  msgId: number
  newMsgId: number
  type: number
}

export const fileReply =
  (toWxid: string): ReplyOf<TextReply> =>
  ({ msgId, newMsgId, createdAt }) => ({
    toWxid,
    createTime: seconds(createdAt),
    msgId,
    newMsgId,
    type: FILE,
  })

/** The reply of every video send, to the key (the vendor's document). */
export interface VideoReply {
  toWxid: string
  createTime: null
  msgId: number
  newMsgId: number
  type: null
  aesKey: string
  fileId: string
  length: number
}

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

export interface ImageReply {
  toWxid: string
  createTime: number
  msgId: number
  newMsgId: number
  type: null
  aesKey: string
  fileId: string
  length: number
  width: number
  height: number
  md5: string
}

export const imageReply =
  (toWxid: string, { aesKey, fileId, body }: Media): ReplyOf<ImageReply> =>
  ({ msgId, newMsgId }) => ({
    toWxid,
    createTime: 0,
    msgId,
    newMsgId,
    type: null,
    aesKey,
    fileId,
    length: body.length,
    width: body.width ?? 0,
    height: body.height ?? 0,
    md5: body.md5,
  })

const seconds = (moment: number): number => Math.floor(moment / 1000)
