import type { MediaKind } from '../database/tables-media.ts'
import type { Media } from '../media/media.ts'
import { renderFileMessage } from './filemsg.ts'
import { renderImageMessage } from './imagemsg.ts'
import { renderVideoMessage } from './videomsg.ts'
import { renderVoiceMessage } from './voicemsg.ts'

/** WeChat's MsgType of words. */
export const TEXT = 1
/** WeChat's MsgType of each kind; a file is one of the many appmsgs (contract 3.3). */
export const msgTypes: Readonly<Record<MediaKind, number>> = { video: 43, image: 3, voice: 34, file: 49 }

/** What is said, whichever way it leaves. */
export interface Parcel {
  readonly msgType: number
  readonly content: string
  /** What a notification shows behind the sender's name. */
  readonly label: string
  readonly media: Media | undefined
}

export function textParcel(text: string): Parcel {
  return { msgType: TEXT, content: text, label: text, media: undefined }
}

export function mediaParcel(media: Media, fromWxid: string): Parcel {
  return {
    msgType: msgTypes[media.kind],
    content: contentOf(media, fromWxid),
    label: labelOf(media.kind, media.name),
    media,
  }
}

/** As phones show it (contract 3.2). */
export function labelOf(kind: MediaKind, name: string): string {
  if (kind === 'file') return `[文件]${name}`
  return { video: '[视频]', image: '[图片]', voice: '[语音]' }[kind]
}

const lastContents = new WeakMap<Media, { readonly fromWxid: string; readonly content: string }>()

/** The message's XML; the last one of each media is kept, because one device forwards it to many. */
function contentOf(media: Media, fromWxid: string): string {
  const last = lastContents.get(media)
  if (last?.fromWxid === fromWxid) return last.content
  const content = render(media, fromWxid)
  lastContents.set(media, { fromWxid, content })
  return content
}

function render(media: Media, fromWxid: string): string {
  const { fileId, aesKey, playSeconds, name, body, thumb } = media
  const { length, md5 } = body
  const common = { fileId, aesKey, fromWxid, length, md5 }
  const preview = {
    thumbLength: thumb?.length ?? 0,
    thumbWidth: thumb?.width ?? 0,
    thumbHeight: thumb?.height ?? 0,
  }
  switch (media.kind) {
    case 'video':
      return renderVideoMessage({ ...common, ...preview, playSeconds })
    case 'image':
      return renderImageMessage({
        ...common,
        ...preview,
        ...(body.width === undefined ? {} : { width: body.width }),
        ...(body.height === undefined ? {} : { height: body.height }),
      })
    case 'voice':
      return renderVoiceMessage({ ...common, durationMs: playSeconds * 1000, clientMsgId: '' })
    case 'file':
      return renderFileMessage({ ...common, name })
  }
}
