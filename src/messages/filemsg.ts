import { posix } from 'node:path'
import { escapeXml } from './xml-text.ts'

/** What a file message says of its file. */
export interface FileMessageFacts {
  readonly fileId: string
  /** 32 hex digits. */
  readonly aesKey: string
  /** The file's name as the receiver sees it; what follows its last dot is the extension. */
  readonly name: string
  /** Plain bytes. */
  readonly length: number
  /** md5 of the plain file, hex. */
  readonly md5: string
  readonly fromWxid: string
}

/**
 * The `Content` of a MsgType 49 message that brings a file (appmsg type 6), as GeWe's callbacks show it. Of the many
 * elements an appmsg may have, those that speak of links, programs and quotes are left out.
 */
export function renderFileMessage(facts: FileMessageFacts): string {
  const fileId = escapeXml(facts.fileId)
  const aesKey = escapeXml(facts.aesKey)
  return (
    `<?xml version="1.0"?>\n<msg>\n\t<appmsg appid="" sdkver="0">\n` +
    `\t\t<title>${escapeXml(facts.name)}</title>\n\t\t<des />\n\t\t<type>6</type>\n\t\t<url />\n` +
    `\t\t<appattach>\n\t\t\t<totallen>${facts.length}</totallen>\n` +
    `\t\t\t<attachid>@cdn_${fileId}_${aesKey}_1</attachid>\n` +
    `\t\t\t<fileext>${escapeXml(posix.extname(facts.name).slice(1))}</fileext>\n` +
    `\t\t\t<cdnattachurl>${fileId}</cdnattachurl>\n\t\t\t<aeskey>${aesKey}</aeskey>\n` +
    `\t\t\t<encryver>0</encryver>\n\t\t\t<overwrite_newmsgid>0</overwrite_newmsgid>\n` +
    `\t\t\t<fileuploadtoken />\n\t\t</appattach>\n` +
    `\t\t<sourceusername />\n\t\t<sourcedisplayname />\n\t\t<thumburl />\n` +
    `\t\t<md5>${escapeXml(facts.md5)}</md5>\n\t</appmsg>\n` +
    `\t<fromusername>${escapeXml(facts.fromWxid)}</fromusername>\n\t<scene>0</scene>\n` +
    `\t<appinfo>\n\t\t<version>1</version>\n\t\t<appname />\n\t</appinfo>\n\t<commenturl />\n</msg>\n`
  )
}
