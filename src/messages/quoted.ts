import type { Inbound, InboundQuote } from '../channels/channel.ts'
import type { Database } from '../database/database.ts'
import type { NamedDevice } from '../devices/device.ts'
import { TEXT } from './parcel.ts'
import { renderQuoteMessage } from './quotemsg.ts'

/** Characters of a quoted text that are told again. */
const MAX_QUOTED = 2000

/** The XML of words that refer to another message: to the message itself where this gateway has it. */
export async function quoteContent(
  { sql }: Database,
  device: NamedDevice,
  { fromWxid, sentAt }: Inbound,
  text: string,
  quote: InboundQuote,
): Promise<string> {
  const known =
    quote.id === undefined
      ? undefined
      : await sql
          .selectFrom('messages')
          .selectAll()
          .where('app_id', '=', device.app_id)
          .where('remote_id', '=', quote.id)
          .executeTakeFirst()
  const author = known?.from_wxid ?? fromWxid
  return renderQuoteMessage({
    text,
    fromWxid,
    quoted: {
      msgType: known?.msg_type ?? TEXT,
      newMsgId: known?.new_msg_id ?? 0,
      fromWxid: author,
      chatWxid: author,
      displayName: author === device.wxid ? device.nick_name : author,
      content:
        known?.msg_type === TEXT || !known
          ? quote.text.slice(0, MAX_QUOTED) || (known?.content ?? '')
          : known.content,
      sentAt: Math.floor((known?.created_at ?? sentAt) / 1000),
    },
  })
}
