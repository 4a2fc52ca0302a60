/** The first entry of a sample description: what a track is coded in. */
export interface SampleEntry {
  readonly codec: string | undefined
  /** Coded size, 0 for a track without a picture. */
  readonly pixelWidth: number
  readonly pixelHeight: number
}

/** Registered sample entry codes (mp4ra.org) and the names ffmpeg gives what they hold. */
const names: Record<string, string> = {
  avc1: 'h264',
  avc3: 'h264',
  hvc1: 'hevc',
  hev1: 'hevc',
  dvh1: 'hevc',
  dvhe: 'hevc',
  vvc1: 'vvc',
  av01: 'av1',
  vp08: 'vp8',
  vp09: 'vp9',
  mp4v: 'mpeg4',
  s263: 'h263',
  jpeg: 'mjpeg',
  Opus: 'opus',
  fLaC: 'flac',
  samr: 'amr_nb',
  sawb: 'amr_wb',
  'ac-3': 'ac3',
  'ec-3': 'eac3',
}

/**
 * @param stsd content of an `stsd` box, or the beginning of one
 * @param handler the track's handler type, `vide` or `soun`
 * @returns undefined when there is no whole entry
 */
export function readSampleEntry(stsd: Buffer, handler: string | undefined): SampleEntry | undefined {
  // Full box header (4), entry count (4), then the entry: size (4), code (4), reserved (6), data reference (2).
  if (stsd.length < 24) return undefined
  const code = stsd.toString('latin1', 12, 16)
  const picture = handler === 'vide' && stsd.length >= 44
  return {
    codec: code === 'mp4a' ? nameOfMpegAudio(stsd) : nameOf(code),
    pixelWidth: picture ? stsd.readUInt16BE(40) : 0,
    pixelHeight: picture ? stsd.readUInt16BE(42) : 0,
  }
}

function nameOf(code: string): string | undefined {
  if (Object.hasOwn(names, code)) return names[code]
  return /^[\w .-]{4}$/.test(code) ? code.trim().toLowerCase() : undefined
}

/** `mp4a` holds AAC nearly always; its elementary stream descriptor (ISO/IEC 14496-1, 7.2.6.5) says when not. */
function nameOfMpegAudio(stsd: Buffer): string {
  const esds = stsd.indexOf('esds', 44, 'latin1')
  if (esds < 0) return 'aac'
  // Stream descriptor (tag 3): id (2), flags (1), then decoder configuration (tag 4), whose first byte is the type.
  const stream = descriptorBody(stsd, esds + 8, 3)
  const objectType = stsd[descriptorBody(stsd, stream + 3, 4)]
  return objectType === 0x69 || objectType === 0x6b ? 'mp3' : 'aac'
}

/** Where the content of the descriptor at `at` begins; past the end when it has another tag. */
function descriptorBody(bytes: Buffer, at: number, tag: number): number {
  if (bytes[at] !== tag) return bytes.length
  let body = at + 1
  while ((bytes[body] ?? 0) & 0x80) body++
  return body + 1
}
