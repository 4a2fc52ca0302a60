import type { MediaView, MessageView } from '../../../src/console/schema.ts'

/** What shows the file of a message. */
export interface MediaProps {
  readonly appId: string
  readonly message: MessageView
  readonly media: MediaView
}

/** Where the gateway serves a message's file or its thumbnail. */
export function mediaUrl(
  appId: string,
  { newMsgId }: Pick<MessageView, 'newMsgId'>,
  part: 'body' | 'thumb',
): string {
  return `/console/media/${encodeURIComponent(appId)}/${newMsgId}/${part}`
}

/** Pixels of the longer side of a picture in a bubble. */
const LONGEST = 220
/** Pixels that the shorter side has at the least. */
const SHORTEST = 72

/** The box of a picture or video, known before its bytes are here, so that nothing moves when they come. */
export function boxOf({ width, height }: { width: number; height: number }): {
  width: number
  height: number
} {
  if (width <= 0 || height <= 0) return { width: LONGEST, height: Math.round(LONGEST * 0.75) }
  const scale = Math.min(1, LONGEST / Math.max(width, height))
  return {
    width: Math.max(SHORTEST, Math.round(width * scale)),
    height: Math.max(SHORTEST, Math.round(height * scale)),
  }
}
