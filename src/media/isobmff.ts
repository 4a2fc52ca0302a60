import { readSampleEntry, type SampleEntry } from './isobmff-entry.ts'
import type { VideoFacts } from './probe.ts'
import { malformed, type Window } from './window.ts'

/** A box whose content is [start, end). */
interface Box {
  readonly type: string
  readonly start: number
  readonly end: number
}

interface Movie {
  readonly seconds: number | undefined
  /** Ticks a second. */
  readonly timescale: number
  readonly sideways: boolean
}

interface Track extends Partial<SampleEntry> {
  handler?: string
  enabled: boolean
  seconds?: number | undefined
  /** Presentation size of the track header, before rotation. */
  width: number
  height: number
  sideways: boolean
}

const maxTopBoxes = 4096
const maxChildren = 256

/**
 * MP4, MOV, M4V and 3GP. Box layouts: ISO/IEC 14496-12, sections 4.2 (box), 8.2.2 (mvhd), 8.3.2 (tkhd), 8.4.2 (mdhd),
 * 8.4.3 (hdlr), 8.5.2 (stsd), 8.8.2 (mehd).
 * @returns undefined when there is no video track
 * @throws {GatewayError} `video_invalid` when boxes do not nest, a box runs past the end, or there is no `moov`
 */
export async function readIsobmff(window: Window): Promise<VideoFacts | undefined> {
  const moov = await findMovie(window)
  const tracks: Track[] = []
  let movie: Movie = { seconds: undefined, timescale: 0, sideways: false }
  let fragmentTicks: number | undefined
  for await (const box of boxes(window, moov, maxChildren)) {
    if (box.type === 'mvhd') movie = await readMovieHeader(window, box)
    else if (box.type === 'trak') tracks.push(await readTrack(window, box))
    else if (box.type === 'mvex') fragmentTicks = await readFragmentTicks(window, box)
  }
  const video = preferred(tracks, 'vide')
  if (!video) return undefined
  const audio = preferred(tracks, 'soun')
  const longest = Math.max(video.seconds ?? 0, audio?.seconds ?? 0)
  const inFragments = fragmentTicks && movie.timescale ? fragmentTicks / movie.timescale : undefined
  const width = video.width || video.pixelWidth
  const height = video.height || video.pixelHeight
  const turned = video.sideways !== movie.sideways
  return {
    durationSeconds: movie.seconds || longest || inFragments,
    width: turned ? height : width,
    height: turned ? width : height,
    videoCodec: video.codec,
    audioCodec: audio?.codec,
  }
}

/** The `moov` box; every box on the way must lie within the file, since a cut-off download ends inside one. */
async function findMovie(window: Window): Promise<Box> {
  let moov: Box | undefined
  for await (const box of boxes(window, { type: 'file', start: 0, end: window.length }, maxTopBoxes)) {
    if (box.type === 'moov') moov ??= box
    // Fragments follow by the thousand, and say nothing that is needed here.
    if (box.type === 'moof' && moov) break
  }
  if (!moov) throw malformed('缺少 moov 索引，文件可能没有传完')
  return moov
}

async function* boxes(window: Window, parent: Box, most: number): AsyncGenerator<Box> {
  let at = parent.start
  // Some writers pad a container with fewer bytes than a header has.
  for (let count = 0; at + 8 <= parent.end; count++) {
    if (count === most) {
      if (parent.type === 'file') return
      throw malformed(`${parent.type} 中的条目过多`)
    }
    const head = await window.take(at, Math.min(16, parent.end - at))
    const type = head.toString('latin1', 4, 8)
    const short = head.readUInt32BE(0)
    if (short === 1 && head.length < 16) throw malformed('文件不完整')
    const size = short === 1 ? Number(head.readBigUInt64BE(8)) : short === 0 ? parent.end - at : short
    const start = at + (short === 1 ? 16 : 8)
    const end = at + size
    if (end > parent.end && parent.type === 'file') throw malformed('文件不完整，可能没有传完')
    if (end < start || end > parent.end) throw malformed('box 长度有误，文件可能已损坏')
    yield { type, start, end }
    at = end
  }
}

