import type { UploadedField } from './snippets.ts'

/** What can be sent besides words. */
export const mediaKinds = ['video', 'image', 'file'] as const
export type MediaKind = (typeof mediaKinds)[number]

/** Where the bytes are: at a URL, or on this computer. */
export type Source = string | File

/** What somebody wants to send, before anything moved. */
export type Draft =
  | { readonly kind: 'text'; readonly content: string }
  | {
      readonly kind: 'video'
      readonly source: Source
      /** Without one the gateway makes it. */
      readonly thumb: Source | undefined
      /** 0: as the file says. */
      readonly seconds: number
    }
  | { readonly kind: 'image'; readonly source: Source }
  | { readonly kind: 'file'; readonly source: Source; readonly name: string }
  | { readonly kind: 'forward'; readonly media: MediaKind; readonly xml: string; readonly name: string }

export interface Target {
  readonly appId: string
  readonly peer: string
  readonly peerName: string
}

/** The call of the public API that a draft became. */
export interface Request {
  /** Below `/message/`. */
  readonly route: string
  readonly body: Readonly<Record<string, string | number>>
  /** Which fields are files of this computer. */
  readonly uploads: readonly UploadedField[]
}

/** Files of this computer that must reach the gateway before the call. */
export function filesOf(draft: Draft): readonly File[] {
  const sources =
    draft.kind === 'video' ? [draft.source, draft.thumb] : 'source' in draft ? [draft.source] : []
  return sources.filter((source) => source instanceof File)
}

/** @param urls where the draft's files can be fetched from */
export function requestOf(draft: Draft, { appId, peer }: Target, urls: ReadonlyMap<File, string>): Request {
  const uploads: UploadedField[] = []
  const to = { appId, toWxid: peer }
  const url = (field: string, source: Source): string => {
    if (!(source instanceof File)) return source
    uploads.push({ field, name: source.name })
    return urls.get(source) ?? ''
  }
  switch (draft.kind) {
    case 'text':
      return { route: 'postText', body: { ...to, content: draft.content }, uploads }
    case 'video': {
      const videoUrl = url('videoUrl', draft.source)
      const thumbUrl = draft.thumb === undefined ? '' : url('thumbUrl', draft.thumb)
      const body = { ...to, videoUrl, thumbUrl, videoDuration: draft.seconds }
      return { route: 'postVideo', body, uploads }
    }
    case 'image':
      return { route: 'postImage', body: { ...to, imgUrl: url('imgUrl', draft.source) }, uploads }
    case 'file': {
      const body = { ...to, fileUrl: url('fileUrl', draft.source), fileName: draft.name }
      return { route: 'postFile', body, uploads }
    }
    case 'forward': {
      const route = { video: 'forwardVideo', image: 'forwardImage', file: 'forwardFile' }[draft.media]
      return { route, body: { ...to, xml: draft.xml }, uploads }
    }
  }
}

/** As what a file of this computer is best sent. */
export function kindOf({ type, name }: File): MediaKind {
  if (type.startsWith('video/') || /\.(mp4|mov|m4v|webm|mkv)$/i.test(name)) return 'video'
  // A drawing is no picture to WeChat.
  if (type.startsWith('image/') && !type.startsWith('image/svg')) return 'image'
  return 'file'
}

/** The last part of a URL's path, as a name. */
export function nameIn(url: string): string {
  try {
    const last = new URL(url).pathname.split('/').at(-1)
    return decodeURIComponent(last ?? '') || 'file'
  } catch {
    return 'file'
  }
}
