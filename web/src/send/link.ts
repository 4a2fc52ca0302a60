import { isUrl } from '../ui/url.ts'
import { type Draft, type MediaKind, nameIn } from './drafts.ts'

/** What is typed to send something by URL. */
export interface Link {
  readonly url: string
  /** Of a video; may be empty. */
  readonly thumbUrl: string
  readonly seconds: string
  /** Of a file; may be empty. */
  readonly name: string
}

export const emptyLink: Link = { url: '', thumbUrl: '', seconds: '', name: '' }

/** The gateway takes no longer video. */
const DAY = 86_400

export function isSeconds(text: string): boolean {
  return /^\d{0,5}$/.test(text.trim()) && Number(text) <= DAY
}

/** Undefined while something typed is wrong. */
export function draftOfLink(kind: MediaKind, { url, thumbUrl, seconds, name }: Link): Draft | undefined {
  if (!isUrl(url)) return undefined
  const source = url.trim()
  if (kind === 'image') return { kind, source }
  if (kind === 'file') return { kind, source, name: name.trim() || nameIn(source) }
  if (!isSeconds(seconds) || (thumbUrl.trim() !== '' && !isUrl(thumbUrl))) return undefined
  return { kind, source, thumb: thumbUrl.trim() || undefined, seconds: Number(seconds) }
}
