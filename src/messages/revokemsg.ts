import { cdata, escapeXml } from './xml-text.ts'

/** What a revoke notice names. */
export interface RevokeFacts {
  /** The conversation: the other side's wxid, or the chatroom's id. */
  readonly session: string
  /** The revoked message's ids, as they were told when it was sent. */
  readonly msgId: number
  readonly newMsgId: number
  /** What takes the message's place on the receiver's screen. */
  readonly replaceText: string
}

/** The `Content` of a MsgType 10002 callback that takes a message back (GeWe's callback page, revokemsg). */
export function renderRevokeMessage({ session, msgId, newMsgId, replaceText }: RevokeFacts): string {
  return (
    `<sysmsg type="revokemsg"><revokemsg><session>${escapeXml(session)}</session>` +
    `<msgid>${msgId}</msgid><newmsgid>${newMsgId}</newmsgid>` +
    `<replacemsg>${cdata(replaceText)}</replacemsg></revokemsg></sysmsg>`
  )
}
