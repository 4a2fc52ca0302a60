import { randomUUID } from 'node:crypto'
import type { Inbound, InboundPart, RemoteFile } from '../channels/channel.ts'
import type { Database, Statement } from '../database/database.ts'
import type { NamedDevice } from '../devices/device.ts'
import { msgIdOf } from '../ids.ts'
import { makeFileId } from '../media/file-id.ts'
import { cleanName } from '../media/file-name.ts'
import { insertRemoteFile } from '../media/queries.ts'
import { newAesKey } from '../media/seal.ts'
import { renderFileMessage } from './filemsg.ts'
import { renderImageMessage } from './imagemsg.ts'
import { labelOf, msgTypes, TEXT } from './parcel.ts'
import { insertReceived } from './queries.ts'
import { quoteContent } from './quoted.ts'
import { type TellDeps, tell } from './tell.ts'
import { renderVideoMessage } from './videomsg.ts'
import { renderVoiceMessage } from './voicemsg.ts'

/** WeChat's MsgType of a plain notice; nobody's program answers one as if a person had written it. */
const NOTICE = 10_000
/** WeChat's MsgType of a quote, one of the appmsgs. */
const QUOTE = 49

interface Arriving {
  readonly device: NamedDevice
  readonly inbound: Inbound
  readonly part: InboundPart
  readonly nickName: string
  readonly now: number
}

type FilePart = Extract<InboundPart, { readonly file: RemoteFile }>

interface Shown {
  readonly msgType: number
  readonly content: string
  readonly label: string
  readonly fileId: string | null
  readonly statements: readonly Statement[]
}

/** One part of a message as a message of its own: its row, its event, and where its bytes wait. */
export async function arrived(
  deps: TellDeps,
  arriving: Arriving,
): Promise<{ readonly newMsgId: number; readonly statements: readonly Statement[] }> {
  const { device, inbound, nickName, now } = arriving
  const { msgType, content, label, fileId, statements } = await shown(deps.database, arriving)
  const newMsgId = deps.ids.next()
  const message = {
    tokenId: device.token_id,
    appId: device.app_id,
    fromWxid: inbound.fromWxid,
    toWxid: device.wxid,
    msgType,
    content,
    newMsgId,
    msgId: msgIdOf(newMsgId),
    createdAt: inbound.sentAt,
  }
  const remoteId = inbound.id === '' ? null : inbound.id
  return {
    newMsgId,
    statements: [
      ...statements,
      insertReceived(deps.database, { ...message, fileId, remoteId }),
      ...tell(deps, { ...message, toldAt: now, pushContent: `${nickName} : ${label}` }),
    ],
  }
}

async function shown(database: Database, arriving: Arriving): Promise<Shown> {
  const { device, inbound, part } = arriving
  const plain = { fileId: null, statements: [] }
  if (part.kind === 'other') return { ...plain, msgType: NOTICE, content: part.label, label: part.label }
  if (part.kind !== 'text') return fileShown(database, arriving, part)
  if (!part.quote) return { ...plain, msgType: TEXT, content: part.text, label: part.text }
  const content = await quoteContent(database, device, inbound, part.text, part.quote)
  return { ...plain, msgType: QUOTE, content, label: part.text }
}

function fileShown(database: Database, { device, inbound, now }: Arriving, part: FilePart): Shown {
  const { kind, file, thumb, durationMs, transcript } = part
  const fileId = makeFileId({
    uuid: randomUUID(),
    unixSeconds: Math.floor(now / 1000),
    account: device.token_id,
    kind,
  })
  const aesKey = file.aesKey === '' ? newAesKey() : file.aesKey
  const name = kind === 'file' ? cleanName(part.name ?? '') : ''
  const row = insertRemoteFile(database, {
    file_id: fileId,
    app_id: device.app_id,
    token_id: device.token_id,
    kind,
    name,
    extension: part.extension ?? '',
    aes_key: aesKey,
    sealed: file.aesKey === '' ? 0 : 1,
    // Pictures and videos are recompressed on their way (iLink sheet 5.3): what is said of them may be of the original.
    md5: kind === 'file' ? (file.md5 ?? null) : null,
    locator: file.locator,
    thumb_aes_key: thumb?.aesKey ?? null,
    thumb_locator: thumb?.locator ?? null,
    duration_ms: durationMs ?? null,
    created_at: now,
  })
  const common = {
    fileId,
    aesKey,
    fromWxid: inbound.fromWxid,
    length: file.length ?? 0,
    md5: file.md5 ?? '',
  }
  const preview = { thumbLength: 0, thumbWidth: thumb?.width ?? 0, thumbHeight: thumb?.height ?? 0 }
  const content = {
    video: () =>
      renderVideoMessage({ ...common, ...preview, playSeconds: Math.round((durationMs ?? 0) / 1000) }),
    image: () => renderImageMessage({ ...common, ...preview }),
    voice: () => renderVoiceMessage({ ...common, durationMs: durationMs ?? 0, clientMsgId: '' }),
    file: () => renderFileMessage({ ...common, name }),
  }[kind]()
  const label = `${labelOf(kind, name)}${transcript === undefined ? '' : ` ${transcript}`}`
  return { msgType: msgTypes[kind], content, label, fileId, statements: [row] }
}
