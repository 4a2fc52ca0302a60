import type { Config } from '../config.ts'
import { flatType } from './flat-type.ts'

/** Spelling of callback bodies: the free image's, the one it had from 2025-03 on, and the cloud's of 2026. */
export type CallbackForm = Config['callbackForm']

/** Who is told. */
export interface DeviceFacts {
  readonly appId: string
  /** Of the account that owns the device. */
  readonly wxid: string
}

export interface MessageFacts extends DeviceFacts {
  readonly fromWxid: string
  readonly toWxid: string
  /** WeChat's; 43 for a video, 10002 for a revoke. */
  readonly msgType: number
  /** Text or XML; in a chatroom it starts with the sender's wxid, a colon and a newline. */
  readonly content: string
  readonly msgId: number
  readonly newMsgId: number
  readonly msgSeq: number
  /** Unix milliseconds. */
  readonly createdAt: number
  /** What a phone would show; a revoke has none. */
  readonly pushContent?: string | undefined
  /** 3 for what people write (the default), 4 for a notice of the chatroom. */
  readonly status?: number
  /** 1, or 2 for images, emoji and links; by msgType unless given. */
  readonly imgStatus?: number
}

const msgSource = '<msgsource>\n</msgsource>\n'
const imageLike = new Set([3, 47, 49])

/**
 * The body that tells of a message (contract 3.1, 3.2, 3.6, 3.7). Holds every key that strict parsers ask for, ids as
 * JSON numbers.
 */
export function addMsg(form: CallbackForm, facts: MessageFacts): string {
  if (form === 'flat') return JSON.stringify(flatMessage(facts))
  const { pushContent } = facts
  return envelope(form, 'AddMsg', facts, {
    MsgId: facts.msgId,
    FromUserName: { string: facts.fromWxid },
    ToUserName: { string: facts.toWxid },
    MsgType: facts.msgType,
    Content: { string: facts.content },
    Status: facts.status ?? 3,
    ImgStatus: facts.imgStatus ?? (imageLike.has(facts.msgType) ? 2 : 1),
    ImgBuf: { iLen: 0 },
    CreateTime: Math.floor(facts.createdAt / 1000),
    MsgSource: msgSource,
    ...(pushContent === undefined ? {} : { PushContent: pushContent }),
    NewMsgId: facts.newMsgId,
    MsgSeq: facts.msgSeq,
  })
}

/** The body that tells of a device that went offline. It has no data. */
export function offline(form: CallbackForm, { appId, wxid }: DeviceFacts): string {
  if (form === 'flat') return JSON.stringify({ appid: appId, wxid, state: 'LOGOUT' })
  return envelope(form, 'Offline', { appId, wxid })
}

function envelope(
  form: Exclude<CallbackForm, 'flat'>,
  type: string,
  { appId, wxid }: DeviceFacts,
  data?: object,
): string {
  // Wxid and everything inside the data never changed their spelling. A key without a value is left out.
  return JSON.stringify(
    form === 'capital'
      ? { TypeName: type, Appid: appId, Wxid: wxid, Data: data }
      : { type_name: type, appid: appId, Wxid: wxid, data },
  )
}

function flatMessage(facts: MessageFacts): object {
  const { fromWxid, toWxid } = facts
  const chatroom = [fromWxid, toWxid].find((wxid) => wxid.endsWith('@chatroom'))
  return {
    appid: facts.appId,
    wxid: facts.wxid,
    msgId: facts.msgId,
    newMsgId: facts.newMsgId,
    createTime: facts.createdAt,
    fromUser: fromWxid,
    toUser: toWxid,
    ...(chatroom === undefined ? {} : { fromGroup: chatroom }),
    isSelf: fromWxid === facts.wxid,
    msgType: flatType(facts.msgType, facts.content),
    content: facts.content,
    pushContent: facts.pushContent ?? '',
    msgSource,
  }
}
