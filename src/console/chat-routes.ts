import type { Contacts } from '../devices/contacts.ts'
import { isChatroomId } from '../devices/device.ts'
import { ownDevice } from '../devices/queries.ts'
import { type Mountable, route } from '../http/route.ts'
import { Gate } from '../media/gate.ts'
import { findLastMessages, type MessageRow, newestMessages, type Page } from './conversations.ts'
import type { DevicesDeps } from './device-views.ts'
import { viewMessages } from './message-view.ts'
import { findNames } from './names.ts'
import * as schema from './schema.ts'

interface ChatRoutes extends DevicesDeps {
  readonly contacts: Contacts
}

const tag = '控制台'
const failure = '查询失败'
/** Messages or conversations in one answer, unless asked for otherwise. */
const PAGE = 50
/** Characters of content in one answer; the first message comes whatever its length. */
const MAX_CONTENT = 128 * 1024

/** Pages made at the same time: each holds the texts of its messages. */
const PAGES_AT_ONCE = 4

/** The first rows of a page: no more than it may have, nor than an answer may hold. */
function fitting(rows: readonly MessageRow[], most: number): MessageRow[] {
  let length = 0
  const end = rows.findIndex(({ content }, index) => {
    length += content.length
    return index >= most || (index > 0 && length > MAX_CONTENT)
  })
  return rows.slice(0, end === -1 ? rows.length : end)
}

/** What was said: conversations, messages, and whom a device can write to. */
export function chatRoutes({ database, channels, contacts }: ChatRoutes): readonly Mountable[] {
  const gate = new Gate(PAGES_AT_ONCE)
  /** The rows of one page, newest first, as the pages show them: one more is asked for, to tell whether there are more. */
  const pageOf = (
    tokenId: string,
    asked: { readonly appId: string; readonly before?: number; readonly limit?: number },
    find: (page: Page) => Promise<MessageRow[]>,
  ) =>
    gate.pass(tokenId, async () => {
      const { appId, before = Number.MAX_SAFE_INTEGER, limit = PAGE } = asked
      const device = await ownDevice(database, tokenId, appId)
      const viewer = { tokenId, device, isRemote: channels.get(device.channel)?.kind === 'remote' }
      const rows = await find({ tokenId, appId, before, limit: limit + 1 })
      const shown = fitting(rows, limit)
      return { ...(await viewMessages(database, viewer, shown)), more: rows.length > shown.length }
    })
  return [
    route({
      url: '/console/conversations',
      tag,
      summary: '会话列表',
      failure,
      body: schema.conversationsRequest,
      data: schema.conversations,
      async handle(body, { caller }) {
        const find = (page: Page) => findLastMessages(database, page)
        const { views, names, more } = await pageOf(caller.tokenId, body, find)
        const conversations = views.map((last) => ({
          peer: last.peer,
          nickName: names.get(last.peer) ?? last.peer,
          chatroom: isChatroomId(last.peer),
          last,
        }))
        return { conversations, more }
      },
    }),
    route({
      url: '/console/messages',
      tag,
      summary: '会话中的消息',
      failure,
      body: schema.messagesRequest,
      data: schema.messages,
      async handle(body, { caller }) {
        const find = (page: Page) => newestMessages(database, { ...page, peer: body.peer }).execute()
        const { views, more } = await pageOf(caller.tokenId, body, find)
        return { messages: views.reverse(), more }
      },
    }),
    route({
      url: '/console/contacts',
      tag,
      summary: '可以发给谁',
      failure,
      body: schema.contactsRequest,
      data: schema.contacts,
      async handle({ appId }, { caller: { tokenId } }) {
        const { friends, chatrooms } = await contacts.list(tokenId, appId)
        const ids = [...friends, ...chatrooms]
        const names = await findNames(database, tokenId, appId, ids)
        return ids.map((wxid) => ({
          wxid,
          nickName: names.get(wxid) ?? wxid,
          chatroom: isChatroomId(wxid),
        }))
      },
    }),
  ]
}
