/** A media by its fileId; the reply to a file names none, so a file goes by the message. */
interface Named {
  readonly newMsgId: number
  readonly fileId?: string | undefined
}

/** The browser's own. */
interface Store {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

const KEY = 'hongyan.firstSends'
const KEPT = 200

/**
 * Milliseconds that the first send of a media took, where that was from this browser: what forwarding it is measured
 * against. Kept over a reload.
 */
export function firstMsOf(store: Store, { newMsgId, fileId }: Named): number | undefined {
  const kept = read(store)
  return (fileId ? kept.get(fileId) : undefined) ?? kept.get(String(newMsgId))
}

/** Does nothing for a media that was sent before. */
export function keepFirstMs(store: Store, { newMsgId, fileId }: Named, ms: number): void {
  const kept = read(store)
  const name = fileId || String(newMsgId)
  if (kept.has(name)) return
  kept.set(name, Math.round(ms))
  try {
    store.setItem(KEY, JSON.stringify([...kept].slice(-KEPT)))
  } catch {
    // A full store: the comparison will not be shown.
  }
}

/** The oldest first. */
function read(store: Store): Map<string, number> {
  try {
    const kept: unknown = JSON.parse(store.getItem(KEY) ?? '[]')
    return new Map(Array.isArray(kept) ? kept.filter(isEntry) : [])
  } catch {
    return new Map()
  }
}

function isEntry(entry: unknown): entry is [string, number] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number'
}
