import type { Judged } from './item-checks.ts'
import { type CdnObject, openedBytes } from './objects.ts'
import type { Shown } from './options.ts'
import { isCount } from './read.ts'

/** More than this is not read back for a test. */
const readableBytes = 32 * 1024 * 1024

/** What a phone shows. */
export function createScreen() {
  const shown: Shown[] = []
  return {
    shown: shown as readonly Shown[],
    show(judged: Judged, facts: Pick<Shown, 'messageId' | 'clientId' | 'at'>): void {
      const { kind, text, object, thumb, payload, why } = judged
      const base = { kind, ...facts, ...(why === undefined ? {} : { why }) }
      if (kind === 'text' && text !== undefined) {
        shown.push({ ...base, text, length: text.length, md5: '' })
        return
      }
      if (kind === 'nothing' || !object) {
        shown.push({ ...base, length: object?.rawSize ?? 0, md5: object?.md5 ?? '' })
        return
      }
      const { thumb_width: width, thumb_height: height, play_length: play, file_name: name } = payload
      const entry = {
        ...base,
        length: object.rawSize,
        md5: object.md5,
        ...(isCount(width) ? { thumbWidth: width } : {}),
        ...(isCount(height) ? { thumbHeight: height } : {}),
        ...(isCount(play) ? { playLength: play } : {}),
        ...(typeof name === 'string' ? { name } : {}),
      }
      lazily(entry, 'bytes', object)
      if (thumb) lazily(entry, 'thumb', thumb)
      shown.push(entry)
    },
  }
}

export type Screen = ReturnType<typeof createScreen>

/** A property that is decrypted when a test asks, so that a busy rig holds no bytes. */
function lazily(entry: object, name: 'bytes' | 'thumb', object: CdnObject): void {
  if (object.sealed === undefined || object.rawSize > readableBytes) return
  Object.defineProperty(entry, name, { enumerable: true, get: () => openedBytes(object) })
}
