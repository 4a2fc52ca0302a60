import type { Database } from '../database/database.ts'
import { isChatroomId, type NamedDevice } from '../devices/device.ts'
import { type MessageRow, peerOf } from './conversations.ts'
import { findMediaViews } from './media-view.ts'
import { wordsOf } from './message-words.ts'
import { findNames } from './names.ts'
import type { MediaView, MessageView } from './schema.ts'

/** What the forward routes take. */
const forwardable: ReadonlySet<string> = new Set(['video', 'image', 'file'])

/** Who the messages belong to. */
export interface Viewer {
  readonly tokenId: string
  readonly device: Pick<NamedDevice, 'app_id'> & { readonly wxid: string | null; readonly nick_name: string }
  /** Whether the device's network is beyond the process. */
  readonly isRemote: boolean
}

/** Messages as the pages show them, in the order of the rows. */
export async function viewMessages(
  database: Database,
  viewer: Viewer,
  rows: readonly MessageRow[],
): Promise<{ readonly views: MessageView[]; readonly names: ReadonlyMap<string, string> }> {
  const { tokenId, device } = viewer
  const parted = rows.map((row) => ({ row, ...senderOf(row) }))
  const people = new Set(parted.flatMap(({ row, sender }) => [peerOf(row), sender]))
  const names = await findNames(database, tokenId, device.app_id, [...people])
  const fileIds = rows.flatMap(({ file_id }) => file_id ?? [])
  const media = await findMediaViews(database, tokenId, fileIds)
  const views = parted.map(({ row, sender, content }) =>
    viewOf(viewer, row, { sender, content, names, media: media.get(row.file_id ?? '') }),
  )
  return { views, names }
}

interface Parts {
  readonly sender: string
  readonly content: string
  readonly names: ReadonlyMap<string, string>
  readonly media: MediaView | undefined
}

function viewOf({ device, isRemote }: Viewer, row: MessageRow, parts: Parts): MessageView {
  const { sender, content, names } = parts
  const withdrawn = row.state === 'revoked'
  const media = withdrawn ? undefined : parts.media
  const words = withdrawn
    ? ({ kind: 'notice', text: '', quoted: null } as const)
    : wordsOf(row.msg_type, content, media)
  const accepted = row.state === 'sent' && row.remote_id === null && isRemote
  return {
    newMsgId: row.new_msg_id,
    msgId: row.msg_id,
    direction: row.direction,
    peer: peerOf(row),
    senderWxid: sender,
    senderName: sender === device.wxid ? device.nick_name : (names.get(sender) ?? sender),
    ...words,
    state: accepted ? 'accepted' : row.state,
    failure: row.failure ?? '',
    createdAt: row.created_at,
    media: media ?? null,
    xml: media && forwardable.has(media.kind) ? content : '',
  }
}

/** A group message names its sender in front (contract 3.2). */
function senderOf(row: MessageRow): { readonly sender: string; readonly content: string } {
  if (row.direction === 'in' && isChatroomId(row.from_wxid)) {
    const [whole, sender] = /^([^\s:]{1,128}):\n/.exec(row.content) ?? []
    if (whole !== undefined && sender !== undefined)
      return { sender, content: row.content.slice(whole.length) }
  }
  return { sender: row.from_wxid, content: row.content }
}
