import { fileTypeFromBuffer } from 'file-type'

/** What a video's first bytes say. */
export interface VideoType {
  readonly mime: string
  /** Without the dot. */
  readonly extension: string
  /** Whether `probeVideo` can tell its play length and picture size: ISO-BMFF and Matroska. */
  readonly measurable: boolean
}

/** How many leading bytes are looked at; more are ignored, fewer are enough for most types. */
export const sniffBytes = 4100

const measurable = new Set([
  'video/mp4',
  'video/quicktime',
  'video/x-m4v',
  'video/3gpp',
  'video/3gpp2',
  'video/matroska',
  'video/webm',
])

/**
 * The MIME type and extension that the bytes speak for, whatever a header or a name claims.
 * @param head the first `sniffBytes` bytes
 */
export async function sniff(head: Buffer): Promise<{ mime: string; ext: string } | undefined> {
  try {
    return await fileTypeFromBuffer(head.subarray(0, sniffBytes))
  } catch {
    // The detectors stumble over some malformed headers; bytes they cannot read have no type.
    return undefined
  }
}

/** Where a type is told by a few letters alone, what must follow them. */
function holds(head: Buffer, extension: string): boolean {
  if (extension === 'avi')
    return head.toString('latin1', 12, 16) === 'LIST' && head.toString('latin1', 20, 24) === 'hdrl'
  // Flags for sound and picture, then the length of this head (FLV 10.1, annex E).
  if (extension === 'flv')
    return head.length >= 13 && ((head[4] ?? 0) & 0xfa) === 0 && head.readUInt32BE(5) === 9
  return true
}

/**
 * The kind of video that `head` begins, or undefined when it begins anything else: a web page, a picture, a
 * sound, noise. A container that may hold sound alone (MP4, Matroska) counts as video here; `probeVideo` tells.
 * @param head the first `sniffBytes` bytes
 */
export async function sniffVideo(head: Buffer): Promise<VideoType | undefined> {
  const found = await sniff(head)
  if (!found?.mime.startsWith('video/') || !holds(head, found.ext)) return undefined
  return { mime: found.mime, extension: found.ext, measurable: measurable.has(found.mime) }
}
