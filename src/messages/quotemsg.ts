import { escapeXml } from './xml-text.ts'

/** The message that is quoted, as its receiver knows it. */
export interface QuotedMessage {
  /** WeChat's MsgType of it: 1 a text, 3 a picture, 43 a video. */
  readonly msgType: number
  readonly newMsgId: number
  /** Who wrote it. In a chatroom `chatWxid` is the chatroom's id, else the same wxid again. */
  readonly fromWxid: string
  readonly chatWxid: string
  /** The writer's name on the screen. */
  readonly displayName: string
  /** Its whole `Content`: plain text, or the XML of a message with media. */
  readonly content: string
  /** When it was sent, Unix seconds. */
  readonly sentAt: number
}

/** What a quote says. */
export interface QuoteMessageFacts {
  /** What the sender wrote under the quote. */
  readonly text: string
  readonly fromWxid: string
  readonly quoted: QuotedMessage
}

/**
 * The `Content` of a MsgType 49 message that quotes another one (appmsg type 57), as GeWe's callbacks show it: the
 * text is the title, the other message stands in `refermsg`, its XML escaped.
 */
export function renderQuoteMessage({ text, fromWxid, quoted }: QuoteMessageFacts): string {
  return (
    `<?xml version="1.0"?>\n<msg>\n\t<appmsg appid="" sdkver="0">\n` +
    `\t\t<title>${escapeXml(text)}</title>\n\t\t<des />\n\t\t<type>57</type>\n\t\t<url />\n` +
    `\t\t<refermsg>\n\t\t\t<type>${quoted.msgType}</type>\n\t\t\t<svrid>${quoted.newMsgId}</svrid>\n` +
    `\t\t\t<fromusr>${escapeXml(quoted.fromWxid)}</fromusr>\n` +
    `\t\t\t<chatusr>${escapeXml(quoted.chatWxid)}</chatusr>\n` +
    `\t\t\t<displayname>${escapeXml(quoted.displayName)}</displayname>\n` +
    `\t\t\t<content>${escapeXml(quoted.content)}</content>\n` +
    `\t\t\t<createtime>${quoted.sentAt}</createtime>\n\t\t</refermsg>\n\t</appmsg>\n` +
    `\t<fromusername>${escapeXml(fromWxid)}</fromusername>\n\t<scene>0</scene>\n` +
    `\t<appinfo>\n\t\t<version>1</version>\n\t\t<appname />\n\t</appinfo>\n\t<commenturl />\n</msg>\n`
  )
}
