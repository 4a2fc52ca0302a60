import { extensionOf } from './file-name.ts'
import type { FileType } from './picture.ts'
import { sniff } from './sniff.ts'

/** Only what a browser may show as it is keeps its type; a page of a stranger is bytes to us. */
const shown = /^(?:image\/(?!svg)|audio\/|video\/|application\/pdf$)/

/**
 * The type that a file is served with, and the ending of links to it.
 * @param head its first bytes
 * @param name what it is called
 */
export async function judgeFile(head: Buffer, name: string): Promise<FileType> {
  const found = await sniff(head)
  const mime = found && shown.test(found.mime) ? found.mime : 'application/octet-stream'
  return { mime, extension: extensionOf(name) ?? (found && extensionOf(`.${found.ext}`)) ?? 'bin' }
}
