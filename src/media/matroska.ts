import type { VideoFacts } from './probe.ts'
import { malformed, type Window } from './window.ts'

/** An EBML element whose content is [start, end). */
interface Element {
  readonly id: number
  readonly start: number
  readonly end: number
}

interface Track {
  type: number
  codec: string
  pixelWidth: number
  pixelHeight: number
  displayWidth: number
  displayHeight: number
  /** 0 pixels, 3 aspect ratio; others tell no pixels. */
  displayUnit: number
  roll: number
}

/** Element ids of RFC 9559, section 5. */
const ids = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  cluster: 0x1f43b675,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackType: 0x83,
  codecId: 0x86,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  displayWidth: 0x54b0,
  displayHeight: 0x54ba,
  displayUnit: 0x54b2,
  projection: 0x7670,
  projectionPoseRoll: 0x7675,
}

const maxChildren = 1024
const [videoType, audioType] = [1, 2]

const names: Record<string, string> = {
  'V_MPEG4/ISO/AVC': 'h264',
  'V_MPEGH/ISO/HEVC': 'hevc',
  A_AAC: 'aac',
  'A_MPEG/L3': 'mp3',
}

/**
 * Matroska and WebM.
 * @returns undefined when there is no video track
 * @throws {GatewayError} `video_invalid` when elements do not nest, the segment is cut short, or tells of no tracks
 */
export async function readMatroska(window: Window): Promise<VideoFacts | undefined> {
  const segment = await findSegment(window)
  let durationSeconds: number | undefined
  let tracks: Track[] | undefined
  let told = false
  for await (const element of elements(window, segment)) {
    if (element.id === ids.info) {
      durationSeconds = await readInfo(window, element)
      told = true
    } else if (element.id === ids.tracks) {
      tracks = await readTracks(window, element)
    }
    if (told && tracks) break
  }
  if (!tracks) throw malformed('缺少轨道信息，文件可能没有传完')
  const video = tracks.find((track) => track.type === videoType)
  if (!video) return undefined
  const [width, height] = shownSize(video)
  const turned = Math.abs(Math.round(video.roll / 90)) % 2 === 1
  return {
    durationSeconds,
    width: turned ? height : width,
    height: turned ? width : height,
    videoCodec: nameOf(video.codec),
    audioCodec: nameOf(tracks.find((track) => track.type === audioType)?.codec),
  }
}

async function findSegment(window: Window): Promise<Element> {
  for await (const element of elements(window, { id: 0, start: 0, end: window.length })) {
    if (element.id === ids.segment) return element
  }
  throw malformed('缺少 Segment，文件可能没有传完')
}

async function* elements(window: Window, parent: Element): AsyncGenerator<Element> {
  let at = parent.start
  for (let count = 0; at < parent.end && count < maxChildren; count++) {
    const head = await window.take(at, Math.min(12, parent.end - at))
    const idLength = lengthOfNumber(head, 0)
    const sizeLength = lengthOfNumber(head, idLength)
    if (idLength > 4 || idLength + sizeLength > head.length) throw malformed('元素头有误，文件可能已损坏')
    const id = head.readUIntBE(0, idLength)
    const size = readSize(head, idLength, sizeLength)
    const start = at + idLength + sizeLength
    // A live recording leaves the size of its segment and clusters open: all that follows belongs to it.
    const end = size === undefined ? parent.end : start + size
    if (end > parent.end) {
      if (id === ids.segment || id === ids.cluster) throw malformed('文件不完整，可能没有传完')
      throw malformed('元素长度有误，文件可能已损坏')
    }
    yield { id, start, end }
    at = end
  }
}

/** Bytes of the variable-length number (RFC 8794, section 4) at `at`, told by its leading zero bits; 9 if none fits. */
function lengthOfNumber(head: Buffer, at: number): number {
  return Math.clz32(head[at] ?? 0) - 23
}

function readSize(head: Buffer, at: number, length: number): number | undefined {
  let value = (head[at] ?? 0) & (0xff >> length)
  let open = value === 0xff >> length
  for (let index = 1; index < length; index++) {
    const byte = head[at + index] ?? 0
    value = value * 256 + byte
    open &&= byte === 0xff
  }
  return open ? undefined : value
}

async function readInfo(window: Window, info: Element): Promise<number | undefined> {
  let scale = 1_000_000
  let duration: number | undefined
  for await (const element of elements(window, info)) {
    if (element.id === ids.timestampScale) scale = await readUnsigned(window, element)
    else if (element.id === ids.duration) duration = await readFloat(window, element)
  }
  return duration === undefined ? undefined : (duration * scale) / 1e9
}

async function readTracks(window: Window, parent: Element): Promise<Track[]> {
  const tracks: Track[] = []
  for await (const element of elements(window, parent)) {
    if (element.id !== ids.trackEntry) continue
    const track: Track = {
      type: 0,
      codec: '',
      pixelWidth: 0,
      pixelHeight: 0,
      displayWidth: 0,
      displayHeight: 0,
      displayUnit: 0,
      roll: 0,
    }
    await readTrack(window, element, track)
    tracks.push(track)
  }
  return tracks
}

async function readTrack(window: Window, parent: Element, track: Track): Promise<void> {
  for await (const element of elements(window, parent)) {
    if (element.id === ids.trackType) track.type = await readUnsigned(window, element)
    else if (element.id === ids.codecId) track.codec = await readText(window, element)
    else if (element.id === ids.video && parent.id === ids.trackEntry) await readTrack(window, element, track)
    else if (element.id === ids.projection && parent.id === ids.video) await readTrack(window, element, track)
    else if (element.id === ids.pixelWidth) track.pixelWidth = await readUnsigned(window, element)
    else if (element.id === ids.pixelHeight) track.pixelHeight = await readUnsigned(window, element)
    else if (element.id === ids.displayWidth) track.displayWidth = await readUnsigned(window, element)
    else if (element.id === ids.displayHeight) track.displayHeight = await readUnsigned(window, element)
    else if (element.id === ids.displayUnit) track.displayUnit = await readUnsigned(window, element)
    else if (element.id === ids.projectionPoseRoll) track.roll = await readFloat(window, element)
  }
}

function shownSize(track: Track): [number, number] {
  const { displayWidth, displayHeight, displayUnit, pixelWidth, pixelHeight } = track
  if (!displayWidth || !displayHeight) return [pixelWidth, pixelHeight]
  if (displayUnit === 0) return [displayWidth, displayHeight]
  if (displayUnit === 3) return [Math.round((pixelHeight * displayWidth) / displayHeight), pixelHeight]
  return [pixelWidth, pixelHeight]
}

async function readUnsigned(window: Window, element: Element): Promise<number> {
  const bytes = await window.take(element.start, sizeUpTo(element, 8))
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}

async function readFloat(window: Window, element: Element): Promise<number> {
  const bytes = await window.take(element.start, sizeUpTo(element, 8))
  if (bytes.length === 8) return bytes.readDoubleBE(0)
  return bytes.length === 4 ? bytes.readFloatBE(0) : 0
}

async function readText(window: Window, element: Element): Promise<string> {
  return (await window.take(element.start, sizeUpTo(element, 128))).toString('latin1')
}

function sizeUpTo(element: Element, most: number): number {
  if (element.end - element.start > most) throw malformed('元素长度有误，文件可能已损坏')
  return element.end - element.start
}

function nameOf(codecId: string | undefined): string | undefined {
  if (!codecId) return undefined
  if (Object.hasOwn(names, codecId)) return names[codecId]
  const bare = /^[VA]_([\w/.-]+)\0*$/.exec(codecId)?.[1]
  return bare?.toLowerCase()
}
