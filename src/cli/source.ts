import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { systemCode } from '../errors.ts'

/** A file that is open for reading. */
export interface FileSource {
  readonly handle: FileHandle
  readonly name: string
  readonly size: number
}

/** Where the bytes of a send are: on the web, or on this machine. */
export type Source = { readonly url: string } | FileSource

/** Reading a file failed, through no fault of the gateway or the network. */
export class FileFault extends Error {
  override readonly name = 'FileFault'
}

const isWebAddress = (text: string): boolean => /^https?:\/\//i.test(text)

/** What a file is called that has no name in its URL. */
const NAMELESS = 'file'
/** How much is read at once. */
const PIECE = 256 * 1024

/**
 * Looks at a file before anything is sent; a URL is the gateway's to look at.
 * @throws {FileFault} when it is no file, cannot be read or is empty
 */
export async function openSource(text: string): Promise<Source> {
  if (isWebAddress(text)) return { url: text }
  // Asked first: opening a pipe would wait for its other end.
  const { isFile } = await stat(text)
    .then((found) => ({ isFile: found.isFile() }))
    .catch((error: unknown) => {
      throw unreadable(text, error)
    })
  if (!isFile) throw new FileFault(`${text} is not a file`)
  const handle = await open(text, constants.O_RDONLY).catch((error: unknown) => {
    throw unreadable(text, error)
  })
  const size = await handle.stat().then(
    (found) => found.size,
    () => 0,
  )
  if (size > 0) return { handle, name: basename(text), size }
  await handle.close()
  throw new FileFault(`${text} is empty`)
}

/** What the receiver sees a file called. */
export function nameOf(source: Source): string {
  if (!('url' in source)) return source.name
  const last = URL.canParse(source.url) ? new URL(source.url).pathname.split('/').at(-1) : undefined
  try {
    return decodeURIComponent(last ?? '') || NAMELESS
  } catch {
    return last || NAMELESS
  }
}

/**
 * The file's bytes, as many as it had when it was opened.
 * @param onBytes told how many have been handed on, each time
 * @throws {FileFault}
 */
export async function* piecesOf(
  { handle, name, size }: FileSource,
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const wanted = { buffer: Buffer.allocUnsafe(Math.min(PIECE, size - at)), position: at }
    const { bytesRead, buffer } = await handle.read(wanted).catch((error: unknown) => {
      throw unreadable(name, error)
    })
    if (bytesRead === 0) throw new FileFault(`${name} became shorter while it was read`)
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
    onBytes(bytesRead)
  }
}

function unreadable(path: string, error: unknown): FileFault {
  const code = systemCode(error)
  if (code === 'ENOENT') return new FileFault(`There is no file ${path}`)
  if (code === 'EACCES') return new FileFault(`${path} may not be read by you`)
  return new FileFault(`${path} cannot be read (${code ?? 'unknown'})`)
}
