import type { Database } from '../database/database.ts'
import { FILE_HELPER, isChatroomId } from '../devices/device.ts'

/** What people and chatrooms are called, as far as the token's own rows tell. */
export async function findNames(
  { sql }: Database,
  tokenId: string,
  appId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map([[FILE_HELPER, '文件传输助手']])
  const chatrooms = ids.filter(isChatroomId)
  const people = ids.filter((id) => !isChatroomId(id))
  if (people.length > 0) {
    const contacts = await sql
      .selectFrom('contacts')
      .select(['wxid', 'nick_name'])
      .where('app_id', '=', appId)
      .where('wxid', 'in', people)
      .execute()
    const devices = await sql
      .selectFrom('devices')
      .select(['wxid', 'nick_name'])
      .where('token_id', '=', tokenId)
      .where('wxid', 'in', people)
      .execute()
    for (const { wxid, nick_name } of [...contacts, ...devices]) if (wxid) names.set(wxid, nick_name)
  }
  if (chatrooms.length > 0) {
    const rows = await sql
      .selectFrom('chatrooms')
      .select(['chatroom_id', 'nick_name'])
      .where('token_id', '=', tokenId)
      .where('chatroom_id', 'in', chatrooms)
      .execute()
    for (const { chatroom_id, nick_name } of rows) names.set(chatroom_id, nick_name)
  }
  return names
}
