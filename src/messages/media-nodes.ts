import type { MediaKind } from '../database/tables-media.ts'

/** Where a message with media of one kind names them (contract 4.1, 4.3), and the words for it. */
export interface MediaNode {
  /** The root, or a child of a root `msg`. */
  readonly node: string
  /** What holds the values: the node's own attributes, or the children of a file's `appattach`. */
  readonly holder: string
  /** Names of the file id and of the key, the best first. */
  readonly fileId: readonly [string, ...string[]]
  readonly aesKey: readonly [string, ...string[]]
  readonly noun: string
  readonly message: string
  readonly counted: string
  /** How the names of its routes end: postVideo, downloadVideo, forwardVideo. */
  readonly route: string
  readonly urlField: string
  /** Whether a post's reply has file id and key, so that its caller can write the XML itself (contract 2.2). */
  readonly replied: boolean
}

export const mediaNodes: Readonly<Record<MediaKind, MediaNode>> = {
  video: {
    node: 'videomsg',
    holder: 'videomsg',
    fileId: ['cdnvideourl', 'cdnthumburl'],
    aesKey: ['aeskey', 'cdnthumbaeskey'],
    noun: '视频',
    message: '视频消息',
    counted: '一个视频',
    route: 'Video',
    urlField: 'videoUrl',
    replied: true,
  },
  image: {
    node: 'img',
    holder: 'img',
    fileId: ['cdnmidimgurl', 'cdnbigimgurl', 'cdnthumburl'],
    aesKey: ['aeskey', 'cdnthumbaeskey'],
    noun: '图片',
    message: '图片消息',
    counted: '一张图片',
    route: 'Image',
    urlField: 'imgUrl',
    replied: true,
  },
  voice: {
    node: 'voicemsg',
    holder: 'voicemsg',
    fileId: ['voiceurl'],
    aesKey: ['aeskey'],
    noun: '语音',
    message: '语音消息',
    counted: '一条语音',
    route: 'Voice',
    urlField: 'voiceUrl',
    replied: false,
  },
  file: {
    node: 'appmsg',
    holder: 'appattach',
    fileId: ['cdnattachurl'],
    aesKey: ['aeskey'],
    noun: '文件',
    message: '文件消息',
    counted: '一个文件',
    route: 'File',
    urlField: 'fileUrl',
    replied: false,
  },
}

export const mediaKinds: readonly MediaKind[] = ['video', 'image', 'voice', 'file']