async function readMovieHeader(window: Window, box: Box): Promise<Movie> {
  const wide = (await window.take(box.start, 1))[0] === 1
  const body = await window.take(box.start, within(box, wide ? 108 : 96))
  const { timescale, seconds } = readDuration(body, wide)
  return { seconds, timescale, sideways: isSideways(body, wide ? 48 : 36) }
}

async function readTrack(window: Window, trak: Box): Promise<Track> {
  const track: Track = { enabled: false, width: 0, height: 0, sideways: false }
  for await (const box of boxes(window, trak, maxChildren)) {
    if (box.type === 'tkhd') {
      const wide = (await window.take(box.start, 1))[0] === 1
      const body = await window.take(box.start, within(box, wide ? 96 : 84))
      track.enabled = ((body[3] ?? 0) & 1) === 1
      track.sideways = isSideways(body, wide ? 52 : 40)
      track.width = Math.round(body.readUInt32BE(wide ? 88 : 76) / 65_536)
      track.height = Math.round(body.readUInt32BE(wide ? 92 : 80) / 65_536)
    } else if (box.type === 'mdia') {
      await readMedia(window, box, track)
    }
  }
  return track
}

async function readMedia(window: Window, mdia: Box, track: Track): Promise<void> {
  for await (const box of boxes(window, mdia, maxChildren)) {
    if (box.type === 'mdhd') {
      const wide = (await window.take(box.start, 1))[0] === 1
      track.seconds = readDuration(await window.take(box.start, within(box, wide ? 32 : 20)), wide).seconds
    } else if (box.type === 'hdlr') {
      track.handler = (await window.take(box.start, within(box, 12))).toString('latin1', 8, 12)
    } else if (box.type === 'minf') {
      const stsd = await child(window, await child(window, box, 'stbl'), 'stsd')
      if (!stsd) continue
      const bytes = await window.take(stsd.start, Math.min(stsd.end - stsd.start, 4096))
      Object.assign(track, readSampleEntry(bytes, track.handler))
    }
  }
}

async function readFragmentTicks(window: Window, mvex: Box): Promise<number | undefined> {
  const mehd = await child(window, mvex, 'mehd')
  if (!mehd) return undefined
  const wide = (await window.take(mehd.start, 1))[0] === 1
  const body = await window.take(mehd.start, within(mehd, wide ? 12 : 8))
  return wide ? Number(body.readBigUInt64BE(4)) : body.readUInt32BE(4)
}

async function child(window: Window, parent: Box | undefined, type: string): Promise<Box | undefined> {
  if (!parent) return undefined
  for await (const box of boxes(window, parent, maxChildren)) if (box.type === type) return box
  return undefined
}

function within(box: Box, bytes: number): number {
  if (box.end - box.start < bytes) throw malformed(`${box.type} 长度有误，文件可能已损坏`)
  return bytes
}

/** Timescale and duration of mvhd and mdhd, which begin alike; all bits set stands for "not known". */
function readDuration(body: Buffer, wide: boolean): Omit<Movie, 'sideways'> {
  const timescale = body.readUInt32BE(wide ? 20 : 12)
  const ticks = wide ? Number(body.readBigUInt64BE(24)) : body.readUInt32BE(16)
  const known = timescale > 0 && ticks > 0 && ticks < (wide ? 2 ** 64 : 0xffff_ffff)
  return { timescale, seconds: known ? ticks / timescale : undefined }
}

/** Whether the matrix {a, b, u, c, d, ...} turns by a quarter: then b outweighs a. */
function isSideways(body: Buffer, at: number): boolean {
  return Math.abs(body.readInt32BE(at + 4)) > Math.abs(body.readInt32BE(at))
}

function preferred(tracks: readonly Track[], handler: string): Track | undefined {
  const fitting = tracks.filter((track) => track.handler === handler && track.codec !== undefined)
  return fitting.find((track) => track.enabled) ?? fitting[0]
}
