import { Type } from 'typebox'
import { appId, looseId, numeric, url, wxid } from '../http/fields.ts'

/** A day, in seconds. */
const LONGEST_VIDEO = 86_400
/** Characters of a message's XML. */
const MAX_XML = 65_536
/** Characters of a text; a network may allow fewer. */
const MAX_TEXT = 16_384

const toWxid = wxid('好友/群的ID')
const xml = Type.String({ minLength: 1, maxLength: MAX_XML, description: '消息的xml' })
const nothing = (description: string) => Type.Null({ description })
const id = Type.Integer({ description: '消息ID' })
const text = (description: string) => Type.String({ description })
const loose = (description: string, maxLength: number) =>
  Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength, description }))

/** Key order as in the vendor's document. */
const sentTo = { toWxid: text('接收人的wxid') }
const ids = { msgId: id, newMsgId: id }
const cdn = {
  aesKey: text('cdn相关的aeskey'),
  fileId: text('cdn相关的fileid'),
  length: Type.Integer({ description: '文件大小' }),
}

export const textRequest = Type.Object({
  appId,
  toWxid,
  content: Type.String({ minLength: 1, maxLength: MAX_TEXT, description: '消息内容' }),
  ats: loose('要@的人的wxid，多个以逗号分隔；消息内容中须自己写上 @昵称', 4096),
})

/** Of a text or a file. */
export const plainReply = Type.Object({
  ...sentTo,
  createTime: Type.Integer({ description: '发送时间，秒' }),
  ...ids,
  type: Type.Integer({ description: '消息类型' }),
})

export const imageRequest = Type.Object({
  appId,
  toWxid,
  imgUrl: Type.Optional(url('图片的链接')),
  imageUrl: Type.Optional(url('同 imgUrl，旧客户端的写法')),
})

export const imageReply = Type.Object({
  ...sentTo,
  createTime: Type.Integer({ description: '固定为 0' }),
  ...ids,
  type: nothing('消息类型'),
  ...cdn,
  width: Type.Integer({ description: '图片宽度' }),
  height: Type.Integer({ description: '图片高度' }),
  md5: text('图片的md5'),
})

export const fileRequest = Type.Object({
  appId,
  toWxid,
  fileUrl: url('文件的链接'),
  fileName: Type.String({ minLength: 1, maxLength: 1024, description: '文件名' }),
})

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

export const videoReply = Type.Object({
  ...sentTo,
  createTime: nothing('发送时间'),
  ...ids,
  type: nothing('消息类型'),
  ...cdn,
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

export const cancelRequest = Type.Object({
  idempotencyKey: Type.String({
    minLength: 1,
    maxLength: 255,
    description: '发送时请求头 Idempotency-Key 的值',
  }),
})

export const cancelReply = Type.Object({
  cancelled: Type.Boolean({ description: 'false：没有正在进行的这次发送，或消息已经发出，无法取消' }),
})

export const stateRequest = Type.Object({
  appId,
  newMsgId: Type.Unsafe<number | string>({
    type: ['number', 'string'],
    maxLength: 32,
    description: '发送接口返回的newMsgId',
  }),
})

export const stateReply = Type.Object({
  newMsgId: id,
  toWxid: text('接收人的wxid'),
  state: text(
    'sent 已发送；accepted 通道已受理但没有给出消息ID；pending 正在发送；unknown 通道没有应答；failed 失败；revoked 已撤回',
  ),
  remoteId: text('通道给出的消息ID'),
  reason: text('失败或未知的原因'),
  createTime: Type.Integer({ description: '发送时间，秒' }),
})

export const downloadRequest = Type.Object({ appId, xml })

export const downloadImageRequest = Type.Object({
  appId,
  xml,
  type: Type.Optional(looseId('1 高清，2 常规，3 缩略图；默认 2')),
})

export const downloadVoiceRequest = Type.Object({
  appId,
  xml,
  msgId: Type.Optional(looseId('消息ID，不使用')),
})

export const downloadCdnRequest = Type.Object({
  appId,
  aesKey: Type.String({ minLength: 1, maxLength: 128, description: 'cdn的aeskey' }),
  fileId: Type.String({ minLength: 1, maxLength: 1024, description: 'cdn的fileid' }),
  type: Type.Unsafe<string | number>({
    type: ['string', 'number'],
    maxLength: 8,
    description: '"1" 高清图片，"2" 常规图片，"3" 缩略图，"4" 视频，"5" 文件',
  }),
  totalSize: Type.Optional(looseId('文件大小，不使用')),
  suffix: loose('文件类型', 16),
})

export const downloadReply = Type.Object({ fileUrl: Type.String({ description: '文件链接，7天有效' }) })
