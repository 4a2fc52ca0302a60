import { Type } from 'typebox'
import { appId, looseId, numeric, url, wxid } from '../http/fields.ts'

/** A day, in seconds. */
const LONGEST_VIDEO = 86_400
/** Characters of a message's XML. */
const MAX_XML = 65_536

const toWxid = wxid('好友/群的ID')
const xml = Type.String({ minLength: 1, maxLength: MAX_XML, description: '视频消息的xml' })
const nothing = (description: string) => Type.Null({ description })
const id = Type.Integer({ description: '消息ID' })

export const videoRequest = Type.Object({
  appId,
  toWxid,
  videoUrl: url('视频的链接'),
  thumbUrl: url('缩略图的链接；空字符串表示由网关生成缩略图', 0),
  videoDuration: numeric(
    '视频的播放时长，单位秒；以视频文件自身为准，文件没有标明时才使用此值',
    LONGEST_VIDEO,
  ),
})

/** Key order as in the vendor's document. */
export const videoReply = Type.Object({
  toWxid: Type.String({ description: '接收人的wxid' }),
  createTime: nothing('发送时间'),
  msgId: id,
  newMsgId: id,
  type: nothing('消息类型'),
  aesKey: Type.String({ description: 'cdn相关的aeskey' }),
  fileId: Type.String({ description: 'cdn相关的fileid' }),
  length: Type.Integer({ description: '视频文件大小' }),
})

export const forwardRequest = Type.Object({ appId, toWxid, xml })

export const revokeRequest = Type.Object({
  appId,
  toWxid,
  msgId: Type.Optional(looseId('发送接口返回的msgId')),
  msgid: Type.Optional(looseId('同 msgId，旧客户端的写法')),
  newMsgId: Type.Optional(looseId('发送接口返回的newMsgId')),
  createTime: Type.Optional(looseId('发送接口返回的createTime，不使用')),
})

export const downloadVideoRequest = Type.Object({ appId, xml })

export const downloadCdnRequest = Type.Object({
  appId,
  aesKey: Type.String({ minLength: 1, maxLength: 128, description: 'cdn的aeskey' }),
  fileId: Type.String({ minLength: 1, maxLength: 1024, description: 'cdn的fileid' }),
  type: Type.Unsafe<string | number>({
    type: ['string', 'number'],
    maxLength: 8,
    description: '"4" 视频，"3" 缩略图',
  }),
  totalSize: Type.Optional(looseId('文件大小，不使用')),
  suffix: Type.Optional(
    Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 16, description: '文件类型' }),
  ),
})

export const downloadReply = Type.Object({ fileUrl: Type.String({ description: '文件链接，7天有效' }) })
