import { type Draft, filesOf, nameIn } from './drafts.ts'

/** A draft in a few words. */
export function summaryOf(draft: Draft): string {
  if (draft.kind === 'text') return draft.content
  if (draft.kind === 'forward' || draft.kind === 'file') return draft.name
  return draft.source instanceof File ? draft.source.name : nameIn(draft.source)
}

/** Bytes, where they are on this computer. */
export function bytesOf(draft: Draft): number | undefined {
  const files = filesOf(draft)
  return files.length === 0 ? undefined : files.reduce((sum, { size }) => sum + size, 0)
}
