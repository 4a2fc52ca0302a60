import { type Draft, kindOf, type MediaKind } from './drafts.ts'
import { newKey } from './outgoing.ts'

/** A file of this computer, and as what it will be sent. */
export interface Pick {
  readonly id: string
  readonly file: File
  readonly kind: MediaKind
  /** Of a video. */
  readonly thumb: File | undefined
}

/** @param kind as what; without it, what suits the file */
export function pickOf(file: File, kind: MediaKind = kindOf(file)): Pick {
  return { id: newKey(), file, kind, thumb: undefined }
}

export function draftOfPick({ file, kind, thumb }: Pick): Draft {
  if (kind === 'video') return { kind, source: file, thumb, seconds: 0 }
  return kind === 'image' ? { kind, source: file } : { kind, source: file, name: file.name }
}
